import { afterAll, describe, expect, test } from 'vitest';
import { leaseId } from '../../core/identity.ts';
import { enforceDenials } from '../../core/use-cases/enforce.ts';
import { fireTimer } from '../../core/use-cases/timer.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { agrees, delay } from './agreement.ts';
import { everyOrder, type Race } from './interleave.ts';
import { attestedAgent, ends, people } from './people.ts';
import { earlyWorld } from './world.ts';

const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900 } as const;
const policies = {
  quiet: invoicePolicy({ lifetime }),
  beating: invoicePolicy({ lifetime: { ...lifetime, heartbeat: 30 } }),
};

type Setting = ReturnType<typeof setting>;
type Process = (setting: Setting) => Promise<unknown>;

/** A world in which one agent may hold one lease, `held`, and may be about to get another, `made`. */
function setting(policy: keyof typeof policies) {
  const world = earlyWorld({ policy: policies[policy], delay });
  // What the sweeper would mend is not mended: it is a process of the race where it is wanted.
  world.controls.sweeping = false;
  const { agent, operator, shown, shownDead } = people(world);
  const { principal, cnf } = attestedAgent('one');
  const [held, made] = ['held', 'made'].map((key) => leaseId(principal, cnf.jkt, `one-${key}`)) as [
    string,
    string,
  ];
  return { world, one: agent('one'), operator, shown, shownDead, held, made };
}

const role = 'mayfly-eu-central-1-invoice_processor-0';

const processes = {
  issue: ({ one }) => one.issue('made'),
  collect: ({ one, held }) => one.collect(held),
  renew: ({ one, held }) => one.collect(held, 290),
  beat: ({ one, held }) => one.beat(held),
  release: ({ one, held }) => one.release(held),
  revokeHeld: ({ operator, held }) => operator.revoke(ends.lease(held)),
  revokeMade: ({ operator, made }) => operator.revoke(ends.lease(made)),
  revokeChain: ({ operator, made }) => operator.revoke(ends.chain(made)),
  revokeAgent: ({ operator, one }) => operator.revoke(ends.agent(one.id)),
  revokeTask: ({ operator }) => operator.revoke(ends.task('process invoice')),
  revokeType: ({ operator }) => operator.revoke(ends.type),
  revokeBefore: ({ operator, world }) => operator.revoke(ends.issuedBefore(world.sim.now())),
  quarantine: ({ operator, one }) => operator.quarantine(one.id),
  timer: ({ world, held }) => world.invoke('timer', (ports) => fireTimer(ports, { lease: held, gen: 0 })),
  sweeper: ({ world }) => world.sweepOnce(),
  revoker: ({ world }) =>
    world.invoke('revoker', (ports) =>
      enforceDenials({ ...ports, report: () => undefined }, { role, change: 'race', leases: [] }),
    ),
  /** A second passes, between any two calls of the others. */
  second: ({ world }) =>
    world.controls.gate({ of: 'operations', dead: false }, 'a second', async () => world.sim.jump(1)),
} satisfies Record<string, Process>;

type Meeting = {
  readonly between: readonly (keyof typeof processes)[];
  /** Seconds after the lease was issued at which they meet; without it there is no lease yet. */
  readonly after?: number;
  readonly policy?: keyof typeof policies;
};

const deadline = 300;
const silence = 60;

