import type { Grant, Guarantee } from './grant.ts';
import { type Lease, wasMinted } from './lease.ts';
import type { RoleShard } from './standing.ts';
import type { EpochSeconds } from './time.ts';
import { endsEarly } from './transitions.ts';

/**
 * How a grant ends before its deadline, and how fast: seconds from the release or revocation. `deny_list` where its
 * role's deny document says so, `own_expiry` where that is not, or no longer, to be had.
 */
export type EarlyEnd = {
  readonly ends: 'deny_list' | 'own_expiry';
  readonly typical_seconds: number;
  readonly worst_seconds: number;
  readonly basis: Guarantee['basis'];
};

/** What others measured with our second of waiting, and IAM's "a few minutes" (IAM user guide, eventual consistency). */
const denyList = { typical: 5, worst: 300 } as const;

/**
 * What became of ending a grant early, where it is not simply denied: `left_to_expiry` when a release gave up its
 * room, `irrevocable` when IAM does not take the document that denies it.
 */
export function enforcementOf(
  lease: Pick<Lease, 'end' | 'minted_at'>,
  { enforcement }: Pick<Grant, 'enforcement'>,
  { failing_since, written_at }: RoleShard,
): 'left_to_expiry' | 'irrevocable' | undefined {
  const { end } = lease;
  if (enforcement || !end || failing_since === undefined) return enforcement;
  if (!wasMinted(lease) || !endsEarly(end.cause)) return undefined;
  return written_at === undefined || end.at >= written_at ? 'irrevocable' : undefined;
}

/**
 * What ending a grant early takes from now on, or took. Credentials end by themselves at `credential_until` at the
 * latest, so nothing takes longer.
 */
export function earlyEnd(lease: Lease, grant: Grant, shard: RoleShard, now: EpochSeconds): EarlyEnd {
  const left = Math.max(0, lease.credential_until - (lease.end?.at ?? now));
  const basis = 'assumed';
  if (enforcementOf(lease, grant, shard))
    return { ends: 'own_expiry', typical_seconds: left, worst_seconds: left, basis };
  const [typical_seconds, worst_seconds] = [Math.min(denyList.typical, left), Math.min(denyList.worst, left)];
  return { ends: 'deny_list', typical_seconds, worst_seconds, basis };
}
