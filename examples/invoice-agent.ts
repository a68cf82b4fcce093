// A whole agent: one request gets one lease over S3, PostgreSQL, an OAuth service and a chat; it processes an invoice with
// them and gives them back. Run `npm run dev` first, then `npm run example:invoice`; against a deployed broker set MAYFLY_URL,
// VAT_URL and the person's ID token as MAYFLY_SUBJECT_TOKEN, and run it under the agent's role.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwsClient } from 'aws4fetch';
import pg from 'pg';
import { awsCredentialsOf, createBrokerClient } from '../client/index.ts';

const env = (name: string): string => {
  const value = process.env[name];
  if (value) return value;
  console.error(
    `${name} is not set: run \`npm run dev\` in another terminal, then \`npm run example:invoice\` again.`,
  );
  return process.exit(1);
};
const signer = new AwsClient({
  accessKeyId: env('AWS_ACCESS_KEY_ID'),
  secretAccessKey: env('AWS_SECRET_ACCESS_KEY'),
  sessionToken: env('AWS_SESSION_TOKEN'),
  service: 'execute-api',
  region: env('AWS_REGION'),
});
const broker = await createBrokerClient({
  url: env('MAYFLY_URL'),
  agentType: 'invoice_processor',
  fetch: (url, init) => signer.fetch(url, init),
});
const asked = await broker.ask(
  {
    name: 'process invoice 4711',
    purpose: 'validate the invoice and file the result',
    capabilities: ['read_invoice', 'read_customer', 'check_vat', 'file_result', 'post_message'],
    parameters: { invoice_id: '4711' },
    estimated_seconds: 120,
  },
  { subjectToken: env('MAYFLY_SUBJECT_TOKEN') },
);
if (!asked.credentials) throw new Error(`lease ${asked.lease.id} waits for people`);
const { lease, credentials } = asked;
console.log(`lease ${lease.id} until ${lease.deadline}: ${lease.grants.map(({ kind }) => kind).join(', ')}`);
const beat = setInterval(() => void broker.heartbeat(lease.id), 10_000);
const aws = awsCredentialsOf(asked);
const s3 = new S3Client({
  forcePathStyle: true,
  credentials: {
    accessKeyId: aws.access_key_id,
    secretAccessKey: aws.secret_access_key,
    sessionToken: aws.session_token,
  },
});
const Bucket = 'acme-invoices';
const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'acme/4711.json' }));
console.log(`S3: ${await Body?.transformToString()}`);

const { tls, ...database } = credentials.postgres?.['crm'] ?? {};
const crm = new pg.Client({ ...database, ssl: tls === 'required' });
await crm.connect();
const [customer] = (await crm.query('SELECT id, name, vat_id FROM crm.customers')).rows;
await crm.end();
console.log(`PostgreSQL: ${customer.name}, ${customer.vat_id}`);

const token = credentials.oauth?.['check_vat']?.access_token;
const vat = await fetch(`${env('VAT_URL')}/vat/${customer.vat_id}`, {
  headers: { Authorization: `Bearer ${token}` },
});
console.log(`VAT service: ${vat.status} ${await vat.text()}`);

const result = JSON.stringify({ customer: customer.name, valid: vat.ok });
await s3.send(new PutObjectCommand({ Bucket, Key: 'acme/4711.result.json', Body: result }));
const posted = await broker.proxy(lease.id, 'post_message', {
  method: 'POST',
  path: '/chat.postMessage',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ channel: 'invoices', text: `invoice 4711 of ${customer.name}: ${result}` }),
});
console.log(`chat: ${posted.status}, by a token that this agent never saw`);
clearInterval(beat);
console.log(`lease ${lease.id} is ${(await broker.release(lease.id)).state}`);
