import { afterAll, describe, expect, test } from 'vitest';
import { type Meeting, race } from './delegation-races.ts';
import { heartbeat } from './delegation-world.ts';
import { everyOrder } from './interleave.ts';

/** Seconds after which whoever was not heard from is taken for dead. */
const silence = 2 * heartbeat;

const meetings: readonly Meeting[] = [
  { between: ['delegate', 'revokeRoot'] },
  { between: ['delegate', 'releaseRoot'] },
  { between: ['delegate', 'revokeChain'] },
  { between: ['delegate', 'revokeAgent'] },
  { between: ['delegate', 'revokeTask'] },
  { between: ['delegate', 'revokeType'] },
  { between: ['delegate', 'revokeBefore'] },
  { between: ['delegate', 'quarantine'] },
  { between: ['delegate', 'renewRoot'] },
  { between: ['delegate', 'delegateAgain'] },
  { between: ['delegate', 'delegateOther'], children: 19 },
  { between: ['delegate', 'timer', 'second'], after: silence - 1, beating: true },
  { between: ['renewMiddle', 'revokeRoot'], chain: 2 },
  { between: ['renewMiddle', 'releaseRoot'], chain: 2 },
  { between: ['renewMiddle', 'revokeAgent'], chain: 2 },
  { between: ['renewMiddle', 'revokeTask'], chain: 2 },
  { between: ['renewMiddle', 'revokeBefore'], chain: 2 },
  { between: ['renewMiddle', 'renewRoot'], chain: 2 },
  { between: ['renewLeaf', 'releaseMiddle'], chain: 3 },
  { between: ['renewLeaf', 'revokeRoot'], chain: 3 },
  { between: ['grow', 'releaseMiddle'], chain: 2 },
  { between: ['grow', 'revokeMiddle'], chain: 2 },
  { between: ['grow', 'revokeRoot'], chain: 2 },
  { between: ['releaseMiddle', 'revokeRoot'], chain: 3 },
  { between: ['beatRoot', 'sweeper', 'second'], chain: 2, after: silence - 1, beating: true },
  { between: ['beatRoot', 'timer', 'second'], chain: 2, after: silence - 1, beating: true },
  { between: ['sweeper', 'renewMiddle', 'second'], chain: 2, after: 239 },
];

/** Any two of these have at least so many orders that differ: fewer, and the search has gone blind. */
const fewest = 3;

let total = 0;
afterAll(() => console.info(`delegation: ${total} orders of calls in ${meetings.length} races`));

describe('in whatever order their calls happen, answers, records and IAM agree', () => {
  test.each(meetings.map((meeting) => [nameOf(meeting), meeting] as const))('%s', async (_, meeting) => {
    const orders = await everyOrder(() => race(meeting));
    total += orders;
    expect(orders).toBeGreaterThanOrEqual(fewest);
  });
});

function nameOf({ between, chain = 1, after = 10 }: Meeting): string {
  return `${between.join(' and ')}, ${after} s after a chain of ${chain} was made`;
}
