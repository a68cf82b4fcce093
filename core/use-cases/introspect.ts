import { seenState } from '../lease.ts';
import { judgedState } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import { type ReadableLeases, type Standings, standingOf } from './read-lease.ts';

/** What a token of the broker says of its lease. */
export type LeaseClaims = { readonly lease: string; readonly capability: string };

/** Whether the lease of a token is alive at this moment, by its record, the clock and what was said about its scopes (RFC 7662). */
export async function isAlive(
  { leases, standings }: { readonly leases: Pick<ReadableLeases, 'find'>; readonly standings: Standings },
  claims: LeaseClaims,
  now: EpochSeconds,
): Promise<boolean> {
  const lease = await leases.find(claims.lease);
  if (!lease || seenState(lease, now) !== 'active') return false;
  const isGranted = lease.grants.some((grant) => grant.kind === 'jwt' && grant.name === claims.capability);
  if (!isGranted) return false;
  return judgedState(lease, await standingOf({ standings }, lease), now) === 'active';
}
