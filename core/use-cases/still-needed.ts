import { isStalled, type Lease } from '../lease.ts';
import type { EpochSeconds } from '../time.ts';
import { isTerminal } from '../transitions.ts';

/** Ids of the leases whose grants may not be taken for leftovers: they are in the making, or not over by their records. */
export function stillNeeded(leases: readonly Lease[], now: EpochSeconds): ReadonlySet<string> {
  return new Set(
    leases.filter((lease) => !isTerminal(lease.state) && !isStalled(lease, now)).map(({ id }) => id),
  );
}
