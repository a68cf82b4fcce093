import type { Facts, Method, Strength } from './evidence.ts';
import type { EpochSeconds } from './time.ts';

/** Claims of an attestation result (RATS, RFC 9334): who was attested, how, and which key it is bound to. */
export type AttestationResult = {
  /** Agent id, `spiffe://…`. */
  readonly sub: string;
  readonly agent_type: string;
  /** Who was attested: an IAM role's unique id (`AROA…`), a SPIFFE id, or `<issuer>#<subject>`. */
  readonly principal: string;
  /** Who else stands behind it: the role that signs its requests, what other evidence names. Absent where nobody does. */
  readonly beside?: readonly string[];
  /** IAM unique id of the role that signs the agent's requests; the result is refused from any other. */
  readonly role_id: string;
  /** What was proven, and counted: the strongest decides {@link AttestationResult.strength}. */
  readonly methods: readonly Method[];
  readonly facts: Facts;
  readonly strength: Strength;
  readonly iat: EpochSeconds;
  readonly exp: EpochSeconds;
  /** RFC 7800 confirmation: thumbprint of the agent's key. */
  readonly cnf: { readonly jkt: string };
};

/** `typ` and audience of attestation results: no other token of ours is ever accepted in their place. */
export const attestationResultType = 'attestation-result+jwt';

/** The audience of results for a broker at this address. */
export function attestationAudience(publicUrl: string): string {
  return `${publicUrl}/v1/leases`;
}

/** Seconds that a result lives: within the 5 to 15 minutes that an agent needs to ask, collect and renew. */
export const resultSeconds = 600;
