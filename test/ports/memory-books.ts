import type { Lease } from '../../core/lease.ts';
import type { Revocation } from '../../core/revocation.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { type Standings, standingOf } from '../../core/use-cases/read-lease.ts';
import type { Revocations } from '../../core/use-cases/revoke.ts';
import type { Due, DueLeases } from '../../core/use-cases/sweep.ts';
import { memoryControls } from './memory-controls.ts';
import { memoryGrants } from './memory-grants.ts';
import { memoryLeases } from './memory-leases.ts';
import { memoryQuotas } from './memory-quotas.ts';
import { memoryShards } from './memory-shards.ts';

/** Revocations in memory. */
export function memoryRevocations(): Revocations & { dueNow(now: EpochSeconds): Due[]; all(): Revocation[] } {
  const items = new Map<string, Revocation>();
  const open = new Set<string>();
  return {
    all: () => [...items.values()],
    dueNow: (now) =>
      [...open].filter((id) => (items.get(id)?.at ?? now) <= now).map((id) => ({ kind: 'revocation', id })),
    async record(revocation) {
      items.set(revocation.id, revocation);
      open.add(revocation.id);
    },
    find: async (id) => items.get(id),
    async close(id) {
      open.delete(id);
    },
  };
}

/**
 * All that the broker keeps, in memory: the tables. What is due is all in partition 0, which is enough where
 * everything can be read at once.
 */
export function memoryBooks() {
  const leases = memoryLeases();
  const controls = memoryControls();
  const shards = memoryShards();
  const revocations = memoryRevocations();
  const standings: Standings = {
    async read(scopes, role, ancestors) {
      leases.trail.push('standing');
      return {
        controls: controls.of(scopes),
        shard: await shards.read(role),
        ancestors: ancestors.map((id) => leases.all().find((lease) => lease.id === id)),
      };
    },
  };
  const due: DueLeases['due'] = async function* (partition, now) {
    if (partition !== 0) return;
    const all = [...leases.dueNow(now), ...shards.dueNow(now), ...revocations.dueNow(now)];
    for (let i = 0; i < all.length; i += 100) yield all.slice(i, i + 100);
  };
  const standingsOf = (all: readonly Lease[]) =>
    Promise.all(all.map((lease) => standingOf({ standings }, lease)));
  const grants = memoryGrants();
  return {
    leases: { ...leases, due },
    grants,
    makers: grants.makers,
    enders: grants.enders,
    controls,
    shards,
    revocations,
    quotas: memoryQuotas(),
    standings,
    standingsOf,
  };
}
