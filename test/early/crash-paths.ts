import type { Incident } from '../../core/use-cases/enforce.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { isCrash } from './crash.ts';
import { endAll, fill } from './fill.ts';
import { ends, people } from './people.ts';
import { earlyWorld, type FunctionName, sweepEvery, type World } from './world.ts';

/** Seconds that IAM takes here; that a queue hides what a process did not answer; that ending early takes at most. */
export const delay = 4;
export const hidden = 90;
export const promised = delay + 3;

/** A world with the path's leases in it, and who is there. */
export type Stage = ReturnType<typeof stage>;

/** Something that ends leases, and the function that is to crash on the way. */
export type Path = {
  readonly name: string;
  readonly crashes: FunctionName;
  /** Seconds within which everything agrees again, though nobody asks again. */
  readonly within: number;
  readonly heartbeat?: number;
  readonly timersLost?: true;
  /** The rung that is taken on the way. */
  readonly rung?: Incident['kind'];
  /** Two unless it is said. */
  readonly shards?: number;
  /** Leases of these names are there when it begins, each of the agent before the dash. */
  readonly leases: readonly string[];
  readonly act: (stage: Stage, ids: ReadonlyMap<string, string>) => Promise<unknown>;
  /** Names of the leases that are dead in the end; the others live. */
  readonly dead: readonly string[];
};

const sweeping = sweepEvery + promised;
export const idOf = (ids: ReadonlyMap<string, string>, name: string) => ids.get(name) ?? '';

/** Time in which an agent goes on saying that it is alive. */
export async function beating({ sim }: World, seconds: number, beat: () => Promise<unknown>): Promise<void> {
  const step = 20;
  for (let left = seconds; left > 0; left -= step) {
    await sim.advance(Math.min(step, left));
    await beat();
  }
}

/** Entries that all but fill a document. */
const nearlyAll = 476;

export const agentIn = (name: string) => name.split('-')[0] ?? '';

