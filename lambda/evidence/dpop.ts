import { calculateJwkThumbprint, importJWK, type JWK, jwtVerify } from 'jose';
import { BrokerError } from '../../core/broker-error.ts';
import { sha256Base64Url } from '../../core/hash.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { member, takeApart } from './compact-jwt.ts';
import { publicP256 } from './public-key.ts';
import { skew } from './skew.ts';

/** What a proof must be about. */
export type ProofTarget = {
  readonly method: string;
  /** The address as the agent knows it: the setting `publicUrl` and the path, never the Host header. */
  readonly url: string;
  /** The attestation result that the proof accompanies, or undefined where there is none yet. */
  readonly token?: string;
  /** The nonce that the proof must carry, where one was handed out. */
  readonly nonce?: string;
  /** The Idempotency-Key that the request carries; a proof that names one is refused where there is none. */
  readonly idempotencyKey?: string;
  /** base64url(sha256(body)) of a request with a body; a proof that names one is refused where there is none. */
  readonly requestHash?: string;
  /** base64url(sha256(query)) of a request with a query, encoded in the order of names: `htu` has none (RFC 9449). */
  readonly queryHash?: string;
};

/** Verifies a DPoP proof (RFC 9449 section 4.3) and answers its key's thumbprint and `jti`; throws `invalid_dpop_proof`. */
export async function verifyProof(
  proof: string | undefined,
  target: ProofTarget,
  now: EpochSeconds,
): Promise<{ jkt: string; jti: string }> {
  if (!proof) throw refused('the DPoP header is absent');
  if (proof.length > 4_096) throw refused('the proof is too long');
  const { jwk, payload } = await verified(proof, now);
  if (payload['htm'] !== target.method) throw refused('the proof is for another method');
  const asked = addressOf(target.url);
  if (asked === undefined || addressOf(payload['htu']) !== asked)
    throw refused(`the proof is for another address than ${target.url}`);
  if (Math.abs(now - Number(payload.iat)) > skew) throw refused('the proof is stale: check the clock');
  if (target.nonce !== undefined && payload['nonce'] !== target.nonce)
    throw refused('the proof carries another nonce');
  if (target.token !== undefined && payload['ath'] !== sha256Base64Url(target.token))
    throw refused('the proof is for another attestation result');
  if (payload['idempotency_key'] !== target.idempotencyKey)
    throw refused('the proof is for another Idempotency-Key');
  if (payload['request_hash'] !== target.requestHash) throw refused('the proof is for another body');
  if (payload['query_hash'] !== target.queryHash) throw refused('the proof is for another query');
  const jti = payload.jti;
  if (typeof jti !== 'string' || !/^[\w-]{16,64}$/.test(jti))
    throw refused('jti is 16 to 64 of A-Z a-z 0-9 _ -');
  return { jkt: await calculateJwkThumbprint(jwk), jti };
}

const address = /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?(\/[^\s\\?#]*)?$/i;
const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' };

/**
 * An address as proofs are compared by (RFC 9449 sections 4.2 and 4.3): scheme and host in lower case, no default port,
 * the path as it is written: no dots are resolved in it and nothing is decoded. Undefined for what is none, has a query or
 * a fragment, or names a user.
 */
function addressOf(text: unknown): string | undefined {
  const [, scheme, host, port, path = '/'] = (typeof text === 'string' && address.exec(text)) || [];
  if (scheme === undefined || host === undefined) return undefined;
  const isImplied = port === undefined || port === defaultPorts[scheme.toLowerCase()];
  return `${scheme}://${host}${isImplied ? '' : `:${port}`}`.toLowerCase() + path;
}

async function verified(proof: string, now: EpochSeconds) {
  try {
    // Read here as well, as whoever names a member twice means two things.
    const jwt = takeApart(proof);
    if (typeof jwt === 'string') throw new Error(jwt);
    const key = publicP256(member(jwt.header, 'jwk') as JWK | undefined);
    if (typeof key === 'string') throw refused(`the proof ${key}`);
    const { payload } = await jwtVerify(proof, await importJWK(key, 'ES256'), {
      algorithms: ['ES256'],
      typ: 'dpop+jwt',
      requiredClaims: ['htm', 'htu', 'iat', 'jti'],
      currentDate: new Date(now * 1000),
      clockTolerance: skew,
    });
    return { jwk: key, payload };
  } catch (cause) {
    throw cause instanceof BrokerError
      ? cause
      : refused('the proof is not a DPoP proof signed with ES256', cause);
  }
}

function refused(detail: string, cause?: unknown): BrokerError {
  return new BrokerError('invalid_dpop_proof', detail, {}, cause);
}
