import type { KeyObject } from 'node:crypto';
import type { AttestationResult } from '../../core/attestation-result.ts';
import { BrokerError } from '../../core/broker-error.ts';
import { sha256Base64Url } from '../../core/hash.ts';
import { encodedQuery } from '../../core/proxy/asked-call.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import { type ProofTarget, verifyProof } from '../evidence/dpop.ts';
import { verifyResult } from '../evidence/result-token.ts';
import type { Request } from './request.ts';

/** Proofs that served already. */
export type UsedProofs = {
  /** Takes a proof's `jti` for good; false where it was taken before. */
  use(jkt: string, jti: string, now: EpochSeconds): Promise<boolean>;
};

/** What an agent's result and proof are verified with. */
export type AttestedWorld = {
  readonly publicUrl: string;
  readonly publicKey: () => Promise<KeyObject>;
  readonly clock: () => EpochSeconds;
  /** Absent where what is asked for counts its proofs itself, as minting does. */
  readonly usedProofs?: UsedProofs;
};

/**
 * The agent behind a request: an attestation result of this broker, presented by the principal it was made
 * for, with a proof by the key it was made for. A result that ended up to `grace` seconds ago will do. Throws
 * `invalid_token` or `invalid_dpop_proof`.
 */
export async function attested(
  request: Request,
  world: AttestedWorld,
  grace = 0,
): Promise<{ result: AttestationResult; proof: string }> {
  const token = request.header('Mayfly-Attestation');
  if (!token) throw new BrokerError('invalid_token', 'the Mayfly-Attestation header is absent');
  const now = world.clock();
  const valid = after(now, -grace);
  const result = await verifyResult(token, await world.publicKey(), world.publicUrl, valid);
  const { jkt, jti } = await verifyProof(request.header('DPoP'), provenBy(request, world, { token }), now);
  if (jkt !== result.cnf.jkt)
    throw new BrokerError('invalid_dpop_proof', 'the proof is by another key than was attested');
  if (request.caller().roleId !== result.role_id) {
    throw new BrokerError('invalid_token', 'the attestation result was made for another principal');
  }
  if (world.usedProofs && !(await world.usedProofs.use(jkt, jti, now)))
    throw new BrokerError(
      'invalid_dpop_proof',
      'this proof was used before: make a new one for each request',
    );
  return { result, proof: jti };
}

/** What the proof of a request must be about, `beside` what only its route knows. */
export function provenBy(
  request: Request,
  { publicUrl }: { readonly publicUrl: string },
  beside: Pick<ProofTarget, 'token' | 'nonce'>,
): ProofTarget {
  const idempotencyKey = request.header('Idempotency-Key');
  const query = encodedQuery(request.queryNames.map((name) => [name, request.query(name) ?? '']));
  return {
    method: request.method,
    url: `${publicUrl}${request.path}`,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(query !== '' && { queryHash: sha256Base64Url(query) }),
    ...(request.body !== '' && { requestHash: sha256Base64Url(request.body) }),
    ...beside,
  };
}
