import { deniedAgents } from '../../core/ladder.ts';
import { type RoleShard, untouched } from '../../core/standing.ts';
import type { EpochSeconds } from '../../core/time.ts';
import type { WritableShards } from '../../core/use-cases/enforce.ts';
import type { Due } from '../../core/use-cases/sweep.ts';

type Item = RoleShard & { pending: boolean; due: EpochSeconds | undefined };

/** Shards in memory, and what a test may ask beside the port. */
export type MemoryShards = WritableShards & {
  dueNow(now: EpochSeconds): Due[];
  all(): RoleShard[];
};

/** Each verb is atomic, as one write is; the contract suite runs against both implementations. */
export function memoryShards(): MemoryShards {
  const items = new Map<string, Item>();
  const itemOf = (role: string): Item =>
    items.get(role) ?? { ...untouched(role), pending: false, due: undefined };
  const shardOf = ({ pending: _, due: __, ...shard }: Item): RoleShard => shard;
  const mark = (role: string, now: EpochSeconds, change: (item: Item) => Item = (item) => item) => {
    const item = itemOf(role);
    items.set(role, { ...change(item), dirty: item.dirty + 1, pending: true, due: now });
    return { dirty: item.dirty + 1, call: !item.pending };
  };
  const unchanged = { dirty: 0, call: false };
  return {
    all: () => [...items.values()].map(shardOf),
    dueNow: (now) =>
      [...items.values()]
        .filter(({ due }) => due !== undefined && due <= now)
        .map(({ role }) => ({ kind: 'shard', role })),
    read: async (role) => shardOf(itemOf(role)),
    mark: async (role, now) => mark(role, now),
    denyAgent: async (role, tag, until, now) =>
      mark(role, now, (item) => ({ ...item, agents: { ...item.agents, [tag]: { until, gen: item.gen } } })),
    denyIssuedBefore: async (role, issued_before, now) =>
      (itemOf(role).issued_before ?? 0) < issued_before
        ? mark(role, now, (item) => ({ ...item, issued_before }))
        : unchanged,
    async begin(role, gen, gen_until, now) {
      if (itemOf(role).gen >= gen) return unchanged;
      return mark(role, now, ({ issued_before: _, ...item }) => ({
        ...item,
        gen,
        gen_until,
      }));
    },
    async answer(role) {
      items.set(role, { ...itemOf(role), pending: false });
    },
    async written(role, shard, now, due) {
      const { dirty, agents } = shard;
      const { failing_since: _, ...item } = itemOf(role);
      const named = deniedAgents(shard, now);
      const over = Object.keys(agents).filter((tag) => !named.includes(tag));
      const unchangedSince = item.dirty === dirty;
      const left = Object.entries(item.agents).filter(([tag]) => !unchangedSince || !over.includes(tag));
      items.set(role, {
        ...item,
        agents: Object.fromEntries(left),
        written: dirty,
        written_at: now,
        due: unchangedSince ? due : item.due,
      });
    },
    async failing(role, now) {
      const item = itemOf(role);
      items.set(role, { ...item, failing_since: item.failing_since ?? now });
    },
  };
}
