import { afterAll, describe, expect, test } from 'vitest';
import type { Lease } from '../../core/lease.ts';
import { isTerminal } from '../../core/transitions.ts';
import { type ApprovalSetting, approvalSetting, type Before, comeTo, isLegal } from './approval-setting.ts';
import { type CrashPoint, crashing, crashPoints } from './crash.ts';
import { onlyCrashes } from './crash-paths.ts';
import { contradictions, stateOf } from './verdict.ts';
import { type FunctionName, sweepEvery } from './world.ts';

/** Something on the way from the question to the credentials, and the function that crashes in it. */
type Step = {
  readonly name: string;
  readonly before: Before;
  readonly crashes: FunctionName;
  /** So many have to approve; one unless it is said. */
  readonly count?: number;
  readonly timersLost?: true;
  readonly act: (setting: ApprovalSetting) => Promise<unknown>;
  /** Demands that whoever had no answer gets there by asking again, however far the dead process had come. */
  readonly again: (setting: ApprovalSetting) => Promise<void>;
};

const answerOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'done',
    ({ code }) => code,
  );

function asked(lease: Lease | undefined): Lease {
  if (!lease) throw new Error('nothing was asked');
  return lease;
}

const steps: readonly Step[] = [
  {
    name: 'asking',
    before: 'nothing',
    crashes: 'issuance',
    act: ({ ask }) => ask(),
    again: async ({ ask, world, say, one, id }) => {
      const { lease } = await ask();
      expect(lease).toMatchObject({ id, state: 'pending' });
      await world.sim.advance(sweepEvery);
      expect(world.told.length).toBeGreaterThan(0);
      await say('mia', 'approve', lease);
      expect((await one.collect(id)).lease.state).toBe('active');
    },
  },
  {
    name: 'telling people',
    before: 'nothing',
    crashes: 'timer',
    act: async ({ ask, world }) => {
      await ask();
      await world.sim.advance(1);
    },
    again: async ({ world, id }) => {
      // Whoever told them and could not note it tells them again.
      expect([1, 2]).toContain(world.told.length);
      expect((await world.books.leases.find(id))?.approval?.notified_at).toBeDefined();
    },
  },
  {
    name: 'a sweep that has people told',
    before: 'nothing',
    crashes: 'sweeper',
    timersLost: true,
    act: async ({ ask, world, transport }) => {
      await ask();
      transport.lost = false;
      await world.sim.advance(sweepEvery + 1);
    },
    again: async ({ world }) => expect(world.told.length).toBeGreaterThan(0),
  },
  ...([1, 2] as const).map(
    (count): Step => ({
      name: `the last vote of ${count}`,
      before: count === 2 ? 'one approved' : 'pending',
      count,
      crashes: 'operations',
      act: ({ say, lease }) => say('lena', 'approve', asked(lease)),
      again: async ({ say, lease, one, id }) => {
        expect(await answerOf(say('lena', 'approve', asked(lease)))).toMatch(/^(done|approval_closed)$/);
        expect((await one.collect(id)).lease.state).toBe('active');
      },
    }),
  ),
  {
    name: 'a denial',
    before: 'pending',
    crashes: 'operations',
    act: ({ say, lease }) => say('lena', 'deny', asked(lease)),
    again: async ({ say, lease, one, world, id }) => {
      expect(await answerOf(say('lena', 'deny', asked(lease)))).toMatch(/^(done|approval_closed)$/);
      expect(await answerOf(one.collect(id))).toBe('lease_ended');
      expect(world.aws.sessions).toEqual([]);
    },
  },
  {
    name: 'collecting',
    before: 'approved',
    crashes: 'issuance',
    act: ({ one, id }) => one.collect(id),
    again: async ({ one, id, world, ask, say }) => {
      const answer = await answerOf(one.collect(id));
      const state = await stateOf(world, id);
      expect([answer, state]).toEqual(state === 'active' ? ['done', 'active'] : ['lease_ended', 'failed']);
      if (state === 'active') return;
      // Its place is free again: another one is asked for, approved and collected.
      const { lease: anew } = await ask('anew');
      await say('mia', 'approve', anew);
      expect((await one.collect(anew.id)).lease.state).toBe('active');
    },
  },
  {
    name: 'giving up',
    before: 'approved',
    crashes: 'lifecycle',
    act: ({ one, id }) => one.release(id),
    again: async ({ one, id, world }) => {
      await one.release(id);
      expect(await stateOf(world, id)).toBe('revoked');
      expect(world.aws.sessions).toEqual([]);
    },
  },
];

/** Takes a step, its function crashing at the point, and demands that all is well soon. Answers its calls. */
async function run({ before, crashes, count = 1, timersLost, act, again }: Step, point?: CrashPoint) {
  const setting = await comeTo(approvalSetting(count), before);
  const { world, shown, shownDead, transport } = setting;
  transport.lost = timersLost === true;
  await world.sim.advance(1);
  world.controls.sweeping = true;
  const { gate, calls } = crashing(crashes, point);
  world.controls.gate = gate;
  await act(setting).catch(onlyCrashes);
  await intentCameFirst(setting);
  transport.lost = false;
  await world.sim.advance(2 * sweepEvery + 1);
  await isLegal(setting);
  await again(setting);
  await world.sim.advance(2 * sweepEvery);
  expect(await contradictions(world, shown)).toEqual([]);
  expect(shownDead).toEqual([]);
  const left = world.books.leases.all().filter(({ state }) => state === 'issuing');
  expect(left).toEqual([]);
  expect(world.books.leases.all().filter(({ state }) => !isTerminal(state)).length).toBeLessThanOrEqual(1);
  return calls;
}

/** Whatever STS made was on record before, until when it can work. */
async function intentCameFirst({ world, id }: ApprovalSetting): Promise<void> {
  const lease = await world.books.leases.find(id);
  for (const { expiration, sourceIdentity } of world.aws.sessions) {
    expect(sourceIdentity).toBe(id);
    expect(lease?.state).toMatch(/^(issuing|active|failed)$/);
    expect(lease?.credential_until).toBeGreaterThanOrEqual(expiration);
  }
}

let total = 0;
afterAll(() => console.info(`approvals: ${total} crash points in ${steps.length} steps`));

describe('whatever call a process ends at, nothing is lost, and nothing is made twice', () => {
  test.each(steps.map((step) => [step.name, step] as const))('%s', async (_, step) => {
    const points = crashPoints((await run(step)).length);
    expect(points.length).toBeGreaterThan(4);
    for (const point of points) {
      await run(step, point).catch((fault: unknown) => {
        throw new Error(`crash ${point.side} call ${point.call}: ${String(fault)}`, { cause: fault });
      });
    }
    total += points.length;
  });
});
