import { expect } from 'vitest';
import type { Lease } from '../../core/lease.ts';
import { isTerminal } from '../../core/transitions.ts';
import { fireTimer } from '../../core/use-cases/timer.ts';
import { type DelegatingWorld, delegatingWorld } from './delegation-world.ts';
import type { Outcome, Race } from './interleave.ts';
import { ends } from './people.ts';
import { contradictions, stateOf } from './verdict.ts';

/** Seconds that IAM takes here, and what the broker may take besides. */
const delay = 4;
const promised = delay + 3;

/**
 * A chain of three agents: `root` of one, `middle` of two, `leaf` of three; `made` is what two, and `grown` what three,
 * may be about to be given.
 */
export type Setting = DelegatingWorld & {
  readonly root: Lease;
  readonly middle: Lease | undefined;
  readonly leaf: Lease | undefined;
};

/** What may happen at one time. */
export const processes = {
  delegate: ({ delegate, root }) => delegate(root, { to: 'two', key: 'made' }),
  delegateAgain: ({ delegate, root }) => delegate(root, { to: 'two', key: 'made' }),
  delegateOther: ({ delegate, root }) => delegate(root, { to: 'three', key: 'made' }),
  grow: ({ delegate, middle }) => delegate(held(middle), { to: 'three', key: 'grown' }),
  renewRoot: ({ agent, root }) => agent('one').collect(root.id, 300),
  renewMiddle: ({ agent, middle }) => agent('two').collect(held(middle).id, 300),
  renewLeaf: ({ agent, leaf }) => agent('three').collect(held(leaf).id, 300),
  releaseRoot: ({ agent, root }) => agent('one').release(root.id),
  releaseMiddle: ({ agent, middle }) => agent('two').release(held(middle).id),
  revokeRoot: ({ operator, root }) => operator.revoke(ends.lease(root.id)),
  revokeMiddle: ({ operator, middle }) => operator.revoke(ends.lease(held(middle).id)),
  revokeChain: ({ operator, root }) => operator.revoke(ends.chain(root.id)),
  revokeAgent: ({ operator, agent }) => operator.revoke(ends.agent(agent('one').id)),
  revokeTask: ({ operator }) => operator.revoke(ends.task('process invoice')),
  revokeType: ({ operator }) => operator.revoke(ends.type),
  /** All that is there is older, and all that is being made younger. */
  revokeBefore: ({ operator, world }) => operator.revoke(ends.issuedBefore(world.sim.now())),
  quarantine: ({ operator, agent }) => operator.quarantine(agent('one').id),
  beatRoot: ({ agent, root }) => agent('one').beat(root.id),
  timer: ({ world, root }) => world.invoke('timer', (ports) => fireTimer(ports, { lease: root.id, gen: 0 })),
  sweeper: ({ world }) => world.sweepOnce(),
  second: ({ world }) =>
    world.controls.gate({ of: 'operations', dead: false }, 'a second', async () => world.sim.jump(1)),
} satisfies Record<string, (setting: Setting) => Promise<unknown>>;

/** Which of them meet, how many seconds after the chain was made, and how long that is. */
export type Meeting = {
  readonly between: readonly (keyof typeof processes)[];
  readonly chain?: 1 | 2 | 3;
  readonly after?: number;
  readonly beating?: boolean;
  /** Children that the root has already. */
  readonly children?: number;
};

/** The processes of a meeting in a world of their own. */
export async function race({ between, after = 10, ...rest }: Meeting): Promise<Race> {
  const setting = await chainOf(rest);
  const { world } = setting;
  world.sim.jump(after);
  const started = (name: keyof typeof processes) =>
    world.controls.gate({ of: 'operations', dead: false }, 'start', () => Promise.resolve(name));
  const runs = between.map((name) => async () => processes[await started(name)](setting));
  return { world, processes: runs, check: (outcomes) => agrees(setting, outcomes, between) };
}

async function chainOf({ chain = 1, beating = false, children = 0 }: Omit<Meeting, 'between'>) {
  const there = delegatingWorld({ beating, delay });
  there.world.controls.sweeping = false;
  const { lease: root } = await there.agent('one').issue('held', { estimated_seconds: 200 });
  const below = async (from: Lease, to: string) =>
    (await there.delegate(from, { to, key: 'held', seconds: 200 })).lease;
  const middle = chain > 1 ? await below(root, 'two') : undefined;
  const leaf = middle && chain > 2 ? await below(middle, 'three') : undefined;
  for (let i = 0; i < children; i++) await there.delegate(root, { to: `child ${i}`, key: 'held' });
  return { ...there, root, middle, leaf };
}

/** One outcome, the same in the answers, on record and in IAM; soon, and for good; and no child that its parent does not know. */
async function agrees(
  { world, shown, shownDead }: Setting,
  outcomes: readonly Outcome[],
  between: Meeting['between'],
): Promise<void> {
  // Where a second passes after the last look, what was alive then may be silent now.
  if (!between.includes('second')) expect(shownDead).toEqual([]);
  await world.sim.advance(promised);
  expect(await contradictions(world, shown)).toEqual([]);
  const soon = await statesOf(world);
  world.controls.sweeping = true;
  await world.sim.advance(130);
  expect(await contradictions(world, shown)).toEqual([]);
  expect(world.unswept).toEqual([]);
  const later = await statesOf(world);
  for (const [id, state] of soon) if (isTerminal(state)) expect(later.get(id)).toBe(state);
  for (const { id, state } of outcomes.flatMap(answered))
    if (isTerminal(state)) expect(later.get(id)).toBe(state);
  for (const { id, ancestors } of world.books.leases.all()) {
    const parent = world.books.leases.all().find((lease) => lease.id === ancestors.at(-1)?.lease);
    if (parent) expect(parent.children).toContain(id);
    expect(parent?.children?.length ?? 0).toBeLessThanOrEqual(20);
  }
}

async function statesOf(world: Setting['world']) {
  const ids = world.books.leases.all().map(({ id }) => id);
  return new Map(await Promise.all(ids.map(async (id) => [id, await stateOf(world, id)] as const)));
}

function answered(outcome: Outcome): readonly Pick<Lease, 'id' | 'state'>[] {
  if (outcome.status === 'rejected') return [];
  const { lease } = (outcome.value ?? {}) as { lease?: Lease };
  return lease ? [lease] : [];
}

function held(lease: Lease | undefined): Lease {
  if (!lease) throw new Error('the chain of this meeting is too short');
  return lease;
}
