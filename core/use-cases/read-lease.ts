import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { isStalled, type Lease } from '../lease.ts';
import type { EpochSeconds } from '../time.ts';

/** Leases as a reader needs them. */
export type ReadableLeases = {
  find(id: string): Promise<Lease | undefined>;
  /** `issuing` → `failed`; false when it was no longer `issuing`. */
  fail(id: string, failure: string): Promise<boolean>;
};

/** An agent's own lease; throws `not_found` for another's, so that ids tell nothing. Settles a lease whose maker died. */
export async function readLease(
  leases: ReadableLeases,
  attested: AttestationResult,
  id: string,
  now: EpochSeconds,
): Promise<Lease> {
  const lease = await leases.find(id);
  if (!lease || lease.role_id !== attested.role_id || lease.jkt !== attested.cnf.jkt) {
    throw new BrokerError('not_found', 'no such lease of yours');
  }
  if (!isStalled(lease, now)) return lease;
  const failure = 'the process that made it died';
  await leases.fail(id, failure);
  return { ...lease, state: 'failed', failure };
}
