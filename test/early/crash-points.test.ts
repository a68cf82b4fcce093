import { afterAll, describe, expect, test } from 'vitest';
import { isTerminal } from '../../core/transitions.ts';
import { Crash, type CrashPoint, crashing, crashPoints } from './crash.ts';
import {
  agentIn,
  beating,
  idOf,
  onlyCrashes,
  type Path,
  paths,
  promised,
  type Stage,
  stage,
} from './crash-paths.ts';
import { contradictions, stateOf, unreported } from './verdict.ts';

/** Runs a path, its function crashing at the point, and demands that all agrees again in time. Answers its calls. */
async function run(path: Path, point?: CrashPoint): Promise<readonly string[]> {
  const staged = stage(path);
  const { world, agent } = staged;
  const ids = new Map<string, string>();
  for (const name of path.leases) {
    const issued = await agent(agentIn(name)).issue(name, { estimated_seconds: 700 });
    ids.set(name, issued.lease.id);
  }
  await world.sim.advance(1);
  const { gate, calls } = crashing(path.crashes, point);
  world.controls.gate = gate;
  await path.act(staged, ids).catch(onlyCrashes);
  if (path.heartbeat) await beating(world, path.within, () => agent('two').beat(idOf(ids, 'two-a')));
  else await world.sim.advance(path.within);
  if (isAsked(path) && (await isUntouched(path, staged, ids))) {
    // Whoever asked had no answer, and asks again.
    await path.act(staged, ids);
    await world.sim.advance(promised);
  }
  await isSettled(path, staged, ids);
  return calls;
}

/** Whether an agent or an operator waits for the answer. */
function isAsked({ crashes }: Path): boolean {
  return crashes === 'lifecycle' || crashes === 'operations';
}

/** Whether nothing of it is on record, and everything lives as it did. */
async function isUntouched({ dead }: Path, { world, shown }: Stage, ids: ReadonlyMap<string, string>) {
  const states = await Promise.all(dead.map((name) => stateOf(world, idOf(ids, name))));
  if (!states.every((state) => state === 'active')) return false;
  expect(await contradictions(world, shown)).toEqual([]);
  expect(world.books.revocations.all()).toEqual([]);
  return true;
}

/** The dead are dead, the others live, on record and in IAM, and nothing is left lying about. */
async function isSettled(
  { leases, dead, rung }: Path,
  { world, shown }: Stage,
  ids: ReadonlyMap<string, string>,
) {
  expect(await contradictions(world, shown)).toEqual([]);
  const states = await Promise.all(
    leases.map(async (name) => [name, isTerminal(await stateOf(world, idOf(ids, name)))] as const),
  );
  expect(states).toEqual(leases.map((name) => [name, dead.includes(name)]));
  expect(world.unswept.filter(({ fault }) => !(fault instanceof Crash))).toEqual([]);
  expect(world.revoker.deadLetters).toEqual([]);
  expect(world.books.leases.all().filter(({ state }) => state === 'issuing')).toEqual([]);
  expect(unreported(world)).toEqual([]);
  expect([...new Set(world.incidents.map(({ kind }) => kind))]).toEqual(rung ? [rung] : []);
}

let total = 0;
afterAll(() => console.info(`crash points: ${total} in ${paths.length} paths`));

describe('whatever call a process ends at, all agrees again soon, and nothing else died', () => {
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
