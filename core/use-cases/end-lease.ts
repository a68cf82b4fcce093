import type { EndedKind } from '../grant.ts';
import { grantRoleOf, type Lease } from '../lease.ts';
import { type Scope, scope } from '../scope.ts';
import type { Control } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import { isTold, kindsLeft, type LeaseEnd } from '../transitions.ts';

/** Leases that can be ended. */
export type EndableLeases = {
  find(id: string): Promise<Lease | undefined>;
  /**
   * Ends the lease if it may end so (`mayEnd`), by what the record says at that moment; false when it may not. What IAM
   * is told of alone is noted for denial until its credentials have ended. The lease stays due until IAM was told and
   * nothing is left of its other grants.
   */
  end(lease: Lease, end: LeaseEnd): Promise<boolean>;
};

/** What is said about scopes. */
export type Controls = {
  /** Keeps a scope out, unless it was lifted after `quarantine.at`: who repeats an old one must not undo that. */
  quarantine(scope: Scope, quarantine: NonNullable<Control['quarantine']>): Promise<void>;
  lift(scope: Scope, at: EpochSeconds): Promise<void>;
  /** Raises the scope's tombstone to this second; it never falls. */
  bury(scope: Scope, before: EpochSeconds): Promise<void>;
};

/** What a change of a shard came to: how many changes there have been, and whether the revoker must be called. */
export type Marked = { readonly dirty: number; readonly call: boolean };

/** Notes that a role's deny document is no longer what it should be. */
export type MarkableShards = { mark(role: string, now: EpochSeconds): Promise<Marked> };

/** A call for the revoker: `change` tells one from another, `leases` are ids that an index may not show yet. */
export type RevokerCall = {
  readonly role: string;
  readonly change: string;
  readonly leases: readonly string[];
};

/** Calls the revoker; calls for one role are answered one after the other. */
export type RevokerQueue = { send(call: RevokerCall): Promise<void> };

/** Calls the function that ends the grants of a kind; it reads the lease, and may be called once too often. */
export type GrantEnders = { send(kind: EndedKind, lease: string): Promise<void> };

/** Everything that telling IAM of an end touches. */
export type EnforcingWorld = {
  readonly shards: MarkableShards;
  readonly revoker: RevokerQueue;
  readonly clock: () => EpochSeconds;
};

/** Everything that ending a lease touches. */
export type EndingWorld = EnforcingWorld & {
  readonly leases: EndableLeases;
  readonly controls: Pick<Controls, 'quarantine'>;
  readonly enders: GrantEnders;
};

/**
 * Ends a lease: the record first, which decides, then its grants beyond AWS, then IAM. A crash in between leaves the
 * lease due, and the sweeper goes on. False when the lease could not end so.
 */
export async function endLease(world: EndingWorld, lease: Lease, end: LeaseEnd): Promise<boolean> {
  if (!(await world.leases.end(lease, end))) return false;
  await keepOutTheSilent(world, lease, end);
  await endGrantsOf(world, lease);
  if (isTold(lease, end.cause)) await callRevoker(world, grantRoleOf(lease), [lease.id]);
  return true;
}

/** Calls whoever ends what is left of a lease that is over, the last made first. */
export async function endGrantsOf(
  { enders }: Pick<EndingWorld, 'enders'>,
  lease: Pick<Lease, 'id' | 'minted_at' | 'grants'>,
): Promise<void> {
  for (const kind of kindsLeft(lease)) await enders.send(kind, lease.id);
}

/** An agent that was not heard from must not simply come back. Repeating it changes nothing. */
export async function keepOutTheSilent(
  { controls }: Pick<EndingWorld, 'controls'>,
  lease: Lease,
  { cause, at, by }: LeaseEnd,
): Promise<void> {
  if (cause !== 'missed_heartbeat') return;
  const reason = `lease ${lease.id} was not heard from`;
  await controls.quarantine(scope.agent(lease.agent), { at, by, reason });
}

/** Notes that these leases are to be denied and calls the revoker, unless a call is on its way already. */
export async function callRevoker(
  world: EnforcingWorld,
  role: string,
  leases: readonly string[],
  mark: () => Promise<Marked> = () => world.shards.mark(role, world.clock()),
): Promise<void> {
  const { dirty, call } = await mark();
  if (call) await world.revoker.send({ role, change: String(dirty), leases });
}
