// An agent of the demonstration: a process of its own, whose key never leaves it. It does what its parent's
// messages say and answers each. Its AWS identity comes from the environment, as on any compute.
import type { webcrypto } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import {
  awsIam,
  BrokerProblem,
  createAgentKey,
  createBrokerClient,
  type EpochSeconds,
  evidenceBinding,
  type IssuedLeaseResponse,
} from '../client/index.ts';
import type { AgentTask, Answer, Order } from './messages.ts';
import { type Place, processInvoice, readObject } from './systems-use.ts';
import { takeOver, type Witness } from './witness.ts';

const environment = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`the environment lacks ${name}`);
  return value;
};
const region = environment('AWS_REGION');
const broker = environment('MAYFLY_URL');
const signer = new AwsClient({
  accessKeyId: environment('AWS_ACCESS_KEY_ID'),
  secretAccessKey: environment('AWS_SECRET_ACCESS_KEY'),
  sessionToken: environment('AWS_SESSION_TOKEN'),
  service: 'execute-api',
  region,
  retries: 0,
});
const vat = environment('VAT_URL');
const placeOf = (bucket: string): Place => ({ region, bucket, vat });
let witness: Witness | undefined;
let lastNonce = '';
const subjectToken = environment('MAYFLY_SUBJECT_TOKEN');
const keptKey = process.env['MAYFLY_AGENT_KEY'];
const client = await createBrokerClient({
  ...(keptKey !== undefined && { key: await createAgentKey(await keyPair(JSON.parse(keptKey))) }),
  url: broker,
  agentType: 'invoice_processor',
  fetch: (url, init) => {
    lastNonce = (JSON.parse(init.body ?? '{}') as { nonce?: string }).nonce ?? lastNonce;
    return signer.fetch(url, init);
  },
});

/** A client that has another agent's key, and attests as it. */
async function withKey(key: string) {
  const stolen = await createBrokerClient({
    key: await createAgentKey(await keyPair(JSON.parse(key))),
    url: broker,
    agentType: 'invoice_processor',
    fetch: (url, init) => signer.fetch(url, init),
  });
  await stolen.attest();
  return stolen;
}

/** The key that this agent's host keeps for it: started again, it is the same agent. */
async function keyPair(jwk: webcrypto.JsonWebKey) {
  const { d: _, ...publicJwk } = jwk;
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const of = (key: webcrypto.JsonWebKey, use: 'sign' | 'verify') =>
    crypto.subtle.importKey('jwk', { ...key, key_ops: [use] }, algorithm, true, [use]);
  return { privateKey: await of(jwk, 'sign'), publicKey: await of(publicJwk, 'verify') };
}

/** Asks for a lease and says that this agent is alive for as long as the process is. */
async function leaseAndBeat(task: AgentTask): Promise<IssuedLeaseResponse> {
  const issued = await client.ask(task, { subjectToken });
  if (issued.credentials === undefined) throw new Error(`the lease ${issued.lease.id} waits for people`);
  const beat = async () => {
    const { heartbeat_seconds: seconds } = await client.heartbeat(issued.lease.id);
    if (seconds !== undefined) setTimeout(() => void beat().catch(() => {}), seconds * 1000).unref();
  };
  // What cannot be reached any more ends by itself.
  void beat().catch(() => {});
  return issued;
}

const now = () => Math.floor(Date.now() / 1000) as EpochSeconds;

/** Sends a request with somebody else's attestation result and a proof by this process's own key. */
async function useStolen(
  token: string,
  method: 'GET' | 'POST',
  path: string,
  task?: AgentTask,
): Promise<string> {
  const url = `${broker}${path}`;
  const idempotencyKey = crypto.randomUUID();
  const body = task && { body: JSON.stringify({ task }) };
  const response = await signer.fetch(url, {
    method,
    headers: {
      'Mayfly-Attestation': token,
      DPoP: await client.key.prove({ method, url, token, idempotencyKey, ...body }, now()),
      'Idempotency-Key': idempotencyKey,
    },
    ...body,
  });
  return refusalOf(response);
}

/** Sends the evidence of an attestation that already succeeded once more. */
async function replayNonce(): Promise<string> {
  const url = `${broker}/v1/attestations`;
  const evidence = [await awsIam(await evidenceBinding(lastNonce, client.key.thumbprint))];
  const body = JSON.stringify({ agent_type: 'invoice_processor', nonce: lastNonce, evidence });
  const proven = { method: 'POST', url, nonce: lastNonce, body };
  const response = await signer.fetch(url, {
    method: 'POST',
    headers: { DPoP: await client.key.prove(proven, now()) },
    body,
  });
  return refusalOf(response);
}

/** Code and detail of a refusal; empty when the request was not refused. */
async function refusalOf(response: Response): Promise<string> {
  if (response.ok) return '';
  const { code, detail } = (await response.json()) as { code?: string; detail?: string };
  return `${response.status} ${code}: ${detail}`;
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'attest':
      return client.attest();
    case 'lease':
      return leaseAndBeat(order.task);
    case 'ask':
      return client.ask(order.task, { subjectToken });
    case 'collect':
      return client.collect(order.leaseId);
    case 'release':
      return client.release(order.leaseId);
    case 'read-lease':
      return client.read(order.leaseId);
    case 'read-object':
      return readObject(order.keys, region, order.bucket, order.key);
    case 'process':
      return processInvoice(client, order.issued, order.invoice, placeOf(order.bucket));
    case 'take-over':
      witness = await takeOver(await withKey(order.key), order.issued, placeOf(order.bucket));
      return witness.use();
    case 'use-all':
      return witness?.use();
    case 'use-stolen':
      return useStolen(order.token, order.method, order.path, order.task);
    case 'replay-nonce':
      return replayNonce();
  }
}

process.on('message', async ({ id, order }: { id: number; order: Order }) => {
  const answer: Answer = await obey(order).then(
    (value) => ({ value }),
    (error: Error) => ({
      error: `${error instanceof BrokerProblem ? '' : `${error.name}: `}${error.message}`,
    }),
  );
  process.send?.({ id, answer });
});
process.on('disconnect', () => process.exit());
