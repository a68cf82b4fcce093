import { describe, expect, test } from 'vitest';
import { awsOf } from '../core/use-cases/world.ts';
import { busyDay, type Day } from './busy-day.ts';
import { seeded } from './seeded.ts';
import { contradictions, stateOf, unreported } from './verdict.ts';
import type { Circumstances, FunctionName, Gate, World } from './world.ts';

/** Seconds within which all agrees again once the trouble is over: the sweeper, and a queue that hid a message. */
const hidden = 90;
const recovered = 60 + hidden + 10;

type Trouble = {
  readonly name: string;
  readonly circumstances: Circumstances;
  /** What stands between calls and their effects while it lasts. */
  readonly gate?: (seed: number) => Gate;
  /** Seconds that it lasts after everything was asked for; nothing sweeps in them where it says so. */
  readonly lasts?: number;
  readonly unswept?: true;
};

const functions: readonly FunctionName[] = [
  'issuance',
  'lifecycle',
  'operations',
  'timer',
  'sweeper',
  'revoker',
];

/** Refuses calls at random, some of them after they had their effect. */
const throttled =
  (share: number) =>
  (seed: number): Gate => {
    const random = seeded(seed);
    return async (_, call, effect) => {
      if (call === 'pause') return effect();
      const lot = random();
      if (lot < share / 2) throw new Error(`ThrottlingException: ${call}`);
      const answer = await effect();
      if (lot < share) throw new Error(`TimeoutError: ${call}`);
      return answer;
    };
  };

/** Copies of every timer, none of them in its order. */
function scattered(seed: number): (delay: number) => readonly number[] {
  const random = seeded(seed);
  return (delay) => [
    delay,
    delay + Math.floor(60 * random()),
    Math.max(0, delay - Math.floor(60 * random())),
  ];
}

const none = () => [];

const troubles: readonly Trouble[] = [
  { name: 'nothing at all', circumstances: {} },
  { name: 'all timers are lost', circumstances: { transport: { timers: none } } },
  {
    name: 'every message comes twice, timers in any order',
    circumstances: { transport: { timers: scattered(1), again: () => true } },
  },
  { name: 'IAM and DynamoDB are throttled', circumstances: { hidden }, gate: throttled(0.15) },
  {
    name: 'IAM and DynamoDB are throttled, and all timers are lost',
    circumstances: { hidden, transport: { timers: none } },
    gate: throttled(0.15),
    lasts: 600,
  },
  {
    name: 'nothing sweeps for an hour, and all timers are lost',
    circumstances: { transport: { timers: none } },
    unswept: true,
    lasts: 3_600,
  },
  {
    name: 'nothing sweeps for an hour while IAM and DynamoDB are throttled',
    circumstances: { hidden },
    gate: throttled(0.15),
    unswept: true,
    lasts: 3_600,
  },
  { name: 'indexes are ten seconds late', circumstances: { indexLag: 10 } },
  { name: 'two sweepers run at one time', circumstances: { sweepers: 2 } },
  {
    name: 'three sweepers run at one time, throttled, with messages twice',
    circumstances: { hidden, sweepers: 3, transport: { timers: scattered(5), again: () => true } },
    gate: throttled(0.15),
  },
  { name: 'IAM takes half a minute and shows late what it holds', circumstances: { delay: 30, readLag: 20 } },
  // Issuance whose clock is behind is refused by its own check of what STS answers: see below.
  ...functions.flatMap((name) =>
    [60, -60]
      .filter((seconds) => name !== 'issuance' || seconds > 0)
      .map((seconds) => ({
        name: `the clock of ${name} is ${seconds} s wrong`,
        circumstances: { skew: (of: FunctionName) => (of === name ? seconds : 0) },
      })),
  ),
];

async function dayOf({ circumstances, gate, lasts = 0, unswept }: Trouble, seed: number): Promise<Day> {
  const begin = ({ controls }: World) => {
    if (gate) controls.gate = gate(seed);
    controls.sweeping = !unswept;
  };
  const day = await busyDay(circumstances, begin);
  await day.pass(lasts);
  day.world.controls.gate = (_, __, effect) => effect();
  day.world.controls.sweeping = true;
  // What is silent has to be silent for long enough; then the time in which all is mended.
  await day.pass(240 + recovered + (circumstances.delay ?? 0));
  return day;
}

/** What chance decides is tried so many times. */
const chances = 60;

async function endedAsItShould({ world, leases, shown, revived, steady, silent }: Day): Promise<void> {
  const states = await Promise.all(
    [...leases].map(async ([fate, id]) => [fate, await stateOf(world, id)] as const),
  );
  expect(Object.fromEntries(states)).toEqual({
    released: 'released',
    silent: 'revoked',
    'lease revoked': 'revoked',
    'agent revoked': 'revoked',
    'task revoked': 'revoked',
    steady: 'active',
  });
  expect(await contradictions(world, shown)).toEqual([]);
  expect(revived).toEqual([]);
  expect(unreported(world)).toEqual([]);
  await expect(silent.issue('again')).rejects.toMatchObject({ code: 'quarantined' });
  const { credentials } = await steady.collect(leases.get('steady') ?? '');
  expect(world.aws.works(world.aws.sessionOf(awsOf(credentials)), world.sim.now())).toBe(true);
}

describe('in trouble nothing is forgotten, nothing revived, and whoever should lives', () => {
  test.each(troubles.map((trouble) => [trouble.name, trouble] as const))('when %s', async (_, trouble) => {
    const seeds = trouble.gate ? chances : 1;
    for (let seed = 0; seed < seeds; seed++)
      await endedAsItShould(await dayOf(trouble, seed)).catch((fault: unknown) => {
        throw new Error(`with seed ${seed}: ${String(fault)}`, { cause: fault });
      });
  });
});

test('an issuance whose clock is a minute behind grants nothing: its credentials would outlive their lease', async () => {
  const skew = (of: FunctionName) => (of === 'issuance' ? -60 : 0);
  await expect(busyDay({ skew })).rejects.toMatchObject({ code: 'temporarily_unavailable' });
});
