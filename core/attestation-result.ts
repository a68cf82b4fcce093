import type { EpochSeconds } from './time.ts';

/** Claims of an attestation result (RATS, RFC 9334): who was attested, how, and which key it is bound to. */
export type AttestationResult = {
  /** Agent id, `spiffe://…`. */
  readonly sub: string;
  readonly agent_type: string;
  /** IAM unique id of the attested role; the result is refused from any other principal. */
  readonly role_id: string;
  readonly methods: readonly string[];
  readonly facts: AttestedFacts;
  readonly strength: Strength;
  readonly iat: EpochSeconds;
  readonly exp: EpochSeconds;
  /** RFC 7800 confirmation: thumbprint of the agent's key. */
  readonly cnf: { readonly jkt: string };
};

/**
 * What the runtime proved that parameters may be taken from. `aws_session` was chosen by whoever assumed the role: only a
 * trust policy that pins it makes it a fact.
 */
export type AttestedFacts = Readonly<Record<'aws_account' | 'aws_role' | 'aws_session', string>>;

/** How much evidence proves, weakest first. */
export type Strength = 'instance' | 'principal' | 'workload' | 'key_bound' | 'measured';

/** `typ` and audience of attestation results: no other token of ours is ever accepted in their place. */
export const attestationResultType = 'attestation-result+jwt';

/** The audience of results for a broker at this address. */
export function attestationAudience(publicUrl: string): string {
  return `${publicUrl}/v1/leases`;
}

/** Seconds that a result lives: within the 5 to 15 minutes that an agent needs to ask, collect and renew. */
export const resultSeconds = 600;