const meetings: readonly Meeting[] = [
  { between: ['collect', 'revokeHeld'], after: 10 },
  { between: ['renew', 'revokeHeld'], after: 10 },
  { between: ['renew', 'revokeAgent'], after: 10 },
  { between: ['renew', 'revokeTask'], after: 10 },
  { between: ['renew', 'revokeType'], after: 10 },
  { between: ['renew', 'revokeBefore'], after: 10 },
  { between: ['release', 'collect'], after: 10 },
  { between: ['release', 'renew'], after: 10 },
  { between: ['release', 'revokeHeld'], after: 10 },
  { between: ['release', 'sweeper', 'second'], after: deadline - 1 },
  { between: ['renew', 'sweeper', 'second'], after: deadline - 1 },
  { between: ['collect', 'collect'], after: 10 },
  { between: ['renew', 'renew'], after: 10 },
  { between: ['issue', 'issue'] },
  { between: ['issue', 'revokeMade'] },
  { between: ['issue', 'revokeChain'] },
  { between: ['issue', 'revokeAgent'] },
  { between: ['issue', 'revokeAgent', 'second'] },
  { between: ['issue', 'revokeTask'] },
  { between: ['issue', 'revokeType'] },
  { between: ['issue', 'revokeBefore'] },
  { between: ['issue', 'quarantine'] },
  { between: ['beat', 'timer'], after: silence, policy: 'beating' },
  { between: ['beat', 'timer', 'second'], after: silence - 1, policy: 'beating' },
  { between: ['timer', 'timer'], after: silence, policy: 'beating' },
  { between: ['timer', 'timer', 'beat'], after: silence - 1, policy: 'beating' },
  { between: ['timer', 'release'], after: silence, policy: 'beating' },
  { between: ['sweeper', 'sweeper'], after: silence, policy: 'beating' },
  { between: ['sweeper', 'timer'], after: silence, policy: 'beating' },
  { between: ['sweeper', 'release', 'second'], after: silence - 1, policy: 'beating' },
  { between: ['revoker', 'revokeHeld'], after: 10 },
  { between: ['revoker', 'revokeAgent'], after: 10 },
  { between: ['revoker', 'release'], after: 10 },
  { between: ['revokeType', 'revokeType'], after: 10 },
  { between: ['revokeAgent', 'revokeType'], after: 10 },
  { between: ['renew', 'release', 'revokeAgent'], after: 10 },
  { between: ['collect', 'release', 'revokeHeld'], after: 10 },
  { between: ['issue', 'revokeAgent', 'revokeType'] },
  { between: ['issue', 'quarantine', 'revokeTask'] },
  { between: ['renew', 'revokeHeld', 'revoker'], after: 10 },
  { between: ['sweeper', 'timer', 'second'], after: silence - 1, policy: 'beating' },
  { between: ['sweeper', 'beat', 'second'], after: silence - 1, policy: 'beating' },
  { between: ['beat', 'timer', 'revokeHeld'], after: silence, policy: 'beating' },
];

/** Any two of these have at least so many orders that differ: fewer, and the search has gone blind. */
const fewest = 3;

async function race({ between, after: passed, policy = 'quiet' }: Meeting): Promise<Race> {
  const met = setting(policy);
  const { world, one } = met;
  if (passed !== undefined) {
    // For its estimate it has 300 seconds, and 500 in all.
    await one.issue('held', { estimated_seconds: 250 });
    world.sim.jump(passed);
  }
  // Whoever reads the clock first may do so late.
  const started = (name: keyof typeof processes) =>
    world.controls.gate({ of: 'operations', dead: false }, 'start', () => Promise.resolve(name));
  const runs = between.map((name) => async () => processes[await started(name)](met));
  return { world, processes: runs, check: (outcomes) => agrees(met, [met.held, met.made], outcomes) };
}

let total = 0;
afterAll(() => console.info(`interleavings: ${total} orders of calls in ${meetings.length} races`));

test('the search finds the two orders of six in which an update is lost', async () => {
  const kept: number[] = [];
  const orders = await everyOrder(async () => {
    const { world } = setting('quiet');
    let account = 0;
    const deposit = async () => {
      const process = { of: 'operations', dead: false } as const;
      const seen = await world.controls.gate(process, 'account.look', async () => account);
      await world.controls.gate(process, 'account.set', async () => {
        account = seen + 1;
      });
    };
    return { world, processes: [deposit, deposit], check: async () => void kept.push(account) };
  });
  expect([orders, kept.filter((sum) => sum === 2).length]).toEqual([6, 2]);
});

describe('in whatever order their calls happen, answers, records and IAM agree', () => {
  test.each(meetings.map((meeting) => [nameOf(meeting), meeting] as const))('%s', async (_, meeting) => {
    const orders = await everyOrder(() => race(meeting));
    total += orders;
    expect(orders).toBeGreaterThanOrEqual(fewest);
  });
});

function nameOf({ between, after: passed }: Meeting): string {
  return `${between.join(' and ')}${passed === undefined ? '' : `, ${passed} s after the lease was issued`}`;
}