export const paths: readonly Path[] = [
  {
    name: 'a release',
    crashes: 'lifecycle',
    within: sweeping,
    leases: ['one-a', 'one-b', 'two-a'],
    act: ({ agent }, ids) => agent('one').release(idOf(ids, 'one-a')),
    dead: ['one-a'],
  },
  {
    name: 'a lease in the making',
    crashes: 'issuance',
    within: 2 * sweepEvery,
    leases: ['one-a'],
    act: ({ agent }) => agent('one').issue('one-b'),
    dead: [],
  },
  {
    name: 'a renewal before a release',
    crashes: 'issuance',
    within: promised,
    leases: ['one-a', 'one-b'],
    act: async ({ agent }, ids) => {
      await agent('one').collect(idOf(ids, 'one-a'), 700).catch(onlyCrashes);
      await agent('one').release(idOf(ids, 'one-a'));
    },
    dead: ['one-a'],
  },
  {
    name: 'the revocation of a lease',
    crashes: 'operations',
    within: sweeping,
    leases: ['one-a', 'one-b', 'two-a'],
    act: ({ operator }, ids) => operator.revoke(ends.lease(idOf(ids, 'one-a'))),
    dead: ['one-a'],
  },
  {
    name: 'the revocation of an agent',
    crashes: 'operations',
    within: sweeping,
    leases: ['one-a', 'one-b', 'two-a'],
    act: ({ agent, operator }) => operator.revoke(ends.agent(agent('one').id)),
    dead: ['one-a', 'one-b'],
  },
  {
    name: 'the revocation of a task',
    crashes: 'operations',
    within: sweeping,
    leases: ['one-a', 'two-a'],
    act: ({ operator }) => operator.revoke(ends.task('process invoice')),
    dead: ['one-a', 'two-a'],
  },
  {
    name: 'the revocation of a type',
    crashes: 'operations',
    within: sweeping,
    leases: ['one-a', 'two-a'],
    act: ({ operator }) => operator.revoke(ends.type),
    dead: ['one-a', 'two-a'],
  },
  {
    name: 'the revocation of what was issued before now',
    crashes: 'operations',
    within: sweeping,
    leases: ['one-a', 'two-a'],
    act: ({ operator, world }) => operator.revoke(ends.issuedBefore(world.sim.now())),
    dead: ['one-a', 'two-a'],
  },
  {
    name: 'a timer that finds silence',
    crashes: 'timer',
    within: sweeping,
    heartbeat: 25,
    leases: ['one-a', 'two-a'],
    act: ({ world, agent }, ids) => beating(world, 61, () => agent('two').beat(idOf(ids, 'two-a'))),
    dead: ['one-a'],
  },
  {
    name: 'a sweep that finds silence',
    crashes: 'sweeper',
    within: sweeping,
    heartbeat: 29,
    leases: ['one-a', 'two-a'],
    timersLost: true,
    act: ({ world, agent }, ids) => beating(world, 61, () => agent('two').beat(idOf(ids, 'two-a'))),
    dead: ['one-a'],
  },
  {
    name: 'a revoker with a new entry',
    crashes: 'revoker',
    within: hidden + promised,
    leases: ['one-a', 'one-b', 'two-a'],
    act: async ({ world, agent }, ids) => {
      await agent('one').release(idOf(ids, 'one-a'));
      await world.sim.advance(promised);
    },
    dead: ['one-a'],
  },
  {
    name: 'a revoker that denies an agent as a whole',
    rung: 'collapse',
    crashes: 'revoker',
    within: hidden + promised,
    leases: [...Array.from({ length: 11 }, (_, i) => `one-${i}`), 'two-a'],
    act: async ({ world, operator }, ids) => {
      for (let i = 0; i < 10; i++) await operator.revoke(ends.lease(idOf(ids, `one-${i}`)));
      await world.sim.advance(promised);
    },
    shards: 1,
    dead: Array.from({ length: 11 }, (_, i) => `one-${i}`),
  },
  {
    name: 'a revoker that leaves releases to their deadline',
    rung: 'left_to_expiry',
    crashes: 'revoker',
    within: hidden + promised,
    leases: ['one-a', 'one-b', 'one-c', 'one-d', 'two-a'],
    act: async ({ world, agent }, ids) => {
      await endAll(world, await fill(world, idOf(ids, 'one-a'), nearlyAll, 8), 'released');
      for (const name of ['one-a', 'one-b', 'one-c', 'one-d']) await agent('one').release(idOf(ids, name));
      await world.sim.advance(promised);
    },
    shards: 1,
    dead: ['one-a', 'one-b', 'one-c', 'one-d'],
  },
  {
    name: 'a revoker that begins a generation',
    rung: 'next_generation',
    crashes: 'revoker',
    within: hidden + promised,
    leases: ['one-a', 'one-b', 'one-c', 'one-d', 'two-a'],
    act: async ({ world, operator }, ids) => {
      await endAll(world, await fill(world, idOf(ids, 'one-a'), nearlyAll, 8), 'revoked');
      for (const name of ['one-a', 'one-b', 'one-c', 'one-d'])
        await operator.revoke(ends.lease(idOf(ids, name)));
      await world.sim.advance(promised);
    },
    shards: 1,
    dead: ['one-a', 'one-b', 'one-c', 'one-d', 'two-a'],
  },
];

/** A world with the path's leases in it. */
export function stage({ heartbeat, timersLost, shards = 2 }: Path) {
  const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900 } as const;
  const policy = invoicePolicy({ lifetime: { ...lifetime, ...(heartbeat && { heartbeat }) } });
  const transport = timersLost ? { timers: () => [] } : {};
  const world = earlyWorld({ policy, delay, hidden, shards, transport });
  return { world, ...people(world) };
}

/** A crash is what is tried; any other fault is one. */
export function onlyCrashes(fault: unknown): void {
  if (!isCrash(fault)) throw fault;
}
