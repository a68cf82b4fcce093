import { grantRoleOf, issuingPatience, type Lease } from '../lease.ts';
import { overEntries, type Quota, type QuotaEntry } from '../quota.ts';
import { scopesOf } from '../scope.ts';
import { judgedState, type Standing } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import { isTerminal } from '../transitions.ts';
import type { Standings } from './read-lease.ts';

/** Where it is looked up whether what counts is still alive. */
export type LivingWorld = {
  readonly leases: {
    /** Those of these leases that there are, read consistently. */
    findAll(ids: readonly string[]): Promise<readonly Lease[]>;
  };
  readonly standings: Standings;
};

/** Leases that are read to see whether they are still alive. */
const mostLooked = 100;

/**
 * Entries that count no longer, the largest first: over, or of leases that have ended, or that were never made though
 * they were counted a while ago. So what a crash leaves behind comes back by itself.
 */
export async function goneEntries(
  world: LivingWorld,
  { live }: Quota,
  entries: readonly QuotaEntry[],
  asking: string,
  now: EpochSeconds,
): Promise<QuotaEntry[]> {
  const over = overEntries(entries, now).toSorted((a, b) => b.amount - a.amount);
  if (!live || over.length > 0) return over;
  const looked = from(asking, entries).slice(0, mostLooked);
  const found = await world.leases.findAll(looked.map(({ lease }) => lease));
  const records = new Map(found.map((lease) => [lease.id, lease]));
  const gone = looked.filter(({ lease, at }) => {
    const record = records.get(lease);
    return record ? isTerminal(record.state) : now >= at + issuingPatience;
  });
  if (gone.length > 0) return gone;
  const dead = await judgedDead(world, found, now);
  return looked.filter(({ lease }) => dead.has(lease));
}

/** Those that are dead by the clock or by what was said about their scopes, whatever their records say yet. */
async function judgedDead(
  { standings }: LivingWorld,
  leases: readonly Lease[],
  now: EpochSeconds,
): Promise<ReadonlySet<string>> {
  const groups = [...Map.groupBy(leases, grantRoleOf)].map(async ([role, those]) => {
    const above = [...new Set(those.flatMap(({ ancestors }) => ancestors.map(({ lease }) => lease)))];
    const all = await standings.read([...new Set(those.flatMap(scopesOf))], role, above);
    return those.filter((lease) => isTerminal(judgedState(lease, ownStanding(lease, all, above), now)));
  });
  return new Set((await Promise.all(groups)).flat().map(({ id }) => id));
}

/** Of what many are judged by, what is about this one. */
function ownStanding(
  lease: Lease,
  { controls, shard, ancestors }: Standing,
  above: readonly string[],
): Standing {
  const own = new Set(scopesOf(lease));
  return {
    controls: controls.filter(({ scope }) => own.has(scope)),
    shard,
    ancestors: lease.ancestors.map((each) => ancestors[above.indexOf(each.lease)]),
  };
}

/** The entries from the place of this id on, so that not everybody looks at the same ones. */
function from(id: string, entries: readonly QuotaEntry[]): QuotaEntry[] {
  const sorted = entries.toSorted((a, b) => (a.lease < b.lease ? -1 : 1));
  const place = sorted.findIndex(({ lease }) => lease > id);
  return place <= 0 ? sorted : [...sorted.slice(place), ...sorted.slice(0, place)];
}
