import { BrokerError } from '../broker-error.ts';
import { issuingPatience, type Lease, mintsPerLease, seenState } from '../lease.ts';
import { type LeaseOrder, planOrRefuse, prepareLease } from '../lease-order.ts';
import { credentialUntil, type GrantRoles } from '../plan.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import { after, type EpochSeconds } from '../time.ts';
import { type MintedCredentials, type Minter, mintChecked } from './mint-checked.ts';
import { type ReadableLeases, settled } from './read-lease.ts';

/** The leases; each verb that writes is one conditional write. */
export type IssuanceLeases = ReadableLeases & {
  /** Writes the lease as `issuing` unless its id is taken, in which case it answers the lease that is there. */
  reserve(lease: Lease): Promise<Lease | 'reserved'>;
  /** `issuing` → `active`; false when it was no longer `issuing`. */
  activate(lease: Lease): Promise<boolean>;
  /**
   * Counts one more mint of an `active` lease and raises its `credential_until` to `until`, before STS is
   * called; false when it ended, the proof was seen, or none are left.
   */
  remint(lease: Lease, proof: string, until: EpochSeconds): Promise<boolean>;
};

/** A lease and its credentials, on their way to being shown once. */
export type Issued = { readonly lease: Lease; readonly credentials: MintedCredentials };

type World = {
  leases: IssuanceLeases;
  minter: Minter;
  policies: readonly ContextPolicy[];
  roles: GrantRoles;
  clock: () => EpochSeconds;
};

/**
 * Issues one lease: decide → reserve → mint → check → activate. The intent is written before STS is called,
 * so that a crash at any point leaves an `issuing` lease that readers take for `failed`.
 */
export async function issueLease(world: World, order: LeaseOrder): Promise<Issued> {
  const { lease, policy } = prepareLease(order, world.policies, world.roles, world.clock());
  const reserved = await world.leases.reserve(lease);
  if (reserved !== 'reserved') return answerAgain(world, order, policy, reserved);
  const credentials = await mintOrFail(world, policy, lease);
  const active: Lease = { ...lease, state: 'active' };
  if (!(await world.leases.activate(active))) throw ended('the lease ended while its credentials were made');
  return { lease: active, credentials };
}

async function mintOrFail(world: World, policy: ContextPolicy, lease: Lease): Promise<MintedCredentials> {
  const plan = planOrRefuse(policy, lease.task, lease, world.roles);
  try {
    return await mintChecked(world.minter, plan, lease.credential_until);
  } catch (cause) {
    // Best effort: if this write fails too, the lease is taken for failed after its patience.
    await world.leases.fail(lease.id, 'credentials could not be made').catch(() => false);
    throw unavailable('nothing was granted: ask again with a new Idempotency-Key', 'new_key', cause);
  }
}

/** The same Idempotency-Key again: never a second lease, but the answer that was lost. */
async function answerAgain(
  world: World,
  order: LeaseOrder,
  policy: ContextPolicy,
  found: Lease,
): Promise<Issued> {
  if (found.request_hash !== order.requestHash) {
    throw new BrokerError('idempotency_key_reused', 'this Idempotency-Key came with another body before', {
      retry: 'new_key',
    });
  }
  const now = world.clock();
  const lease = await settled(world.leases, found, now);
  switch (seenState(lease, now)) {
    case 'issuing':
      throw new BrokerError('lease_in_progress', 'this lease is being made', {
        retryAfter: Math.max(1, after(lease.issued_at, issuingPatience) - now),
        retry: 'same_key',
      });
    case 'failed':
      throw ended('this lease failed');
    case 'expired':
      throw ended('this lease has expired');
    case 'active':
      return mintAgain(world, order, policy, lease, now);
  }
}

/** Counts the mint → mints → reads the lease again, because it may have ended while STS answered. */
async function mintAgain(
  world: World,
  order: LeaseOrder,
  policy: ContextPolicy,
  lease: Lease,
  now: EpochSeconds,
): Promise<Issued> {
  const plan = planOrRefuse(policy, lease.task, lease, world.roles);
  const until = laterOf(lease.credential_until, credentialUntil(now, lease.deadline));
  if (!(await world.leases.remint(lease, order.proof, until))) {
    throw new BrokerError(
      'access_denied',
      `this proof was used before, or the lease was answered ${mintsPerLease} times`,
      { retry: 'new_key' },
    );
  }
  const credentials = await mintChecked(world.minter, plan, until).catch((cause) => {
    throw unavailable('ask again with the same Idempotency-Key', 'same_key', cause);
  });
  const current = await world.leases.find(lease.id);
  if (!current || seenState(current, world.clock()) !== 'active')
    throw ended('the lease ended while its credentials were made');
  return { lease: current, credentials };
}

function laterOf(a: EpochSeconds, b: EpochSeconds): EpochSeconds {
  return a > b ? a : b;
}

function unavailable(advice: string, retry: 'same_key' | 'new_key', cause: unknown): BrokerError {
  const detail = `credentials could not be made; ${advice}`;
  return new BrokerError('temporarily_unavailable', detail, { retryAfter: 1, retry }, cause);
}

function ended(detail: string): BrokerError {
  return new BrokerError('lease_ended', `${detail}: ask again with a new Idempotency-Key`, {
    retry: 'new_key',
  });
}
