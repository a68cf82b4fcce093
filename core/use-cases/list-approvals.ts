import { BrokerError } from '../broker-error.ts';
import type { Lease } from '../lease.ts';
import { judgedState, type Standing } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import type { JudgedLease } from './read-lease.ts';

/** A place in the list of what waits for people. */
export type AwaitingPlace = { readonly id: string; readonly approve_by: EpochSeconds };

/** Leases as people find them who are asked. */
export type AwaitingLeases = {
  /** What waits for people, the most urgent first; an index says which, the leases are read consistently. */
  awaiting(
    now: EpochSeconds,
    limit: number,
    from: AwaitingPlace | undefined,
  ): Promise<{ readonly leases: readonly Lease[]; readonly next?: AwaitingPlace }>;
};

/** One page of what waits for people now, the most urgent first. Throws `invalid_request` for a page of no size. */
export async function listApprovals(
  world: {
    readonly leases: AwaitingLeases;
    readonly standingsOf: (leases: readonly Lease[]) => Promise<readonly Standing[]>;
    readonly clock: () => EpochSeconds;
  },
  limit: number,
  from?: AwaitingPlace,
): Promise<{ readonly leases: readonly JudgedLease[]; readonly next?: AwaitingPlace }> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new BrokerError('invalid_request', '1 to 100', { path: 'limit' });
  const now = world.clock();
  const page = await world.leases.awaiting(now, limit, from);
  const standings = await world.standingsOf(page.leases);
  const leases = page.leases.flatMap((lease, i) => {
    const standing = standings[i];
    return standing && judgedState(lease, standing, now) === 'pending' ? [{ lease, standing }] : [];
  });
  return { leases, ...(page.next && { next: page.next }) };
}
