import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AwsClient } from 'aws4fetch';
import { inject } from 'vitest';
import { type BrokerClient, createBrokerClient } from '../client/index.ts';
import type { Narrowing } from '../core/lifetime.ts';
import type { AwsCredentials, LeaseView } from '../core/protocol/responses.ts';
import { AwsFault } from '../local/fault.ts';
import {
  type Interceptor,
  type LocalBroker,
  type LocalCredentials,
  type StartOptions,
  start,
} from '../local/start.ts';
import type { Template } from '../local/template/load.ts';

/** The bucket and role of the test policies. */
export const bucket = 'acme-invoices';
export const agentRole = 'invoice-agent';

/** The bucket of the release agent, the key that encrypts it, and a build in it. */
export const builds = 'acme-builds';
export const buildsKey = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
export const build = 'a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0';

/** A local broker from the run's one synth, furnished with the agent's role and some invoices. */
export async function startBroker(options: StartOptions = {}): Promise<LocalBroker> {
  const broker = await start({ assembly: inject('assembly'), ...options });
  broker.createRole(agentRole, [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
  broker.createBucket(bucket);
  broker.createBucket(builds);
  broker.encryptBucket(builds, buildsKey);
  broker.putObject(builds, `payments/${build}.tar`, 'image');
  broker.putObject(builds, `refunds/${build}.tar`, 'image');
  for (const key of ['acme/4711.json', 'acme/4712.json', 'globex/4711.json', 'umbrella/4711.json'])
    broker.putObject(bucket, key, JSON.stringify({ key }));
  return broker;
}

/** Sets how issuance narrows, as `-c scopedCredentials=…` does at synth. */
export function narrowedBy(narrowing: Narrowing): (template: Template) => void {
  return ({ Resources }) => {
    const environments = Object.values(Resources).flatMap(({ Properties }) => {
      const { Environment } = (Properties ?? {}) as { Environment?: { Variables: Record<string, string> } };
      return Environment && 'MAYFLY_NARROWING' in Environment.Variables ? [Environment.Variables] : [];
    });
    if (environments.length !== 1) throw new Error('issuance alone narrows');
    for (const variables of environments) variables['MAYFLY_NARROWING'] = narrowing;
  };
}

/** An STS of the time before GetScopedCredentials. */
export const withoutScopedCredentials: Interceptor = async ({ operation }) => {
  if (operation !== 'GetScopedCredentials') return undefined;
  throw new AwsFault('InvalidAction', 'Could not find operation GetScopedCredentials for version 2011-06-15');
};

/** `fetch` signed for the API with these keys; nothing is tried again. */
export function signedFetch(broker: LocalBroker, keys: LocalCredentials) {
  const signer = new AwsClient({ ...keys, service: 'execute-api', region: broker.region, retries: 0 });
  return (url: string, init: RequestInit) => signer.fetch(url, init);
}

/** An agent with a key of its own, running under the agent role unless another is named. */
export function newAgent(
  broker: LocalBroker,
  agentType = 'invoice_processor',
  role = agentRole,
): Promise<BrokerClient> {
  const fetch = signedFetch(broker, broker.credentialsFor(role, 'test-agent'));
  return createBrokerClient({ url: broker.url, agentType, fetch, clock: broker.now });
}

/** The task of invoice 4711 of acme, estimated at `seconds`. */
export function invoiceTask(seconds = 120) {
  return {
    name: 'process invoice 4711',
    purpose: 'validate the invoice',
    capabilities: ['read_invoice'],
    parameters: { customer_id: 'acme', invoice_id: '4711', invoice_amount: 420 },
    estimated_seconds: seconds,
  };
}

/** The same of umbrella, about which the policy asks people first. */
export function askedTask(seconds = 120) {
  const task = invoiceTask(seconds);
  return { ...task, parameters: { ...task.parameters, customer_id: 'umbrella' } };
}

/** The task of releasing payments, with all that it may need unless fewer are named. */
export function releaseTask(capabilities = ['read_build', 'registry_token', 'push_image', 'start_release']) {
  return {
    name: 'release payments',
    purpose: 'push the image and start the pipeline',
    capabilities,
    parameters: { service: 'payments', build, changed_lines: 12 },
    estimated_seconds: 120,
  };
}

/** A lease as it was shown, but for what shrinks while it runs out: how long an early end could take at worst. */
export function timeless({ grants, ...lease }: LeaseView) {
  const still = grants.map(({ guarantee: { early: _, ...guarantee }, ...grant }) => ({
    ...grant,
    guarantee,
  }));
  return { ...lease, grants: still };
}

/** An S3 client with the credentials of a lease. */
export function s3With(broker: LocalBroker, keys: AwsCredentials): S3Client {
  return new S3Client({
    region: broker.region,
    endpoint: broker.endpoint,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: {
      accessKeyId: keys.access_key_id,
      secretAccessKey: keys.secret_access_key,
      sessionToken: keys.session_token,
    },
  });
}

/** What reading an object comes to: `read`, or the name of the refusal. */
export async function reading(s3: S3Client, key: string, Bucket = bucket): Promise<string> {
  return s3.send(new GetObjectCommand({ Bucket, Key: key })).then(
    () => 'read',
    (error: Error) => error.name,
  );
}
