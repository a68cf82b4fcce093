import { mostEntries, type QuotaEntry } from '../../core/quota.ts';
import type { Quotas } from '../../core/use-cases/claim-limits.ts';

/** Quotas in memory; each verb is atomic, as one conditional write is. */
export function memoryQuotas(): Quotas & { all(): ReadonlyMap<string, readonly QuotaEntry[]> } {
  const items = new Map<string, readonly QuotaEntry[]>();
  const entries = (id: string) => items.get(id) ?? [];
  const sum = (of: readonly QuotaEntry[]) => of.reduce((total, { amount }) => total + amount, 0);
  const has = (id: string, lease: string) => entries(id).some((each) => each.lease === lease);
  return {
    all: () => items,
    async add({ id, most }, entry) {
      const there = entries(id);
      const fits = there.length === 0 || (sum(there) + entry.amount <= most && there.length < mostEntries);
      if (has(id, entry.lease) || !fits) return false;
      items.set(id, [...there, entry]);
      return true;
    },
    async read(id) {
      return entries(id);
    },
    async replace({ id, most }, entry, gone) {
      const there = entries(id);
      const left = there.filter(({ lease }) => !gone.some((each) => each.lease === lease));
      const allThere = left.length === there.length - gone.length;
      if (has(id, entry.lease) || !allThere || sum(left) + entry.amount > most) return false;
      items.set(id, [...left, entry]);
      return true;
    },
    async drop(id, gone) {
      const left = entries(id).filter(({ lease }) => !gone.some((each) => each.lease === lease));
      if (left.length === entries(id).length - gone.length) items.set(id, left);
    },
    async remove(id, { lease }) {
      items.set(
        id,
        entries(id).filter((each) => each.lease !== lease),
      );
    },
  };
}
