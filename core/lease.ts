import type { Decision, ParameterValues } from './decide.ts';
import { longestCredential, type Narrowing } from './lifetime.ts';
import { after, type EpochSeconds } from './time.ts';

/** States that have a writer today; terminal states never change. */
export type LeaseState = 'issuing' | 'active' | 'failed';

/** What a reader sees: `expired` is judged from the clock, so it is true even if nothing ever writes it. */
export type SeenState = LeaseState | 'expired';

/** What makes a deadline hold: STS's own expiry, and the policy inside the token. */
export type Enforcement = 'sts_expiration' | 'session_policy';

/** How a grant ends and how fast; `basis` says how sure we are. */
export type Guarantee = {
  readonly ends: 'deadline';
  readonly typical_seconds: number;
  readonly worst_seconds: number;
  readonly basis: 'measured' | 'documented' | 'assumed';
  readonly enforced_by: readonly Enforcement[];
  /** What its capabilities leave behind that does not end with it, in the policy's words. */
  readonly outlives: readonly { readonly capability: string; readonly what: string }[];
};

/** One concrete credential inside a lease, without its secrets. */
export type Grant = {
  readonly kind: 'aws';
  readonly role_arn: string;
  readonly capabilities: readonly string[];
  readonly guarantee: Guarantee;
};

/** What the agent asked for, validated. */
export type Task = {
  readonly name: string;
  readonly purpose: string;
  readonly capabilities: readonly string[];
  readonly parameters: ParameterValues;
  readonly estimated_seconds: number;
};

/** A lease as it is stored: one item, no secret in it. */
export type Lease = {
  readonly id: string;
  readonly state: LeaseState;
  readonly agent: string;
  readonly agent_type: string;
  /** IAM unique id of the principal, with `jkt` the owner of the lease. */
  readonly role_id: string;
  readonly jkt: string;
  readonly request_hash: string;
  /** `jti` of every proof that minted for this lease: a replayed request never mints again. */
  readonly proofs: readonly string[];
  readonly task: Task;
  readonly decision: Decision;
  readonly grants: readonly Grant[];
  /** The invocation that wrote the lease last: tells an own write whose answer was lost from somebody else's. */
  readonly attempt: string;
  readonly issued_at: EpochSeconds;
  readonly deadline: EpochSeconds;
  /** The latest second at which any credential ever minted for the lease could still work. */
  readonly credential_until: EpochSeconds;
  readonly failure?: string;
};

/** A lease still `issuing` this many seconds after it was reserved belongs to a process that died. */
export const issuingPatience = 60;

/** One credential of a lease is minted at most this often: once, and three times for lost answers. */
const mintsPerCredential = 4;

/** How often credentials of this lease may be minted in all: a lease longer than one credential needs several. */
export function mintsAllowed({ issued_at, deadline }: Pick<Lease, 'issued_at' | 'deadline'>): number {
  return mintsPerCredential * Math.ceil((deadline - issued_at) / longestCredential);
}

/** Whether the process that reserved this lease must be taken for dead. */
export function isStalled(lease: Lease, now: EpochSeconds): boolean {
  return lease.state === 'issuing' && now >= after(lease.issued_at, issuingPatience);
}

/** The state a reader sees now. */
export function seenState(lease: Lease, now: EpochSeconds): SeenState {
  if (lease.state === 'active' && now >= lease.deadline) return 'expired';
  return isStalled(lease, now) ? 'failed' : lease.state;
}

/**
 * The guarantee of AWS credentials. The deadline is embedded in them, so nothing of ours has to run for it to
 * hold; where STS narrows, it ends them too. `assumed` until `docs/assumptions.md` can point to a measurement.
 */
export function deadlineGuarantee(narrowing: Narrowing, outlives: Guarantee['outlives']): Guarantee {
  return {
    ends: 'deadline',
    typical_seconds: 0,
    worst_seconds: 1,
    basis: 'assumed',
    enforced_by:
      narrowing === 'scoped_credentials' ? ['sts_expiration', 'session_policy'] : ['session_policy'],
    outlives,
  };
}
