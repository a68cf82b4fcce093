import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { isStalled, type Lease } from '../lease.ts';
import type { EpochSeconds } from '../time.ts';

/** Leases as a reader needs them. */
export type ReadableLeases = {
  /** The lease as it is now, read consistently. */
  find(id: string): Promise<Lease | undefined>;
  /** `issuing` → `failed`; false when it was no longer `issuing`. */
  fail(id: string, failure: string): Promise<boolean>;
};

/**
 * An agent's own lease; throws `not_found` for another's, so that ids tell nothing. Settles a lease whose maker
 * died. One principal and key may be agents of several types: each is another agent, with leases of its own.
 */
export async function readLease(
  leases: ReadableLeases,
  attested: AttestationResult,
  id: string,
  now: EpochSeconds,
): Promise<Lease> {
  const lease = await leases.find(id);
  if (!lease || !isOwn(lease, attested)) throw new BrokerError('not_found', 'no such lease of yours');
  return settled(leases, lease, now);
}

/**
 * A lease whose maker must be taken for dead becomes `failed`. When that write loses, the maker was only slow,
 * and the lease is what it says now: a reader must never see a state that a later one contradicts.
 */
export async function settled(leases: ReadableLeases, lease: Lease, now: EpochSeconds): Promise<Lease> {
  if (!isStalled(lease, now)) return lease;
  const failure = 'the process that made it died';
  if (await leases.fail(lease.id, failure)) return { ...lease, state: 'failed', failure };
  return (await leases.find(lease.id)) ?? lease;
}

function isOwn(lease: Lease, { role_id, cnf, agent_type }: AttestationResult): boolean {
  return lease.role_id === role_id && lease.jkt === cnf.jkt && lease.agent_type === agent_type;
}
