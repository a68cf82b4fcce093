import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { beatDue, type Lease } from '../lease.ts';
import type { EpochSeconds } from '../time.ts';
import { ended } from './mint-again.ts';
import { type JudgedLease, type ReadableLeases, readOwnLease, type Standings } from './read-lease.ts';

/** Leases that are heard from. */
export type HeardLeases = ReadableLeases & {
  /** Moves `beat_due` of an active lease that is not overdue and has not reached its deadline; false otherwise. */
  beat(lease: Lease, now: EpochSeconds, due: EpochSeconds): Promise<boolean>;
};

/**
 * An agent says that it is alive. Answers the lease as it stands then; one without heartbeats just tells what is
 * left of it. Throws `lease_in_progress` and `lease_ended`: what was overdue once is never alive again.
 */
export async function heartbeat(
  world: { readonly leases: HeardLeases; readonly standings: Standings; readonly clock: () => EpochSeconds },
  attested: AttestationResult,
  leaseId: string,
): Promise<JudgedLease> {
  const now = world.clock();
  const found = await readOwnLease(world, attested, leaseId, now);
  const { lease } = found;
  if (lease.state === 'issuing')
    throw new BrokerError('lease_in_progress', 'this lease is being made', { retryAfter: 1 });
  if (lease.state !== 'active') throw ended('this lease has ended');
  if (lease.heartbeat === undefined) return found;
  const due = beatDue(now, lease.heartbeat);
  if (!(await world.leases.beat(lease, now, due))) throw ended('this lease has ended');
  return { ...found, lease: { ...lease, beat_due: due } };
}
