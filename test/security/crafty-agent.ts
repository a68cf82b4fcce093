import { randomUUID } from 'node:crypto';
import { sha256Base64Url } from '../../core/hash.ts';
import { evidenceBinding } from '../../core/identity.ts';
import type { LocalCredentials } from '../../local/start.ts';
import { agentRole, invoiceTask } from '../broker.ts';
import { type AgentKey, agentKey, proofBy } from '../lambda/evidence/proofs.ts';
import type { FrontDoor } from './front-door.ts';
import type { Answer, Wire } from './wire.ts';

/** What an attack does differently; everything else is right. */
export type Craft = {
  readonly body?: string | undefined;
  /** Headers instead of, or beside, the right ones; undefined takes one out. */
  readonly headers?: Wire['headers'];
  /** Claims of the proof; undefined takes one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Header of the proof. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** The key that signs the proof. */
  readonly key?: AgentKey;
  /** The attestation result. */
  readonly token?: string;
};

/** An agent that knows the protocol and may send whatever it likes. */
export type CraftyAgent = {
  readonly key: AgentKey;
  readonly keys: LocalCredentials;
  /** Its attestation result. */
  readonly token: string;
  /** Asks for a nonce. */
  challenge(): Promise<string>;
  /** A request for an attestation. */
  attestation(nonce: string, craft?: Craft): Promise<Wire>;
  /** A request for the lease of an invoice. */
  lease(craft?: Craft): Promise<Wire>;
  /** A request to see a lease. */
  reading(leaseId: string, craft?: Craft): Promise<Wire>;
  /** A request to live on with a lease, to get its credentials again, or to give it back. */
  using(use: LeaseUse, leaseId: string, craft?: Craft): Promise<Wire>;
  /** A request for a call that the broker makes. */
  calling(leaseId: string, craft?: Craft): Promise<Wire>;
  /** Signs with this agent's AWS credentials and sends. */
  send(wire: Wire): Promise<Answer>;
};

/** What else an agent does with a lease. */
export type LeaseUse = 'heartbeat' | 'credentials' | 'release';

/** Every {@link LeaseUse}. */
export const leaseUses: readonly LeaseUse[] = ['heartbeat', 'credentials', 'release'];

/** A call below a lease, for which only leases of granting_processor have a capability. */
export const call = 'proxy/post_message/chat.postMessage';

/** The right body of a request for a lease. */
export const leaseBody = () => ({ task: invoiceTask() });

/** The right body of a request for an attestation. */
export const attestationBody = (nonce: string, jkt: string) => ({
  agent_type: 'invoice_processor',
  nonce,
  evidence: [{ method: 'aws_iam', binding: evidenceBinding(nonce, jkt) }],
});

/** Makes an agent and attests it. */
export async function craftyAgent(
  { broker, ask }: FrontDoor,
  keys = broker.credentialsFor(agentRole, 'crafty-agent'),
): Promise<CraftyAgent> {
  const own = await agentKey();
  const send = (wire: Wire) => ask(wire, keys);
  const request = async (
    method: string,
    path: string,
    craft: Craft,
    claims: object,
    headers: Wire['headers'],
  ) => {
    const url = `${broker.url}${path}`;
    const hash = craft.body ? { request_hash: sha256Base64Url(craft.body) } : {};
    const right = { htm: method, htu: url, ...hash, ...claims, ...craft.claims };
    const DPoP = await proofBy(craft.key ?? own, broker.now(), right, craft.header);
    return { method, url, headers: { DPoP, ...headers, ...craft.headers }, body: craft.body };
  };
  const challenge = async () => {
    const answer = await send({
      method: 'POST',
      url: `${broker.url}/v1/challenges`,
      headers: {},
      body: '{}',
    });
    return JSON.parse(answer.body).nonce as string;
  };
  const attestation = (nonce: string, craft: Craft = {}) => {
    const body = JSON.stringify(attestationBody(nonce, own.jkt));
    return request('POST', '/v1/attestations', { body, ...craft }, { nonce }, {});
  };
  const about = (method: string, path: string, craft: Craft) => {
    const presented = craft.token ?? token;
    const claims = { ath: sha256Base64Url(presented) };
    return request(method, `/v1/leases/${path}`, craft, claims, { 'Mayfly-Attestation': presented });
  };
  const answer = await send(await attestation(await challenge()));
  const token = JSON.parse(answer.body).attestation as string;
  return {
    key: own,
    keys,
    token,
    challenge,
    attestation,
    lease(craft = {}) {
      const [presented, idempotency_key] = [craft.token ?? token, randomUUID()];
      const headers = { 'Mayfly-Attestation': presented, 'Idempotency-Key': idempotency_key };
      const claims = { ath: sha256Base64Url(presented), idempotency_key };
      return request('POST', '/v1/leases', { body: JSON.stringify(leaseBody()), ...craft }, claims, headers);
    },
    reading: (leaseId, craft = {}) => about('GET', leaseId, craft),
    using: (use, leaseId, craft = {}) =>
      use === 'release'
        ? about('DELETE', leaseId, craft)
        : about('POST', `${leaseId}/${use}`, { body: '{}', ...craft }),
    calling: (leaseId, craft = {}) => about('POST', `${leaseId}/${call}`, { body: '{}', ...craft }),
    send,
  };
}
