import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import type { Lease } from '../lease.ts';
import { type EndingWorld, endLease } from './end-lease.ts';
import { type JudgedLease, type ReadableLeases, readOwnLease, type Standings } from './read-lease.ts';

/**
 * An agent gives its lease back. Answers the lease as it is then: released, or however it had ended before, so that
 * asking twice is no fault. Throws `lease_in_progress` while it is being made.
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
  if (found.lease.state !== 'active') return found;
  const end = { at: now, cause: 'released', by: found.lease.agent } as const;
  if (!(await endLease(world, found.lease, end)))
    return readOwnLease(world, attested, leaseId, world.clock());
  return { ...found, lease: released(found.lease, end) };
}

function released(lease: Lease, end: NonNullable<Lease['end']>): Lease {
  return { ...lease, state: 'released', end };
}
