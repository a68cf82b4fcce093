import type { Approval } from './approval.ts';
import type { Delegator } from './conditions.ts';
import type { Decision, ParameterValues } from './decision.ts';
import type { Strength } from './evidence.ts';
import { awsGrantOf, type Grant } from './grant.ts';
import type { LeaseState } from './lease-states.ts';
import { longestCredential } from './lifetime.ts';
import type { ValueSource } from './parameter-sources.ts';
import { after, type EpochSeconds } from './time.ts';
import type { LeaseEnd } from './transitions.ts';

/** What the agent asked for, validated. */
export type Task = {
  readonly name: string;
  readonly purpose: string;
  readonly capabilities: readonly string[];
  readonly parameters: ParameterValues;
  /** Where each value came from: people must see which ones are only the agent's words. */
  readonly sources: Readonly<Record<string, ValueSource>>;
  readonly estimated_seconds: number;
};

/** A lease that another one was delegated from. */
export type Ancestor = { readonly lease: string; readonly agent: string; readonly task: string };

/** A lease as it is stored: one item, no secret in it. */
export type Lease = {
  readonly id: string;
  readonly state: LeaseState;
  readonly agent: string;
  readonly agent_type: string;
  /** Who was attested, with `jkt` the owner of the lease. */
  readonly principal: string;
  /** Who else was attested with it: whoever of them is kept out keeps the lease out. */
  readonly beside?: readonly string[];
  /** How strongly, when it was issued: weaker attested the agent gets no credentials of it. */
  readonly strength: Strength;
  readonly jkt: string;
  readonly request_hash: string;
  /** The person behind the task, their token verified when the lease was asked for. */
  readonly user?: Delegator;
  /** The leases it was delegated from, the first of the chain first; none where an agent asked for itself. */
  readonly ancestors: readonly Ancestor[];
  /** Ids of the leases that were delegated from it. */
  readonly children?: readonly string[];
  /** Where people are asked: what they are asked, and what they said. */
  readonly approval?: Approval;
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
  /** When credentials were last asked of STS: none of the lease is older than `issued_at`, or younger than this; 0 before. */
  readonly minted_at: EpochSeconds;
  /** No renewal moves the deadline past this second. */
  readonly renewable_until: EpochSeconds;
  /** How often the deadline was moved. */
  readonly renewals: number;
  /** Generation of the grant role's shard: the sessions of older generations are denied as one. */
  readonly gen: number;
  /** Seconds within which the agent is to be heard from; absent where its policy asks for no heartbeats. */
  readonly heartbeat?: number;
  /** The second at which the agent is taken for dead, moved by heartbeats only. */
  readonly beat_due?: EpochSeconds;
  /** Which timer of the lease counts: older ones that still arrive do nothing. */
  readonly timer_gen?: number;
  readonly end?: LeaseEnd;
  readonly failure?: string;
};

/** A lease still `issuing` this many seconds after it was reserved belongs to a process that died. */
export const issuingPatience = 60;

/** One credential of a lease is minted at most this often: once, and three times for lost answers. */
const mintsPerCredential = 4;

/** A lease is renewed at most this often, however short the steps. */
export const mostRenewals = 10;

/** Whether credentials of this lease were ever asked for: before that there is nothing that IAM could deny. */
export function wasMinted({ minted_at }: Pick<Lease, 'minted_at'>): boolean {
  return minted_at > 0;
}

/** How often credentials of this lease may be minted in all: longer than one credential, or renewed, needs several. */
export function mintsAllowed(lease: Pick<Lease, 'issued_at' | 'deadline' | 'renewals'>): number {
  const credentials = Math.ceil((lease.deadline - lease.issued_at) / longestCredential);
  return mintsPerCredential * (credentials + lease.renewals);
}

/** Whether the process that reserved this lease must be taken for dead. */
export function isStalled(lease: Lease, now: EpochSeconds): boolean {
  return lease.state === 'issuing' && now >= after(lease.issued_at, issuingPatience);
}

/**
 * The second at which an agent that was heard from at `heard` is taken for dead: two intervals, so that one lost
 * heartbeat kills nobody.
 */
export function beatDue(heard: EpochSeconds, heartbeat: number): EpochSeconds {
  return after(heard, 2 * heartbeat);
}

/** Whether the agent was not heard from in time. */
export function missedBeat({ beat_due }: Pick<Lease, 'beat_due'>, now: EpochSeconds): boolean {
  return beat_due !== undefined && now >= beat_due;
}

/** The second at which something happens to an active lease unless it is moved before. */
export function nextDue({ deadline, beat_due }: Pick<Lease, 'deadline' | 'beat_due'>): EpochSeconds {
  return beat_due !== undefined && beat_due < deadline ? beat_due : deadline;
}

/** Whether somebody makes the lease at this moment, or it is alive: then something may be made for it. */
export function isMadeOrAlive(lease: Lease, now: EpochSeconds): boolean {
  if (lease.state === 'issuing') return !isStalled(lease, now) && now < lease.deadline;
  return lease.state === 'active' && now < nextDue(lease);
}

/** Whether people, or the agent after them, took longer than they have. */
export function isUncollected(
  { state, approval }: Pick<Lease, 'state' | 'approval'>,
  now: EpochSeconds,
): boolean {
  if (state === 'pending') return approval === undefined || now >= approval.approve_by;
  return state === 'approved' && (approval?.collect_by === undefined || now >= approval.collect_by);
}

/** The second at which the sweeper looks at a lease that has not ended. */
export function leaseDue(lease: Lease): EpochSeconds {
  switch (lease.state) {
    case 'issuing':
      return after(lease.issued_at, issuingPatience);
    case 'pending':
      // Until people were told of it, it is due: telling them may have been lost.
      return lease.approval?.notified_at === undefined ? lease.issued_at : lease.approval.approve_by;
    case 'approved':
      return lease.approval?.collect_by ?? lease.issued_at;
    default:
      return nextDue(lease);
  }
}

/**
 * The state that the lease's own times give it now, true even if nothing ever writes it. Revocations of a wider
 * scope are told by `core/standing.ts`.
 */
export function seenState(lease: Lease, now: EpochSeconds): LeaseState {
  if (lease.state === 'active' && now >= nextDue(lease))
    return nextDue(lease) === lease.deadline ? 'expired' : 'revoked';
  if (isUncollected(lease, now)) return 'expired';
  return isStalled(lease, now) ? 'failed' : lease.state;
}

/** Seconds past `credential_until` for which a session stays denied: STS and IAM have clocks of their own. */
export const denialMargin = 60;

/** The name of the grant role that the lease's sessions run under. */
export function grantRoleOf({ id, grants }: Pick<Lease, 'id' | 'grants'>): string {
  const arn = awsGrantOf({ id, grants }).role_arn;
  return arn.slice(arn.lastIndexOf('/') + 1);
}
