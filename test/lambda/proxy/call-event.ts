import { createHash } from 'node:crypto';
import { sha256Base64Url } from '../../../core/hash.ts';
import type { Lease } from '../../../core/lease.ts';
import { type AgentKey, proofBy } from '../evidence/proofs.ts';
import { eventOf } from '../http/events.ts';

export const publicUrl = 'https://broker.example/live';
export const roleId = 'AROAAGENTONE12345';
const resource = '/v1/leases/{id}/proxy/{capability}/{path+}';

/** What a test says of one call; what it does not say is right. */
export type CallParts = {
  readonly method?: string;
  /** Below the base address. */
  readonly path?: string;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  readonly headers?: Readonly<Record<string, string[]>>;
  readonly body?: string | null;
  readonly base64?: boolean;
  readonly lease?: string;
  readonly capability?: string;
  readonly by?: AgentKey;
  readonly result?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly user?: string;
  /** Instead of one that is made. */
  readonly proof?: string;
};

/** A message that the chat service takes. */
export const message = '{"channel":"C1","text":"invoice 4711 is filed"}';

/** A call as API Gateway hands it on. */
export async function callEvent(
  parts: CallParts,
  agent: { readonly key: AgentKey; readonly token: string },
  lease: Lease,
  now: Lease['issued_at'],
) {
  const { method = 'POST', path = '/chat.postMessage', query = {}, capability = 'post_message' } = parts;
  const body = parts.body === undefined && method === 'POST' ? message : (parts.body ?? null);
  const token = parts.result ?? agent.token;
  const address = `/v1/leases/${parts.lease ?? lease.id}/proxy/${capability}${path}`;
  const text = parts.base64 ? Buffer.from(body ?? '', 'base64').toString() : body;
  const idempotencyKey = parts.headers?.['Idempotency-Key']?.[0];
  const proof = await proofBy(parts.by ?? agent.key, now, {
    htm: method,
    htu: `${publicUrl}${address}`,
    ath: sha256Base64Url(token),
    ...(text && { request_hash: sha256Base64Url(text) }),
    ...(Object.keys(query).length > 0 && { query_hash: queryHash(query) }),
    ...(idempotencyKey && { idempotency_key: idempotencyKey }),
    ...parts.claims,
  });
  const event = eventOf({
    method,
    path: address,
    resource,
    body,
    base64: parts.base64 ?? false,
    parameters: { id: parts.lease ?? lease.id, capability, path: path.slice(1) },
    user: parts.user ?? `${roleId}:session-1`,
    headers: {
      'Mayfly-Attestation': [token],
      DPoP: [parts.proof ?? proof],
      ...(body !== null && { 'Content-Type': ['application/json'] }),
      ...parts.headers,
    },
  });
  const multiValueQueryStringParameters = Object.fromEntries(
    Object.entries(query).map(([k, v]) => [k, [...v]]),
  );
  return { ...event, multiValueQueryStringParameters };
}

/** What a proof names of a query, by its definition and not by our code. */
function queryHash(query: Readonly<Record<string, readonly string[]>>): string {
  const parts = Object.keys(query)
    .sort()
    .map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(query[name]?.[0] ?? '')}`);
  return createHash('sha256').update(parts.join('&')).digest('base64url');
}
