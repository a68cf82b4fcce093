import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { isAtLeast } from '../evidence.ts';
import { grantRoleOf, isStalled, type Lease } from '../lease.ts';
import { type Scope, type Scoped, scopesOf } from '../scope.ts';
import { judgedState, type Standing } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';

/** Leases as a reader needs them. */
export type ReadableLeases = {
  /** The lease as it is now, read consistently. */
  find(id: string): Promise<Lease | undefined>;
  /** `issuing` → `failed`; false when it was no longer `issuing`. It stays due until nothing is left of its grants. */
  fail(lease: Pick<Lease, 'id' | 'minted_at' | 'grants'>, failure: string): Promise<boolean>;
};

/** What was said about scopes and a grant role, read consistently. */
export type Standings = {
  /** `ancestors` are the ids of the leases that it was delegated from. */
  read(scopes: readonly Scope[], role: string, ancestors: readonly string[]): Promise<Standing>;
};

/** A lease with the state that everybody must see, and what it was judged by. */
export type JudgedLease = { readonly lease: Lease; readonly standing: Standing };

/**
 * An agent's own lease as it is judged now; throws `not_found` for another's, so that ids tell nothing. Settles a
 * lease whose maker died. One principal and key may be agents of several types: each is another agent, with leases
 * of its own.
 */
export async function readOwnLease(
  world: { readonly leases: ReadableLeases; readonly standings: Standings },
  attested: AttestationResult,
  id: string,
  now: EpochSeconds,
): Promise<JudgedLease> {
  return readLease(world, id, now, (lease) => isOwn(lease, attested), 'no such lease of yours');
}

/** Any lease as it is judged now, for operators; throws `not_found`. */
export async function readAnyLease(
  world: { readonly leases: ReadableLeases; readonly standings: Standings },
  id: string,
  now: EpochSeconds,
): Promise<JudgedLease> {
  return readLease(world, id, now, () => true, 'no such lease');
}

/**
 * A lease as it is judged now, of whoever may read it. Throws `not_found` in the same words for one that is not there and
 * for one that is another's, before anything is written.
 */
export async function readLease(
  world: { readonly leases: ReadableLeases; readonly standings: Standings },
  id: string,
  now: EpochSeconds,
  mayRead: (lease: Lease) => boolean,
  refusal: string,
): Promise<JudgedLease> {
  const lease = await world.leases.find(id);
  if (!lease || !mayRead(lease)) throw new BrokerError('not_found', refusal);
  return judged(world, await settled(world.leases, lease, now), now);
}

async function judged(
  world: { readonly standings: Standings },
  lease: Lease,
  now: EpochSeconds,
): Promise<JudgedLease> {
  const standing = await standingOf(world, lease);
  return { lease: { ...lease, state: judgedState(lease, standing, now) }, standing };
}

/** What was said about a lease's scopes and its grant role. */
export function standingOf(
  { standings }: { readonly standings: Standings },
  lease: Scoped & Pick<Lease, 'grants'>,
): Promise<Standing> {
  return standings.read(
    scopesOf(lease),
    grantRoleOf(lease),
    lease.ancestors.map((each) => each.lease),
  );
}

/**
 * A lease whose maker must be taken for dead becomes `failed`. When that write loses, the maker was only slow,
 * and the lease is what it says now: a reader must never see a state that a later one contradicts.
 */
export async function settled(leases: ReadableLeases, lease: Lease, now: EpochSeconds): Promise<Lease> {
  if (!isStalled(lease, now)) return lease;
  const failure = 'the process that made it died';
  if (await leases.fail(lease, failure)) return { ...lease, state: 'failed', failure };
  return (await leases.find(lease.id)) ?? lease;
}

function isOwn(lease: Lease, { principal, cnf, agent_type }: AttestationResult): boolean {
  return lease.principal === principal && lease.jkt === cnf.jkt && lease.agent_type === agent_type;
}

/**
 * Throws `access_denied` where less was proven than when the lease was granted: whoever has the key, and not what else made
 * it this agent, gets no credentials of it.
 */
export function refuseWeaker(
  { strength: granted }: Pick<Lease, 'strength'>,
  { strength }: Pick<AttestationResult, 'strength'>,
): void {
  if (isAtLeast(strength, granted)) return;
  throw new BrokerError(
    'access_denied',
    `the attestation proves ${strength}, and the lease is for ${granted}: attest as strongly as when the lease was granted`,
  );
}

/** The lease that a chain begins with: the one that people may have been asked about. */
export function firstOf({ lease, standing: { ancestors } }: JudgedLease): Lease {
  const [first = lease] = ancestors;
  return first;
}
