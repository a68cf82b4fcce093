import type { EpochSeconds } from '../core/time.ts';
import type { BrokerClientOptions } from './broker-client.ts';
import { type AgentKey, queryOf } from './key.ts';
import { BrokerProblem } from './problem.ts';

/** A call that the broker makes for an agent, with a secret that the agent never sees. */
export type ProxyRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the capability's base address, beginning with `/`, with nothing encoded in it. */
  readonly path: string;
  /** Decoded; each name once. */
  readonly query?: Readonly<Record<string, string>>;
  /** `Accept`, `Accept-Language`, `Content-Type`, `If-Match`: no others go out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Goes out with the call. */
  readonly idempotencyKey?: string;
  /** Text that is sent as it is, with its Content-Type in `headers`. */
  readonly body?: string;
};

/** What the other side of a call answered, whatever its status. */
export type ProxyResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
};

/** Has the broker make a call; `path` is that of the API, with the call's own at its end. */
export async function proxied(
  { url, fetch }: Pick<BrokerClientOptions, 'url' | 'fetch'>,
  { key, token, now }: { readonly key: AgentKey; readonly token: string; readonly now: EpochSeconds },
  path: string,
  { method, query = {}, headers, idempotencyKey, body }: ProxyRequest,
): Promise<ProxyResponse> {
  const asked = queryOf(query);
  const target = {
    method,
    url: `${url}${path}`,
    token,
    query: asked,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(body && { body }),
  };
  const response = await fetch(`${url}${path}${asked && `?${asked}`}`, {
    method,
    headers: {
      ...headers,
      DPoP: await key.prove(target, now),
      'Mayfly-Attestation': token,
      ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
    },
    ...(body && { body }),
  });
  const text = await response.text();
  if (response.headers.get('Mayfly-Proxied') === 'true')
    return { status: response.status, headers: response.headers, body: text };
  throw problemOf(response, text);
}

function problemOf(response: Response, text: string): BrokerProblem {
  const retryAfter = response.headers.get('Retry-After');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // What is no JSON is no problem document either.
  }
  return new BrokerProblem(response.status, body, retryAfter === null ? undefined : Number(retryAfter));
}
