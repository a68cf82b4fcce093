import type { Caller } from './identity.ts';
import type { EpochSeconds } from './time.ts';

/** The methods by which a runtime proves itself. */
export type Method =
  | 'aws_iam'
  | 'aws_web_identity'
  | 'aws_presigned'
  | 'spiffe_jwt'
  | 'spiffe_x509'
  | 'oidc'
  | 'aws_nitro'
  | 'aws_ec2_iid';

/** How much evidence proves, weakest first. */
export const strengths = ['instance', 'principal', 'workload', 'key_bound', 'measured'] as const;
export type Strength = (typeof strengths)[number];

/** What each method proves at its best (DESIGN: attestation). */
export const strengthOf: Readonly<Record<Method, Strength>> = {
  aws_iam: 'principal',
  aws_web_identity: 'workload',
  aws_presigned: 'principal',
  spiffe_jwt: 'workload',
  spiffe_x509: 'key_bound',
  oidc: 'workload',
  aws_nitro: 'measured',
  aws_ec2_iid: 'instance',
};

/** Whether `one` proves at least as much as `other`. */
export function isAtLeast(one: Strength, other: Strength): boolean {
  return strengths.indexOf(one) >= strengths.indexOf(other);
}

/** Names of what a runtime can prove about itself; parameters of a task may be taken from these. */
export const factNames = [
  'aws_account',
  'aws_role',
  'aws_session',
  'aws_region',
  'aws_org',
  'lambda_function',
  'ec2_instance',
  'ec2_image',
  'ec2_vpc',
  'spiffe_id',
  'oidc_issuer',
  'oidc_subject',
] as const;
export type FactName = (typeof factNames)[number];

/**
 * What was proven, by name; what no evidence said is absent. `aws_session` was chosen by whoever assumed the role: only a
 * trust policy that pins it makes it a fact.
 */
export type Facts = Readonly<Partial<Record<FactName, string>>>;

/** What verified evidence says, before a policy is asked whether that will do. */
export type Proven = {
  readonly method: Method;
  /**
   * Who it is: an IAM role's unique id (`AROA…`), a SPIFFE id, or `<issuer>#<subject>`. Absent from methods that say
   * only what runs or where.
   */
  readonly principal?: string;
  /** ARN of the role, where the method knows one; with its path only where the method does. */
  readonly role?: string;
  readonly facts: Facts;
  /** Claims of a token that policies may ask for, verified. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The audience of a token that is not bound by it: it counts only where the policy names this one. */
  readonly plainAudience?: string;
  /** Measurements (PCRs) of a Nitro document by number, lower-case hex. */
  readonly measurements?: Readonly<Record<string, string>>;
  /** Where nothing in it is fresh: what identifies it, and until when it is remembered as bound to the first key. */
  readonly reusable?: { readonly id: string; readonly until: EpochSeconds };
};

/** What evidence must be bound to, who sent it, and when. */
export type Bound = {
  /** base64url(sha256(nonce "." jkt)). */
  readonly binding: string;
  readonly caller: Caller;
  readonly now: EpochSeconds;
  /** Audiences without a binding that a policy of this agent type takes from this method; none when absent. */
  readonly plainAudiences?: readonly string[];
};

/** Why evidence proves nothing, as stable words. */
export const evidenceFaults = [
  'malformed',
  'header',
  'algorithm',
  'unknown_issuer',
  'unknown_key',
  'signature',
  'audience',
  'binding',
  'expired',
  'not_yet_valid',
  'stale',
  'subject',
  'claims',
  'trust_domain',
  'principal',
  'chain',
  'root',
  'leaf',
  'debug_mode',
  'region',
  'rejected',
  'replayed',
  'not_configured',
] as const;
export type EvidenceFaultCode = (typeof evidenceFaults)[number];

/** A verifier's refusal: the fault, the field of the evidence it lies in, and words that hold nothing secret. */
export class EvidenceFault extends Error {
  readonly fault: EvidenceFaultCode;
  readonly field: string;

  constructor(fault: EvidenceFaultCode, field: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EvidenceFault';
    this.fault = fault;
    this.field = field;
  }
}

/** Where the verifier gets what it trusts from, or another service it asks, does not answer: nothing is said of the evidence. */
export class TrustUnavailable extends Error {
  /** The message is for a log. */
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'TrustUnavailable';
  }
}

/** Verifies one piece of evidence of one method; throws {@link EvidenceFault} or {@link TrustUnavailable}. */
export type Verify<Evidence> = (evidence: Evidence, bound: Bound) => Promise<Proven>;

/** Who evidence in a token is made for: this broker's address, and the binding where the issuer lets the audience be chosen. */
export function evidenceAudience(publicUrl: string, binding: string): string {
  return `${publicUrl}/${binding}`;
}

/** Where the binding stands in what AWS signs: a tag of `sts:GetWebIdentityToken`, a signed header of a presigned request. */
export const bindingTag = 'mayfly-binding';
