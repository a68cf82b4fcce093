import { describe, expect, test } from 'vitest';
import {
  alive,
  connected,
  databaseOf,
  dead,
  type Granted,
  granted,
  leftIn,
  nothing,
  worthOf,
} from './granted.ts';
import { grantingBroker } from './granting.ts';

const on = grantingBroker({ schedules: false, report: console.error });

/** Seconds of the lease that ends at its deadline before its agent would have to be heard from. */
const brief = 30;

const ends: readonly [string, (granted: Granted) => Promise<unknown>, seconds?: number][] = [
  ['its release', ({ agent, lease }) => agent.release(lease.id)],
  ['its deadline', async () => on.broker.advance(brief * 1.2 + 1), brief],
  ['the silence of its agent', async () => on.broker.advance(121), 600],
  ['its revocation', ({ lease }) => on.operator.revoke({ lease: lease.id })],
  ['the revocation of its chain', ({ lease }) => on.operator.revoke({ chain: lease.id })],
  ['the revocation of its agent', ({ lease }) => on.operator.revoke({ agent: lease.agent })],
  [
    'the revocation of its task',
    ({ lease: { agent_type, task } }) => on.operator.revoke({ task: { agent_type, name: task.name } }),
  ],
  [
    'the revocation of its type',
    ({ lease: { agent_type } }) => on.operator.revoke({ agent_type }, { confirm: agent_type }),
  ],
  [
    'the revocation of what was issued before a time',
    ({ lease: { agent_type, issued_at } }) => {
      const issued_before = new Date(Date.parse(issued_at) + 1_000).toISOString();
      on.broker.advance(2);
      return on.operator.revoke({ agent_type }, { confirm: agent_type, issued_before });
    },
  ],
];

/** How many of a lease's grants stand as ended on record. */
async function endedOf(id: string): Promise<number> {
  return (await on.operator.lease(id)).grants.filter(({ ended_at }) => ended_at !== undefined).length;
}

/** A lease over everything with a session in its database, and the end of that session. */
async function inUse(seconds?: number) {
  const all = await granted(on, undefined, seconds);
  const session = await connected(databaseOf(all));
  const closed = new Promise((resolve) => session.once('end', resolve));
  return { ...all, session, closed };
}

describe('a lease over everything', () => {
  test.each(ends)(
    'dies as a whole by %s, and nothing is left',
    async (_, end, seconds) => {
      const all = await inUse(seconds);
      expect(await worthOf(on, all)).toEqual(alive);
      await end(all);
      await on.broker.settled();
      await all.closed;
      expect(await worthOf(on, all)).toEqual(dead);
      expect(await leftIn(on.systems)).toEqual(nothing);
      expect(await endedOf(all.lease.id)).toBe(2);
    },
    90_000,
  );
});
