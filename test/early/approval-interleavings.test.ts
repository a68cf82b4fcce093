import { afterAll, describe, expect, test } from 'vitest';
import { fireTimer } from '../../core/use-cases/timer.ts';
import { agrees } from './agreement.ts';
import {
  type ApprovalSetting,
  approvalSetting,
  type Before,
  collectable,
  comeTo,
  isLegal,
  stands,
} from './approval-setting.ts';
import { everyOrder, type Outcome, type Race } from './interleave.ts';
import { ends } from './people.ts';

type Process = (setting: ApprovalSetting) => Promise<unknown>;

const saying =
  (subject: string, decision: 'approve' | 'deny'): Process =>
  ({ say, lease }) => {
    if (!lease) throw new Error('nothing was asked');
    return say(subject, decision, lease);
  };

const processes = {
  ask: ({ ask }) => ask(),
  miaApproves: saying('mia', 'approve'),
  maxApproves: saying('max', 'approve'),
  lenaApproves: saying('lena', 'approve'),
  maxDenies: saying('max', 'deny'),
  collect: ({ one, id }) => one.collect(id),
  cancel: ({ one, id }) => one.release(id),
  revokeLease: ({ operator, id }) => operator.revoke(ends.lease(id)),
  revokeChain: ({ operator, id }) => operator.revoke(ends.chain(id)),
  revokeAgent: ({ operator, one }) => operator.revoke(ends.agent(one.id)),
  revokeTask: ({ operator }) => operator.revoke(ends.task('process invoice')),
  revokeType: ({ operator }) => operator.revoke(ends.type),
  quarantine: ({ operator, one }) => operator.quarantine(one.id),
  tell: ({ world, id }) => world.invoke('timer', (ports) => fireTimer(ports, { lease: id, gen: 0 })),
  sweeper: ({ world }) => world.sweepOnce(),
  /** A second passes, between any two calls of the others. */
  second: ({ world }) =>
    world.controls.gate({ of: 'operations', dead: false }, 'a second', async () => world.sim.jump(1)),
} satisfies Record<string, Process>;

type Meeting = {
  readonly before: Before;
  readonly between: readonly (keyof typeof processes)[];
  /** Seconds after that at which they meet. */
  readonly after?: number;
  /** So many have to approve; one unless it is said. */
  readonly count?: number;
};

const meetings: readonly Meeting[] = [
  { before: 'nothing', between: ['ask', 'ask'] },
  { before: 'nothing', between: ['ask', 'revokeAgent'] },
  { before: 'nothing', between: ['ask', 'revokeType'] },
  { before: 'nothing', between: ['ask', 'quarantine'] },
  { before: 'pending', between: ['ask', 'miaApproves'] },
  { before: 'pending', between: ['ask', 'cancel'] },
  { before: 'pending', between: ['miaApproves', 'maxApproves'] },
  { before: 'pending', between: ['miaApproves', 'maxApproves'], count: 2 },
  { before: 'pending', between: ['miaApproves', 'maxApproves', 'lenaApproves'], count: 2 },
  { before: 'pending', between: ['miaApproves', 'miaApproves'] },
  { before: 'pending', between: ['miaApproves', 'maxDenies'] },
  { before: 'pending', between: ['miaApproves', 'maxDenies'], count: 2 },
  { before: 'one approved', between: ['maxApproves', 'maxDenies'], count: 2 },
  { before: 'one approved', between: ['maxApproves', 'collect'], count: 2 },
  { before: 'pending', between: ['miaApproves', 'cancel'] },
  { before: 'pending', between: ['miaApproves', 'revokeLease'] },
  { before: 'pending', between: ['miaApproves', 'revokeChain'] },
  { before: 'pending', between: ['miaApproves', 'revokeAgent'] },
  { before: 'pending', between: ['miaApproves', 'revokeTask'] },
  { before: 'pending', between: ['miaApproves', 'revokeType'] },
  { before: 'pending', between: ['miaApproves', 'collect', 'revokeLease'] },
  { before: 'pending', between: ['miaApproves', 'sweeper', 'second'], after: stands - 1 },
  { before: 'pending', between: ['cancel', 'sweeper', 'second'], after: stands - 1 },
  { before: 'pending', between: ['cancel', 'revokeLease'] },
  { before: 'pending', between: ['tell', 'miaApproves'] },
  { before: 'approved', between: ['collect', 'collect'] },
  { before: 'approved', between: ['collect', 'ask'] },
  { before: 'approved', between: ['collect', 'cancel'] },
  { before: 'approved', between: ['collect', 'maxDenies'] },
  { before: 'approved', between: ['collect', 'revokeLease'] },
  { before: 'approved', between: ['collect', 'revokeChain'] },
  { before: 'approved', between: ['collect', 'revokeAgent'] },
  { before: 'approved', between: ['collect', 'revokeTask'] },
  { before: 'approved', between: ['collect', 'revokeType'] },
  { before: 'approved', between: ['collect', 'quarantine'] },
  { before: 'approved', between: ['collect', 'sweeper', 'second'], after: collectable - 1 },
  { before: 'approved', between: ['collect', 'sweeper'], after: collectable },
  { before: 'approved', between: ['cancel', 'revokeLease'] },
];

/** Any two of these have at least so many orders that differ: fewer, and the search has gone blind. */
const fewest = 2;

async function race({ before, between, after: passed = 10, count = 1 }: Meeting): Promise<Race> {
  const met = await comeTo(approvalSetting(count), before);
  const { world } = met;
  world.sim.jump(passed);
  // Whoever reads the clock first may do so late.
  const started = (name: keyof typeof processes) =>
    world.controls.gate({ of: 'operations', dead: false }, 'start', () => Promise.resolve(name));
  const runs = between.map((name) => async () => processes[await started(name)](met));
  return { world, processes: runs, check: (outcomes) => areLegal(met, between, outcomes) };
}

/** Whoever was told that their vote counts finds it on record, and whoever was not does not. */
async function areLegal(met: ApprovalSetting, between: Meeting['between'], outcomes: readonly Outcome[]) {
  await isLegal(met);
  const lease = await met.world.books.leases.find(met.id);
  const before = met.lease === undefined ? [] : between;
  const counted = before.filter(
    (name, i) => /Approves|Denies/.test(name) && outcomes[i]?.status === 'fulfilled',
  );
  for (const name of counted) {
    const [, subject, decision] = /^([a-z]+)(Approves|Denies)$/.exec(name) ?? [];
    const said = { subject, decision: decision === 'Denies' ? 'deny' : 'approve' };
    expect(lease?.approval?.votes).toContainEqual(expect.objectContaining(said));
  }
  await agrees(met, [met.id], outcomes);
  await isLegal(met);
}

let total = 0;
afterAll(() => console.info(`approvals: ${total} orders of calls in ${meetings.length} races`));

describe('in whatever order their calls happen, it comes to one legal state, and nobody is shown what is not active', () => {
  test.each(meetings.map((meeting) => [nameOf(meeting), meeting] as const))('%s', async (_, meeting) => {
    const orders = await everyOrder(() => race(meeting));
    total += orders;
    expect(orders).toBeGreaterThanOrEqual(fewest);
  });
});

function nameOf({ before, between, count, after: passed }: Meeting): string {
  const of = count === undefined ? '' : ` of ${count}`;
  return `${before}${of}: ${between.join(' and ')}${passed === undefined ? '' : `, ${passed} s after`}`;
}
