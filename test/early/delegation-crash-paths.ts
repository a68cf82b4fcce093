import { after } from '../../core/time.ts';
import { morning } from '../core/invoices.ts';
import { beating, delay, hidden, onlyCrashes, promised } from './crash-paths.ts';
import { type DelegatingWorld, delegatingWorld, heartbeat } from './delegation-world.ts';
import { ends } from './people.ts';
import type { FunctionName } from './world.ts';
import { sweepEvery } from './world.ts';

/** The leases that there are: `root` of one, from it `middle` of two and `sibling` of four, from `middle` `leaf` of three, and `other` of five. */
export type Grown = Readonly<Record<'root' | 'middle' | 'leaf' | 'sibling' | 'other', string>>;

/** Something that makes or ends what is delegated, and the function that is to crash on the way. */
export type Path = {
  readonly name: string;
  readonly crashes: FunctionName;
  /** Seconds within which everything agrees again, though nobody asks again. */
  readonly within: number;
  readonly beating?: true;
  readonly act: (there: DelegatingWorld, grown: Grown) => Promise<unknown>;
  /** What is dead in the end; the others live. */
  readonly dead: readonly (keyof Grown)[];
};

const sweeping = sweepEvery + promised;
const below = ['middle', 'leaf'] as const;

/** Makes the trees. */
export async function grow(path: Path): Promise<{ readonly there: DelegatingWorld; readonly grown: Grown }> {
  const there = delegatingWorld({ delay, hidden, beating: path.beating ?? false });
  const issue = async (name: string, task: string) =>
    (await there.agent(name).issue('held', { name: task, estimated_seconds: 450 })).lease;
  const from = async (lease: Awaited<ReturnType<typeof issue>>, to: string, task: string) =>
    (await there.delegate(lease, { to, key: 'held', task, seconds: 450 })).lease;
  const root = await issue('one', 'task of the root');
  const middle = await from(root, 'two', 'task of the middle');
  await there.world.sim.advance(2);
  const leaf = await from(middle, 'three', 'task of the leaf');
  const sibling = await from(root, 'four', 'task of the sibling');
  const other = await issue('five', 'task of another');
  await there.world.sim.advance(1);
  const ids = { root: root.id, middle: middle.id, leaf: leaf.id, sibling: sibling.id, other: other.id };
  return { there, grown: ids };
}

/** Time in which whoever is named goes on saying that they are alive. */
export function heard(
  { world, agent }: DelegatingWorld,
  grown: Grown,
  seconds: number,
  names: readonly (keyof Grown)[],
) {
  const holders = { root: 'one', middle: 'two', leaf: 'three', sibling: 'four', other: 'five' } as const;
  return beating(world, seconds, async () => {
    for (const name of names)
      await agent(holders[name])
        .beat(grown[name])
        .catch(() => undefined);
  });
}

export const paths: readonly Path[] = [
  {
    name: 'a child in the making',
    crashes: 'issuance',
    within: 2 * sweepEvery,
    act: ({ delegate, world }, { root }) => delegate(jktOf(world, root), { to: 'six', key: 'made' }),
    dead: [],
  },
  {
    name: 'a grandchild in the making',
    crashes: 'issuance',
    within: 2 * sweepEvery,
    act: ({ delegate, world }, { middle }) => delegate(jktOf(world, middle), { to: 'six', key: 'made' }),
    dead: [],
  },
  {
    name: 'a child in the making, and the end of what it is delegated from',
    crashes: 'issuance',
    within: 2 * sweepEvery,
    act: async ({ delegate, world, agent }, { middle }) => {
      await delegate(jktOf(world, middle), { to: 'six', key: 'made' }).catch(onlyCrashes);
      await agent('two').release(middle);
    },
    dead: below,
  },
  {
    name: 'a renewal of a child, and the release of what it was delegated from',
    crashes: 'issuance',
    within: promised,
    act: async ({ agent }, { root, middle }) => {
      await agent('two').collect(middle, 450).catch(onlyCrashes);
      await agent('one').release(root);
    },
    dead: ['root', 'sibling', ...below],
  },
  {
    name: 'the release of the middle',
    crashes: 'lifecycle',
    within: sweeping,
    act: ({ agent }, { middle }) => agent('two').release(middle),
    dead: below,
  },
  {
    name: 'the revocation of the middle',
    crashes: 'operations',
    within: sweeping,
    act: ({ operator }, { middle }) => operator.revoke(ends.lease(middle)),
    dead: below,
  },
  {
    name: 'the revocation of the chain of the root',
    crashes: 'operations',
    within: sweeping,
    act: ({ operator }, { root }) => operator.revoke(ends.chain(root)),
    dead: ['root', 'sibling', ...below],
  },
  {
    name: 'the revocation of the agent in the middle',
    crashes: 'operations',
    within: sweeping,
    act: ({ operator, agent }) => operator.revoke(ends.agent(agent('two').id)),
    dead: below,
  },
  {
    name: 'the revocation of the task of the middle',
    crashes: 'operations',
    within: sweeping,
    act: ({ operator }) => operator.revoke(ends.task('task of the middle')),
    dead: below,
  },
  {
    name: 'the revocation of what was issued before the leaf and its sibling',
    crashes: 'operations',
    within: sweeping,
    act: ({ operator }) => operator.revoke(ends.issuedBefore(after(morning, 2))),
    dead: ['root', 'sibling', ...below],
  },
  {
    name: 'a revoker with the entry of a chain',
    crashes: 'revoker',
    within: hidden + promised,
    act: async ({ agent, world }, { middle }) => {
      await agent('two').release(middle);
      await world.sim.advance(promised);
    },
    dead: below,
  },
  {
    name: 'a timer that finds the middle silent',
    crashes: 'timer',
    within: sweeping,
    beating: true,
    act: (there, grown) => heard(there, grown, 2 * heartbeat, ['root', 'leaf', 'sibling', 'other']),
    dead: below,
  },
];

function jktOf({ books }: DelegatingWorld['world'], id: string) {
  const lease = books.leases.all().find((each) => each.id === id);
  if (!lease) throw new Error(`no lease ${id}`);
  return lease;
}
