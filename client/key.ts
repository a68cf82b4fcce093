import {
  calculateJwkThumbprint,
  exportJWK,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWK,
  SignJWT,
} from 'jose';
import type { EpochSeconds } from '../core/time.ts';
import { sha256Base64Url } from './hash.ts';

/** The agent's key: born with the agent, never leaves the process, cannot be exported. */
export type AgentKey = {
  /** RFC 7638 thumbprint of the public key. */
  readonly thumbprint: string;
  /** A DPoP proof (RFC 9449) for one request, and whatever of the following it has. */
  prove(request: ProvenRequest, now: EpochSeconds): Promise<string>;
  /**
   * What lets another agent have some capabilities of a lease of this one: `address` is that of the lease's delegations.
   * It lives five minutes.
   */
  delegate(
    address: string,
    agent: string,
    capabilities: readonly string[],
    now: EpochSeconds,
  ): Promise<string>;
};

/** Seconds that a delegation lives. */
const delegationSeconds = 300;

/** The request that a proof is for. */
export type ProvenRequest = {
  readonly method: string;
  /** Full address without query. */
  readonly url: string;
  readonly nonce?: string;
  /** The attestation result that travels beside the proof. */
  readonly token?: string;
  /** The request's Idempotency-Key: a captured proof must not serve under another one. */
  readonly idempotencyKey?: string;
  /** The request's body: a captured proof must not serve for another one. */
  readonly body?: string;
  /** The request's query as {@link queryOf} encodes it: the address in a proof has none (RFC 9449 section 4.2). */
  readonly query?: string;
};

/** A query as it is sent and proven: encoded by `encodeURIComponent`, in the order of names. */
export function queryOf(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

/**
 * Makes a new ES256 key, or takes a P-256 pair that the agent's host keeps for it. A new key is a new agent; keep it
 * for as long as the agent lives.
 */
export async function createAgentKey(pair?: GenerateKeyPairResult): Promise<AgentKey> {
  const { privateKey, publicKey } = pair ?? (await generateKeyPair('ES256', { extractable: false }));
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const jwk = { kty, crv, x, y } as JWK;
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    async prove({ method, url, nonce, token, idempotencyKey, body, query }, now) {
      const claims = {
        htm: method,
        htu: url,
        ...(nonce !== undefined && { nonce }),
        ...(token !== undefined && { ath: await sha256Base64Url(token) }),
        ...(idempotencyKey !== undefined && { idempotency_key: idempotencyKey }),
        ...(body !== undefined && { request_hash: await sha256Base64Url(body) }),
        ...(query && { query_hash: await sha256Base64Url(query) }),
      };
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt(now)
        .setJti(crypto.randomUUID())
        .sign(privateKey);
    },
    async delegate(address, agent, capabilities, now) {
      return new SignJWT({ capabilities: [...capabilities] })
        .setProtectedHeader({ alg: 'ES256', typ: 'mayfly-delegation+jwt', jwk })
        .setAudience(address)
        .setSubject(agent)
        .setIssuedAt(now)
        .setExpirationTime(now + delegationSeconds)
        .setJti(crypto.randomUUID())
        .sign(privateKey);
    },
  };
}
