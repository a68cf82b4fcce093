import type { KeyObject } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { AttestationResult } from '../../../core/attestation-result.ts';
import { agentId } from '../../../core/identity.ts';
import type { Lease } from '../../../core/lease.ts';
import { type Capability, capabilitySchema } from '../../../core/policy/schema-capabilities.ts';
import { type Systems, systemsSchema } from '../../../core/policy/schema-systems.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { resultSigner } from '../../../lambda/evidence/result-token.ts';
import { serve } from '../../../lambda/http/serve.ts';
import { sender } from '../../../lambda/outbound/send.ts';
import { proxyRoutes } from '../../../lambda/proxy/routes.ts';
import { startChatApi } from '../../../local/systems/chat-api.ts';
import { invoicePolicy } from '../../core/invoices.ts';
import { earlyWorld } from '../../core/use-cases/early-world.ts';
import { attestedAs, issued, orderOf } from '../../core/use-cases/world.ts';
import { attestationKeyArn, memoryKms } from '../../ports/memory-kms.ts';
import { memoryProxyCalls } from '../../ports/memory-proxy-calls.ts';
import { memoryUsedProofs } from '../../ports/memory-registry.ts';
import { agentKey } from '../evidence/proofs.ts';
import { type CallParts, callEvent, publicUrl, roleId } from './call-event.ts';

/** Secrets of tests look like what they are for. */
export const chatToken = 'xoxb-4711-TestOnly-9f8e7d6c5b4a';
export const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:chat-a1b2C3';

/** What a deployment is, as far as calls go; the rest is right. */
export type ProxiedOptions = {
  readonly proxy?: Readonly<Record<string, unknown>>;
  readonly secret?: Readonly<Record<string, unknown>>;
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
};

/** The policy's capability for a chat service at this address. */
export function chatCapability(base_url: string, changed: ProxiedOptions['proxy'] = {}): Capability {
  const right = {
    base_url,
    secret: 'chat',
    allow: [
      'POST /chat.postMessage',
      'GET /conversations.history',
      'PUT /customers/${customer_id}/notes/[0-9]{1,4}',
    ],
    query: ['channel'],
  };
  return capabilitySchema.parse({ proxy: { ...right, ...changed } });
}

const { kms, publicKey } = memoryKms();
const signer = resultSigner(kms, attestationKeyArn, publicUrl);

/** An agent of the invoice type with a key of its own, and the result that it was attested with. */
export async function attestedAgent() {
  const key = await agentKey();
  const attested = {
    ...attestedAs(key.jkt, roleId),
    sub: agentId('mayfly.local', 'invoice_processor', roleId, key.jkt),
  };
  return { key, attested, token: await signer.sign(attested) };
}

/** The result of an agent as it would be if something else had been attested. */
export function resultWith(
  attested: Awaited<ReturnType<typeof attestedAgent>>['attested'],
  changed: Partial<AttestationResult>,
): Promise<string> {
  return signer.sign({ ...attested, ...changed });
}

/** The function of calls over ports in memory, a chat service that it calls, and an agent with a lease for it. */
export async function proxiedWorld({ proxy, secret, resolve }: ProxiedOptions = {}) {
  const chat = await startChatApi(chatToken);
  const capability = chatCapability(`${chat.url}/api`, proxy);
  const plain = invoicePolicy({ limits: { delegation_depth: 2 } });
  const policies = [
    { ...plain, capabilities: { ...plain.capabilities, post_message: capability, read_channel: capability } },
  ];
  const early = earlyWorld();
  const systems = systemsOf(secret);
  const world = { ...early, policies, systems, makers: noMakers, enders: { send: async () => {} } };
  const secrets = fakeSecrets({ [secretArn]: chatToken });
  const calls = memoryProxyCalls();
  let time = 0;
  const send = sender({ kept: true, ...(resolve && { resolve }) });
  const deployed = {
    ...world,
    calls,
    secrets,
    send: ((request) => send(request)) as typeof send,
    usedProofs: memoryUsedProofs(),
    publicUrl,
    publicKey: async (): Promise<KeyObject> => publicKey,
    stopwatch: () => ++time,
    newCall: () => String(++time).padStart(9, '0'),
  };
  const agent = await attestedAgent();
  const lease = await leaseOf(world, agent.attested, ['post_message', 'read_channel']);
  const event = (parts: CallParts = {}) => callEvent(parts, agent, lease, world.clock());
  const ask = async (parts: CallParts = {}): Promise<APIGatewayProxyResult> =>
    serve(proxyRoutes(deployed), silent)(await event(parts));
  return { chat, world, deployed, calls, secrets, agent, lease, event, ask, close: chat.close };
}

export type ProxiedWorld = Awaited<ReturnType<typeof proxiedWorld>>;

const silent = new Logger({ serviceName: 'proxy', logLevel: 'SILENT' });

/** Nothing has to be made of calls when a lease is. */
const noMakers = { mint: () => Promise.reject(new Error('nothing is made for calls')) };

let keys = 0;

/** A lease of an agent for these capabilities. */
export async function leaseOf(
  world: Parameters<typeof issueLease>[0],
  attested: Awaited<ReturnType<typeof attestedAgent>>['attested'],
  capabilities: readonly string[],
): Promise<Lease> {
  const order = orderOf(
    { capabilities: [...capabilities] },
    { attested, idempotencyKey: `key-proxied-${++keys}` },
  );
  return issued(await issueLease(world, order)).lease;
}

function systemsOf(changed: ProxiedOptions['secret'] = {}): Systems {
  const chat = { secret: secretArn, hosts: ['127.0.0.1'], private_network: true, ...changed };
  return systemsSchema.parse({ secrets: { chat } });
}

/** Secrets by ARN: `put` is a rotation, which is seen by whoever asks for a fresh one. */
function fakeSecrets(initial: Readonly<Record<string, string>>) {
  const current = new Map(Object.entries(initial));
  const cached = new Map(current);
  const reads: string[] = [];
  return {
    reads,
    put: (text: string) => void current.set(secretArn, text),
    /** As after the minutes that one is kept for. */
    renew: () => cached.clear(),
    async read(arn: string, fresh?: 'fresh') {
      reads.push(fresh ?? 'cached');
      const text = fresh ? current.get(arn) : (cached.get(arn) ?? current.get(arn));
      if (text === undefined) throw new Error('no such secret');
      cached.set(arn, text);
      return text;
    },
  };
}

/** What a refusal says. */
export function problemOf({ statusCode, body, headers }: APIGatewayProxyResult) {
  if (headers?.['Mayfly-Proxied']) throw new Error('it was not refused');
  const { code, detail } = JSON.parse(body) as { code: string; detail: string };
  return { status: statusCode, code, detail };
}
