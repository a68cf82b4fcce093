import { awsGrantOf, type EndedKind, kindsToEnd } from './grant.ts';
import { isUncollected, type Lease, missedBeat, wasMinted } from './lease.ts';
import type { LeaseState } from './lease-states.ts';
import type { EpochSeconds } from './time.ts';

/** Who or what ended a lease, and why in their words. */
export type LeaseEnd = {
  readonly at: EpochSeconds;
  readonly cause: EndCause;
  /** Who said so: the agent's id, an operator's role and session, or the part of the broker. */
  readonly by: string;
  readonly reason?: string | undefined;
};

/** Why leases end: by the agent, by time, by silence, or because somebody said so. */
export type EndCause =
  | 'released'
  /** The agent no longer wants what was not made yet. */
  | 'cancelled'
  | 'deadline'
  | 'missed_heartbeat'
  | 'revoked'
  | 'scope_revoked';

/** The states that each state may become; terminal ones nothing. */
const next: Readonly<Record<LeaseState, readonly LeaseState[]>> = {
  pending: ['approved', 'denied', 'expired', 'revoked'],
  approved: ['issuing', 'expired', 'revoked'],
  denied: [],
  issuing: ['active', 'failed', 'revoked'],
  active: ['released', 'expired', 'revoked'],
  failed: [],
  released: [],
  expired: [],
  revoked: [],
};

/** Whether the state machine has this step. */
export function mayBecome(from: LeaseState, to: LeaseState): boolean {
  return next[from].includes(to);
}

/** Whether a lease in this state never changes its state again. */
export function isTerminal(state: LeaseState): boolean {
  return next[state].length === 0;
}

/** The state that an end leads to. */
export function stateAfter(cause: EndCause): 'released' | 'expired' | 'revoked' {
  if (cause === 'released') return 'released';
  return cause === 'deadline' ? 'expired' : 'revoked';
}

/**
 * Whether a lease may end this way at `end.at`: expiry only when the deadline is there, silence only of an active
 * lease whose heartbeat is overdue, and a release only by a lease that is still alive. What a store checks in its
 * condition.
 */
export function mayEnd(lease: Lease, { cause, at }: LeaseEnd): boolean {
  if (!mayBecome(lease.state, stateAfter(cause))) return false;
  switch (cause) {
    case 'released':
      return at < lease.deadline && !missedBeat(lease, at);
    case 'cancelled':
      return !wasMinted(lease);
    case 'deadline':
      return wasMinted(lease) ? at >= lease.deadline : isUncollected(lease, at);
    case 'missed_heartbeat':
      // While a lease is being made nobody can be heard from.
      return lease.state === 'active' && missedBeat(lease, at);
    case 'revoked':
    case 'scope_revoked':
      return true;
  }
}

/**
 * Whether IAM must be told of the lease by its id: credentials of AWS were minted, and it ended {@link isToldAlone alone}.
 */
export function isTold(lease: Pick<Lease, 'id' | 'minted_at' | 'grants'>, cause: EndCause): boolean {
  return wasMinted(lease) && isToldAlone(cause) && awsGrantOf(lease).capabilities.length > 0;
}

/** Kinds of grants of which something may be left though their lease is over, the last made first. */
export function kindsLeft(lease: Pick<Lease, 'minted_at' | 'grants'>): EndedKind[] {
  return wasMinted(lease) ? kindsToEnd(lease.grants) : [];
}

/**
 * Whether IAM must be told of the lease by its id. What is `scope_revoked` was told with its scope, or never shown: with
 * an entry for each as well, one revocation would fill documents, and cost agents what they were given since.
 */
export function isToldAlone(cause: EndCause): boolean {
  return endsEarly(cause) && cause !== 'scope_revoked' && cause !== 'cancelled';
}

/** Whether credentials of what ended so may still have been alive. */
export function endsEarly(cause: EndCause): boolean {
  return cause !== 'deadline';
}
