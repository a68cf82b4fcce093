import { BrokerError } from './broker-error.ts';
import { isStalled, isUncollected, type Lease, nextDue, seenState, wasMinted } from './lease.ts';
import type { LeaseState } from './lease-states.ts';
import { agentTags, type Scope, scopesOf } from './scope.ts';
import { after, type EpochSeconds } from './time.ts';
import { isTerminal, type LeaseEnd } from './transitions.ts';

/** What was said about one scope: kept out, revoked, or both. */
export type Control = {
  readonly scope: Scope;
  /** No new lease for the scope until it is lifted. */
  readonly quarantine?: { readonly at: EpochSeconds; readonly by: string; readonly reason: string };
  /** The tombstone: leases issued before this second are dead. */
  readonly revoked_before?: EpochSeconds;
};

/** That an agent is denied as a whole: until when its credentials could work, and in which generation it was said. */
export type AgentDenial = { readonly until: EpochSeconds; readonly gen: number };

/**
 * One grant role as the broker knows it: what its deny document has to say beside single leases, and how far
 * writing it has come. `dirty` counts what has changed, `written` what the document holds.
 */
export type RoleShard = {
  readonly role: string;
  /** Sessions of older generations are dead. */
  readonly gen: number;
  /** Until when sessions of older generations could work. */
  readonly gen_until: EpochSeconds;
  /** Agents that are denied as a whole, by tag. */
  readonly agents: Readonly<Record<string, AgentDenial>>;
  /** Sessions that were opened before this second are dead. */
  readonly issued_before?: EpochSeconds;
  readonly dirty: number;
  readonly written: number;
  /** When IAM last took the document. */
  readonly written_at?: EpochSeconds;
  /** Since when IAM does not take it. */
  readonly failing_since?: EpochSeconds;
};

/** All that a lease or an agent is judged by beside its own record, read at one time. */
export type Standing = {
  readonly controls: readonly Control[];
  readonly shard: RoleShard;
  /** The leases it was delegated from, the first of the chain first; undefined where one is gone. */
  readonly ancestors: readonly (Lease | undefined)[];
};

/** A grant role that nothing was ever said about. */
export function untouched(role: string): RoleShard {
  return { role, gen: 0, gen_until: 0 as EpochSeconds, agents: {}, dirty: 0, written: 0 };
}

/**
 * Whether the lease is dead by what happened around it: a revocation of a wider scope covers it, by tombstone or because
 * its generation is over, or a lease that it was delegated from has ended.
 */
export function isCovered(
  lease: Pick<Lease, 'issued_at' | 'gen' | 'deadline'>,
  standing: Standing,
  now: EpochSeconds,
): boolean {
  const { controls, shard, ancestors } = standing;
  const buried = controls.some(({ revoked_before = 0 }) => lease.issued_at < revoked_before);
  if (buried || lease.gen < shard.gen) return true;
  const isOver = now >= lease.deadline;
  return ancestors.some((each) => each === undefined || !holds(each, standing, isOver, now));
}

/**
 * Whether what was delegated from this lease lives on: it is active, by its own record and by what was said about its own
 * scopes. One that ran out takes nothing with it that ran out too (`isOver`): that expired, and nobody revoked it.
 */
function holds(ancestor: Lease, { controls, shard }: Standing, isOver: boolean, now: EpochSeconds): boolean {
  const state = seenState(ancestor, now);
  if (state !== 'active' && !(isOver && state === 'expired')) return false;
  const own = new Set(scopesOf(ancestor));
  const about = { controls: controls.filter(({ scope }) => own.has(scope)), shard, ancestors: [] };
  return !isCovered(ancestor, about, now);
}

/** The state of a lease as everybody must see it: its record, the clock, and what was said about its scopes. */
export function judgedState(lease: Lease, standing: Standing, now: EpochSeconds): LeaseState {
  // As in `endOfLease`: what was revoked does not expire, and what nobody makes any more failed before.
  const ends = !isTerminal(lease.state) && !isStalled(lease, now);
  return ends && isCovered(lease, standing, now) ? 'revoked' : seenState(lease, now);
}

/**
 * How a lease that is over, or covered, ends; undefined while it lives, or is still being made. Where IAM was told of
 * the whole scope it is `scope_revoked`; else the lease is denied by its own id: `revoked`.
 */
export function endOfLease(
  lease: Lease,
  standing: Standing,
  now: EpochSeconds,
  by: string,
): LeaseEnd | undefined {
  if (isTerminal(lease.state) || isStalled(lease, now)) return undefined;
  if (isCovered(lease, standing, now)) {
    return { at: now, cause: isToldBeside(lease, standing, now) ? 'scope_revoked' : 'revoked', by };
  }
  if (!wasMinted(lease)) return isUncollected(lease, now) ? { at: now, cause: 'deadline', by } : undefined;
  if (lease.state !== 'active' || now < nextDue(lease)) return undefined;
  const cause = nextDue(lease) === lease.deadline ? 'deadline' : 'missed_heartbeat';
  return { at: now, cause, by };
}

/** Throws `quarantined` when any of the controls keeps its scope out. */
export function refuseQuarantined(controls: readonly Control[]): void {
  const kept = controls.find(({ quarantine }) => quarantine !== undefined);
  if (!kept) return;
  const [kind] = kept.scope.split('#');
  throw new BrokerError('quarantined', `no lease for this ${kind} until an operator lifts its quarantine`);
}

/**
 * Throws `quarantined` where an agent's sessions are still denied as a whole: a lease would be dead on arrival. So
 * it is for a while after the quarantine was lifted, until the document has been written without the agent.
 */
export function refuseDenied(
  lease: Pick<Lease, 'agent' | 'ancestors'>,
  { shard }: Standing,
  now: EpochSeconds,
): void {
  const denial = agentTags(lease)
    .map((tag) => shard.agents[tag])
    .find((each) => each !== undefined);
  if (denial === undefined) return;
  throw new BrokerError('quarantined', 'what this agent held before is still being denied: ask again later', {
    retryAfter: Math.max(1, denial.until - now),
  });
}

/**
 * Whether the lease's sessions are denied by what is said beside single leases, or by the entry of a lease above it. One
 * that something was delegated from always gets an entry of its own: the others do not reach what is below it.
 */
function isToldBeside(lease: Lease, standing: Standing, now: EpochSeconds): boolean {
  const { shard, ancestors } = standing;
  if (!wasMinted(lease)) return true;
  if (lease.gen < shard.gen || isDenied(lease, shard, now)) return true;
  // By the record alone: whoever is only late by this clock may yet be heard from, and IAM is told nothing of it then.
  if (ancestors.some((each) => each?.state === 'released' || each?.state === 'revoked')) return true;
  const { issued_before = 0 } = shard;
  const opened = after(lease.minted_at, mintingTakes);
  return opened < issued_before && (lease.children ?? []).length === 0;
}

function isDenied(lease: Lease, { agents }: RoleShard, now: EpochSeconds): boolean {
  return agentTags(lease).some((tag) => (agents[tag]?.until ?? 0) > now);
}

/** Seconds within which STS opens a session after it was noted that one is to be opened. */
export const mintingTakes = 60;

/** The tombstone of a scope that is revoked now: it covers the second that has begun. */
export function revokedNow(now: EpochSeconds): EpochSeconds {
  return after(now, 1);
}
