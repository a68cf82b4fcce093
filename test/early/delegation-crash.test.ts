import { afterAll, describe, expect, test } from 'vitest';
import { isTerminal } from '../../core/transitions.ts';
import { Crash, type CrashPoint, crashing, crashPoints } from './crash.ts';
import { onlyCrashes, promised } from './crash-paths.ts';
import { type Grown, grow, heard, type Path, paths } from './delegation-crash-paths.ts';
import type { DelegatingWorld } from './delegation-world.ts';
import { contradictions, stateOf } from './verdict.ts';

const names = ['root', 'middle', 'leaf', 'sibling', 'other'] as const;

/** Runs a path, its function crashing at the point, and demands that all agrees again in time. Answers its calls. */
async function run(path: Path, point?: CrashPoint): Promise<readonly string[]> {
  const { there, grown } = await grow(path);
  const { world } = there;
  const { gate, calls } = crashing(path.crashes, point);
  world.controls.gate = gate;
  await path.act(there, grown).catch(onlyCrashes);
  const alive = names.filter((name) => !path.dead.includes(name));
  if (path.beating) await heard(there, grown, path.within, alive);
  else await world.sim.advance(path.within);
  if (isAsked(path) && (await isUntouched(path, there, grown))) {
    // Whoever asked had no answer, and asks again.
    await path.act(there, grown);
    await world.sim.advance(promised);
  }
  await isSettled(path, there, grown);
  await diesWithItsRoot(there, grown);
  return calls;
}

/** Whether an agent or an operator waits for the answer. */
function isAsked({ crashes }: Path): boolean {
  return crashes === 'lifecycle' || crashes === 'operations';
}

/** Whether nothing of it is on record, and everything lives as it did. */
async function isUntouched({ dead }: Path, { world, shown }: DelegatingWorld, grown: Grown) {
  const states = await Promise.all(dead.map((name) => stateOf(world, grown[name])));
  if (!states.every((state) => state === 'active')) return false;
  expect(await contradictions(world, shown)).toEqual([]);
  return true;
}

/** The dead are dead, the others live, on record and in IAM, and nothing was shown that is dead. */
async function isSettled({ dead }: Path, { world, shown, shownDead }: DelegatingWorld, grown: Grown) {
  expect(shownDead).toEqual([]);
  expect(await contradictions(world, shown)).toEqual([]);
  const states = await Promise.all(
    names.map(async (name) => [name, isTerminal(await stateOf(world, grown[name]))] as const),
  );
  expect(states).toEqual(names.map((name) => [name, dead.includes(name)]));
  expect(world.unswept.filter(({ fault }) => !(fault instanceof Crash))).toEqual([]);
  expect(world.books.leases.all().filter(({ state }) => state === 'issuing')).toEqual([]);
}

/** Whatever a crash left behind, shown or not, is known to what it comes from: nothing of it works when that has ended. */
async function diesWithItsRoot({ world, operator }: DelegatingWorld, { root }: Grown): Promise<void> {
  await operator.revoke({ kind: 'chain', lease: root });
  await world.sim.advance(promised);
  const tree = new Set(
    world.books.leases
      .all()
      .filter(({ id, ancestors }) => id === root || ancestors[0]?.lease === root)
      .map(({ id }) => id),
  );
  const sessions = world.aws.sessions.filter(({ sourceIdentity }) => tree.has(sourceIdentity));
  expect(sessions.length).toBeGreaterThan(3);
  expect(sessions.filter((session) => world.aws.works(session, world.sim.now()))).toEqual([]);
}

let total = 0;
afterAll(() => console.info(`crash points of delegation: ${total} in ${paths.length} paths`));

describe('whatever call a process ends at, all agrees again soon, nothing else died, and no branch is forgotten', () => {
  test.each(paths.map((path) => [path.name, path] as const))('%s', async (_, path) => {
    const points = crashPoints((await run(path)).length);
    expect(points.length).toBeGreaterThan(4);
    for (const point of points) {
      await run(path, point).catch((fault: unknown) => {
        throw new Error(`crash ${point.side} call ${point.call}: ${String(fault)}`, { cause: fault });
      });
    }
    total += points.length;
  });
});
