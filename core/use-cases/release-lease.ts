import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { isTerminal, stateAfter } from '../transitions.ts';
import { type EndingWorld, endLease } from './end-lease.ts';
import { type JudgedLease, type ReadableLeases, readOwnLease, type Standings } from './read-lease.ts';

/**
 * An agent gives its lease back, or no longer wants one that waits for people. Answers the lease as it is then: released,
 * or however it had ended before, so that asking twice is no fault. Throws `lease_in_progress` while it is being made.
 */
export async function releaseLease(
  world: EndingWorld & { readonly leases: ReadableLeases; readonly standings: Standings },
  attested: AttestationResult,
  leaseId: string,
): Promise<JudgedLease> {
  const now = world.clock();
  const found = await readOwnLease(world, attested, leaseId, now);
  if (found.lease.state === 'issuing')
    throw new BrokerError('lease_in_progress', 'this lease is being made: release it when it is there', {
      retryAfter: 1,
    });
  const { state, agent } = found.lease;
  if (state !== 'active' && state !== 'pending' && state !== 'approved') return found;
  const cause = state === 'active' ? 'released' : 'cancelled';
  const end = { at: now, cause, by: agent } as const;
  if (!(await endLease(world, found.lease, end))) {
    const current = await readOwnLease(world, attested, leaseId, world.clock());
    if (isTerminal(current.lease.state)) return current;
    // Collected at this moment: whoever is told that it was given back must not find it alive.
    throw new BrokerError('lease_in_progress', 'this lease is being collected at this moment: ask again', {
      retryAfter: 1,
    });
  }
  return { ...found, lease: { ...found.lease, state: stateAfter(cause), end } };
}
