import { BrokerError } from '../broker-error.ts';
import type { Lease } from '../lease.ts';
import type { LeaseState } from '../lease-states.ts';
import { judgedState, type Standing } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import type { JudgedLease } from './read-lease.ts';

/** A place in a list: the last lease of the page before. */
export type Place = { readonly id: string; readonly issued_at: EpochSeconds };

/** What an operator wants to see. */
export type LeaseFilter = {
  /** All leases of this agent, or of this type. */
  readonly by: { readonly agent: string } | { readonly agent_type: string };
  readonly state?: LeaseState | undefined;
};

/** Leases as lists show them. */
export type PagedLeases = {
  /** At most `limit` leases, newest first, after `from`; an index says which, the leases are read consistently. */
  page(
    by: LeaseFilter['by'],
    limit: number,
    from: Place | undefined,
  ): Promise<{ readonly leases: readonly Lease[]; readonly next?: Place }>;
};

/** Most leases on a page. */
export const largestPage = 100;

/**
 * One page of leases as they are judged now. A page holds fewer leases than asked for where the state filter takes
 * some out: it is over when there is no `next`.
 */
export async function listLeases(
  world: {
    readonly leases: PagedLeases;
    readonly standingsOf: (leases: readonly Lease[]) => Promise<readonly Standing[]>;
    readonly clock: () => EpochSeconds;
  },
  { by, state }: LeaseFilter,
  limit: number,
  from?: Place,
): Promise<{ readonly leases: readonly JudgedLease[]; readonly next?: Place }> {
  if (!Number.isInteger(limit) || limit < 1 || limit > largestPage)
    throw new BrokerError('invalid_request', `1 to ${largestPage}`, { path: 'limit' });
  const page = await world.leases.page(by, limit, from);
  const standings = await world.standingsOf(page.leases);
  const now = world.clock();
  const judged = page.leases.flatMap((lease, i) => {
    const standing = standings[i];
    return standing ? [{ lease: { ...lease, state: judgedState(lease, standing, now) }, standing }] : [];
  });
  const leases = judged.filter(({ lease }) => state === undefined || lease.state === state);
  return { leases, ...(page.next && { next: page.next }) };
}
