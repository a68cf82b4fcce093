import type { AwsGrant, Grant, Guarantee } from './grant.ts';
import { needsEnding } from './grant.ts';
import { byBroker } from './guarantees.ts';
import { type Lease, wasMinted } from './lease.ts';
import type { RoleShard } from './standing.ts';
import type { EpochSeconds } from './time.ts';
import { endsEarly } from './transitions.ts';

/**
 * How a grant ends before its deadline, and how fast: seconds from the release or revocation. `deny_list` where its
 * role's deny document says so, `immediate` where the broker ends it itself, `own_expiry` where that is not, or no
 * longer, to be had.
 */
export type EarlyEnd = {
  readonly ends: 'deny_list' | 'immediate' | 'own_expiry';
  readonly typical_seconds: number;
  readonly worst_seconds: number;
  readonly basis: Guarantee['basis'];
};

/** What others measured with our second of waiting, and IAM's "a few minutes" (IAM user guide, eventual consistency). */
const denyList = { typical: 5, worst: 300 } as const;

/**
 * What became of ending a grant early, where it has not simply ended: `left_to_expiry` when a release gave up its
 * room, `irrevocable` when IAM does not take the document that denies it, or its own system does not answer.
 */
export function enforcementOf(
  lease: Pick<Lease, 'end' | 'minted_at'>,
  grant: Grant,
  shard: RoleShard,
): 'left_to_expiry' | 'irrevocable' | undefined {
  if (grant.kind === 'aws' || isOfSession(grant)) return sessionEnforcement(lease, grant, shard);
  return grant.irrevocable_at !== undefined && grant.ended_at === undefined ? 'irrevocable' : undefined;
}

/** Whether a grant is used with the credentials of the grant role, and ends with them. */
function isOfSession(grant: Grant): boolean {
  return grant.kind === 'postgres' && grant.iam === true;
}

function sessionEnforcement(
  lease: Pick<Lease, 'end' | 'minted_at'>,
  grant: Pick<AwsGrant, 'enforcement'> | Grant,
  { failing_since, written_at }: RoleShard,
): 'left_to_expiry' | 'irrevocable' | undefined {
  const enforcement = 'enforcement' in grant ? grant.enforcement : undefined;
  const { end } = lease;
  if (enforcement || !end || failing_since === undefined) return enforcement;
  if (!wasMinted(lease) || !endsEarly(end.cause)) return undefined;
  return written_at === undefined || end.at >= written_at ? 'irrevocable' : undefined;
}

/**
 * What ending a grant early takes from now on, or took. Nothing takes longer than what ends by itself: credentials of AWS
 * at `credential_until` at the latest, everything else at the deadline, or as much later as its guarantee says.
 */
export function earlyEnd(lease: Lease, grant: Grant, shard: RoleShard, now: EpochSeconds): EarlyEnd {
  const from = lease.end?.at ?? now;
  const basis = 'assumed';
  const within = (ends: EarlyEnd['ends'], typical: number, worst: number, left: number): EarlyEnd => ({
    ends,
    typical_seconds: Math.min(typical, left),
    worst_seconds: Math.min(worst, left),
    basis,
  });
  if (grant.kind === 'aws' || isOfSession(grant)) {
    const left = Math.max(0, lease.credential_until - from);
    return enforcementOf(lease, grant, shard)
      ? within('own_expiry', left, left, left)
      : within('deny_list', denyList.typical, denyList.worst, left);
  }
  const left = Math.max(0, lease.deadline - from) + grant.guarantee.worst_seconds;
  if (grant.guarantee.ends === 'immediate')
    return within('immediate', grant.guarantee.typical_seconds, grant.guarantee.worst_seconds, left);
  return needsEnding(grant) && enforcementOf(lease, grant, shard) === undefined
    ? within('immediate', byBroker.typical_seconds, grant.guarantee.worst_seconds, left)
    : within('own_expiry', left, left, left);
}
