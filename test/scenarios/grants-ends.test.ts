import { describe, expect, test } from 'vitest';
import { leaseRole } from '../../core/postgres/lease-role.ts';
import { newApprovers } from '../approver.ts';
import { delegated } from './delegation-chain.ts';
import {
  alive,
  checking,
  connected,
  databaseOf,
  dead,
  type Granted,
  granted,
  leftIn,
  nothing,
  rolesIn,
  rowsIn,
  signingIn,
  worthOf,
} from './granted.ts';
import { capabilities, grantingBroker, heartbeat, wholeTask } from './granting.ts';

const on = grantingBroker({ schedules: false, report: console.error });

/** Seconds of the lease that ends at its deadline before its agent would have to be heard from. */
const brief = 30;

const ends: readonly [string, (granted: Granted) => Promise<unknown>, seconds?: number][] = [
  ['its release', ({ agent, lease }) => agent.release(lease.id)],
  ['its deadline', async () => on.broker.advance(brief * 1.2 + 1), brief],
  ['the silence of its agent', async () => on.broker.advance(2 * heartbeat + 1), 700],
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

/** Whether a message calls a function that ends grants. */
const callsForAnEnd = (queue: string) => /postgres|oauth/i.test(queue);

describe('an end', () => {
  test('whose messages are lost is found by the sweeper', async () => {
    const found = on.broker.onMessage(({ queue }) => (callsForAnEnd(queue) ? 'lost' : undefined));
    const all = await inUse();
    await all.agent.release(all.lease.id);
    await on.broker.settled();
    found();
    expect(await worthOf(on, all)).toEqual({ ...dead, postgres: true, oauth: true });
    await on.broker.runSchedules();
    await on.broker.settled();
    await all.closed;
    expect(await leftIn(on.systems)).toEqual(nothing);
    expect(await endedOf(all.lease.id)).toBe(2);
  }, 60_000);

  test('whose messages come twice is the same end, and other leases stay', async () => {
    const [all, other] = [await inUse(), await inUse()];
    const once = on.broker.onMessage(({ queue }) => (callsForAnEnd(queue) ? 'twice' : undefined));
    const revoked = () => on.systems.oauth.requests.filter((each) => each === 'POST /revoke').length;
    const before = revoked();
    await all.agent.release(all.lease.id);
    await on.broker.settled();
    once();
    expect(revoked() - before).toBeGreaterThan(0);
    expect(await worthOf(on, all)).toEqual(dead);
    expect(await worthOf(on, other)).toEqual(alive);
    expect((await other.session.query('SELECT name FROM crm.customers')).rowCount).toBe(1);
    await other.agent.release(other.lease.id);
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
  }, 60_000);

  test('is no quarantine: that keeps new things out, calls by the broker too, and ends nothing', async () => {
    const all = await inUse();
    await on.operator.quarantine({ agent: all.lease.agent });
    await on.broker.settled();
    expect(await worthOf(on, all)).toEqual({ ...alive, proxy: false });
    await on.operator.quarantine({ agent: all.lease.agent }, { lift: true });
    expect(await worthOf(on, all)).toEqual(alive);
    await all.agent.release(all.lease.id);
    await on.broker.settled();
  }, 60_000);
});

/** A lease over everything, one below it and one below that. */
async function threeLevels() {
  const root = await inUse();
  const [first, second] = [await on.agent(), await on.agent()];
  const child = await delegated(on.broker, root, { agent: first, capabilities });
  const grandchild = await delegated(on.broker, child, { agent: second, capabilities });
  return { root, child, grandchild };
}

describe('what is delegated', () => {
  test('has a role and tokens of its own, and ends with all above it', async () => {
    const { root, child, grandchild } = await threeLevels();
    const all = [root, child, grandchild];
    expect(new Set(all.map((each) => databaseOf(each).user)).size).toBe(3);
    expect(new Set(all.map(({ credentials }) => credentials.oauth?.['check_vat']?.access_token)).size).toBe(
      3,
    );
    for (const each of all) expect(await worthOf(on, each)).toEqual(alive);
    await root.agent.release(root.lease.id);
    await on.broker.settled();
    await root.closed;
    expect(await leftIn(on.systems)).toEqual(nothing);
    for (const each of all) expect(await worthOf(on, each)).toEqual(dead);
  }, 90_000);

  test('ends without what is above it', async () => {
    const { root, child, grandchild } = await threeLevels();
    await on.operator.revoke({ lease: child.lease.id });
    await on.broker.settled();
    for (const each of [child, grandchild]) expect(await worthOf(on, each)).toEqual(dead);
    expect(await worthOf(on, root)).toEqual(alive);
    await root.agent.release(root.lease.id);
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
  }, 90_000);

  test('and collects in the moment in which the lease above ends gets nothing, and nothing is left', async () => {
    const { root, child } = await threeLevels();
    const released = Promise.withResolvers<void>();
    let held = 0;
    const stop = on.broker.intercept(async ({ service, role }, phase) => {
      if (service !== 'lambda' || phase === 'after' || !role.includes('Issuance')) return undefined;
      if (++held === 1) released.resolve(endingOf(root));
      await released.promise;
      return undefined;
    });
    await expect(child.agent.collect(child.lease.id)).rejects.toMatchObject({ status: 409 });
    stop();
    expect(held).toBeGreaterThan(0);
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
  }, 90_000);
});

async function endingOf({ agent, lease }: Granted): Promise<void> {
  await agent.release(lease.id);
  await on.broker.settled();
}

/** Until when a lease's role may sign in, as the server has it. */
async function validUntil(user: string): Promise<number> {
  const sql = `SELECT extract(epoch FROM rolvaliduntil)::int AS until FROM pg_roles WHERE rolname = '${user}'`;
  const [row] = await rowsIn<{ until: number }>(on.systems, sql);
  return row?.until ?? 0;
}

describe('new credentials of a lease', () => {
  test('live until the new deadline; of the old ones sessions stay, tokens too, and all go together', async () => {
    const all = await inUse();
    const old = databaseOf(all);
    expect(await validUntil(old.user)).toBe(Date.parse(all.lease.deadline) / 1_000);
    on.broker.advance(60);
    const renewed = { ...(await all.agent.renew(all.lease.id, 120)), agent: all.agent };
    expect(Date.parse(renewed.lease.deadline)).toBeGreaterThan(Date.parse(all.lease.deadline));
    expect(await validUntil(old.user)).toBe(Date.parse(renewed.lease.deadline) / 1_000);
    expect(databaseOf(renewed).user).toBe(old.user);
    expect(await signingIn(old)).toBe('28P01');
    expect((await all.session.query('SELECT name FROM crm.customers')).rowCount).toBe(1);
    expect(await worthOf(on, renewed)).toEqual(alive);
    expect(await checking(on.systems, all.credentials.oauth?.['check_vat']?.access_token)).toBe(200);
    expect(await leftIn(on.systems)).toMatchObject({ tokens: 2 });
    await all.agent.release(all.lease.id);
    await on.broker.settled();
    await all.closed;
    expect(await leftIn(on.systems)).toEqual(nothing);
    expect(await worthOf(on, renewed)).toEqual(dead);
  }, 60_000);

  test('of some capabilities are of no others, whose old ones stay', async () => {
    const all = await inUse();
    const collected = await all.agent.collect(all.lease.id, ['check_vat']);
    expect(Object.keys(collected.credentials)).toEqual(['oauth']);
    expect(await worthOf(on, all)).toEqual(alive);
    await all.agent.release(all.lease.id);
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
  }, 60_000);

  test('that one system does not give are not there, and the lease is, until it is asked again', async () => {
    const all = await inUse();
    on.systems.oauth.misbehave('/token', 'down');
    await expect(all.agent.collect(all.lease.id)).rejects.toMatchObject({
      status: 503,
      problem: { retry: 'same_key' },
    });
    on.systems.oauth.misbehave('/token');
    const collected = { ...(await all.agent.collect(all.lease.id)), agent: all.agent };
    expect(await worthOf(on, collected)).toEqual(alive);
    await all.agent.release(all.lease.id);
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
  }, 60_000);

  test('are the first ones where people had to approve: before that nothing is made', async () => {
    const agent = await on.agent();
    const before = on.systems.oauth.tokens().length;
    const { lease: pending, credentials } = await agent.ask(wholeTask(undefined, 120, 'umbrella'));
    expect([pending.state, credentials]).toEqual(['pending', undefined]);
    expect(await leftIn(on.systems)).toEqual(nothing);
    expect(on.systems.oauth.tokens()).toHaveLength(before);
    const request_hash = pending.approval?.request_hash;
    const decided = await newApprovers(on.broker).ask('POST', `/v1/leases/${pending.id}/approval`, {
      decision: 'approve',
      request_hash,
    });
    expect(decided.status).toBe(200);
    expect(await leftIn(on.systems)).toEqual(nothing);
    const all = { ...(await agent.collect(pending.id)), agent };
    expect(await worthOf(on, all)).toEqual(alive);
    await agent.release(pending.id);
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
  }, 60_000);
});

describe('a role that no lease accounts for', () => {
  test('is dropped within the hour, and that of a living lease stays', async () => {
    const all = await inUse();
    const { username, password } = JSON.parse(on.secrets.get('crm')?.text ?? '');
    const admin = await connected({ ...databaseOf(all), user: username, password });
    const orphan = leaseRole('L-ORPHANORPHANORPH', 'crm');
    await admin.query(`CREATE ROLE ${orphan} LOGIN`);
    await admin.query(`GRANT ${orphan} TO CURRENT_USER WITH INHERIT TRUE, SET FALSE`);
    await admin.end();
    expect(await rolesIn(on.systems)).toContain(orphan);
    await on.broker.runSchedules();
    await on.broker.settled();
    expect(await rolesIn(on.systems)).toEqual([databaseOf(all).user]);
    expect(await worthOf(on, all)).toEqual(alive);
    await all.agent.release(all.lease.id);
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
  }, 60_000);
});
