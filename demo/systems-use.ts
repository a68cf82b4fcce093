// What an agent of the demonstration does in the systems of its lease, with nothing but what the lease gave it.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { awsCredentialsOf, type BrokerClient, type IssuedLeaseResponse } from '../client/index.ts';
import type { AwsKeys } from './messages.ts';

/** Where the agent works. */
export type Place = { readonly region: string; readonly bucket: string; readonly vat: string };

/** Reads one object with the lease's own credentials. */
export async function readObject(
  keys: AwsKeys,
  region: string,
  Bucket: string,
  Key: string,
): Promise<string> {
  const { Body } = await s3With(keys, region).send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

/** Opens a session in the lease's database; it may be ended from the other side. */
export async function openDatabase({ credentials }: IssuedLeaseResponse): Promise<pg.Client> {
  const crm = credentials.postgres?.['crm'];
  if (!crm) throw new Error('the lease has no database');
  const { host, port, database, user, password } = crm;
  const session = new pg.Client({ host, port, database, user, password, connectionTimeoutMillis: 2_000 });
  session.on('error', () => {});
  await session.connect();
  return session;
}

/** Asks the service of the authorization server about a number; its status. */
export async function askVat({ credentials }: IssuedLeaseResponse, vat: string, id: string): Promise<number> {
  const token = credentials.oauth?.['check_vat']?.access_token;
  return (await fetch(`${vat}/vat/${id}`, { headers: { Authorization: `Bearer ${token}` } })).status;
}

/** Posts to the chat, by the broker. */
export function post(client: BrokerClient, leaseId: string, text: string) {
  return client.proxy(leaseId, 'post_message', {
    method: 'POST',
    path: '/chat.postMessage',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ channel: 'invoices', text }),
  });
}

/** The whole invoice, in four systems: what each step came to. */
export async function processInvoice(
  client: BrokerClient,
  issued: IssuedLeaseResponse,
  invoice: string,
  { region, bucket, vat }: Place,
): Promise<string[]> {
  const keys = awsCredentialsOf(issued);
  const text = await readObject(keys, region, bucket, `acme/${invoice}.json`);
  const session = await openDatabase(issued);
  const { rows } = await session.query('SELECT id, name, vat_id FROM crm.customers');
  await session.end();
  const status = await askVat(issued, vat, String(rows[0]?.vat_id));
  const result = JSON.stringify({
    invoice,
    customer: rows[0]?.name,
    vat: status === 200 ? 'valid' : 'invalid',
  });
  const put = { Bucket: bucket, Key: `acme/${invoice}.result.json`, Body: result };
  await s3With(keys, region).send(new PutObjectCommand(put));
  const posted = await post(client, issued.lease.id, `invoice ${invoice} of ${rows[0]?.name} is valid`);
  return [
    `S3: acme/${invoice}.json read, ${text.length} characters`,
    `PostgreSQL: ${rows.length} customer, ${rows[0]?.name} with ${rows[0]?.vat_id}`,
    `VAT service: ${status}`,
    `S3: acme/${invoice}.result.json written`,
    `chat: ${posted.status}, sent by the broker with a token that this agent never saw`,
  ];
}

function s3With(keys: AwsKeys, region: string): S3Client {
  return new S3Client({
    region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: keys.access_key_id,
      secretAccessKey: keys.secret_access_key,
      sessionToken: keys.session_token,
    },
  });
}
