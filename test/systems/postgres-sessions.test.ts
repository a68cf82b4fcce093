import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { type Agent, codeFrom, postgresWorld, signedIn } from './postgres-world.ts';

const world = postgresWorld({}, 'owner');
const nothing = { sessions: 0, roles: 0 };

/** Resolves when the agent sees its connection end. */
function endOf({ client }: Agent): Promise<void> {
  return new Promise((resolve) => client.once('end', () => resolve()));
}

/** Ends the grant; nothing is left, as the server and the agent see it. */
async function ended(agent: Agent): Promise<void> {
  const gone = endOf(agent);
  await world.connector().end(agent.granting);
  expect(await world.left(agent.credential.user)).toEqual(nothing);
  await gone;
}

/** Waits until the server sees the agent in a statement that holds these words. */
async function untilRuns(agent: Agent, words: string): Promise<void> {
  const sql = `SELECT FROM pg_stat_activity WHERE usename = '${agent.credential.user}' AND state <> 'idle' AND query LIKE '%${words}%'`;
  while ((await world.rows(sql)).length === 0);
}

const prepare: readonly (readonly [string, string])[] = [
  ['is idle', 'SELECT 1'],
  ['holds a lock on a table', 'BEGIN; LOCK TABLE crm.orders IN ACCESS EXCLUSIVE MODE'],
  ['has changed a row in a transaction', 'BEGIN; UPDATE crm.orders SET amount = amount + 1'],
  ['has a prepared statement', 'PREPARE mine AS SELECT * FROM crm.orders'],
  ['has an open cursor', 'BEGIN; DECLARE mine CURSOR FOR SELECT * FROM crm.orders'],
  [
    'has a cursor that outlives its transaction',
    'DECLARE mine CURSOR WITH HOLD FOR SELECT * FROM crm.orders',
  ],
  ['is in a transaction that failed', 'BEGIN; SELECT 1/0'],
  ['holds an advisory lock', 'SELECT pg_advisory_lock(4711)'],
  ['waits for notices', 'LISTEN anything'],
  ['has large objects', "SELECT lo_create(0), lo_from_bytea(0, 'left behind')"],
];

describe('a session of a lease that ends', () => {
  it.each(prepare)('is gone, and what it held is free, when it %s', async (_, sql) => {
    const agent = await world.agent();
    await agent.client.query(sql).catch(() => {});
    await ended(agent);
    expect(await codeFrom(agent.client.query('SELECT 1'))).not.toBe('none');
    await world.rows("SET lock_timeout = '1s'; BEGIN; LOCK TABLE crm.orders; COMMIT");
  });

  const swallows = `DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`;
  it.each([
    ['sleeps in a long query', 'SELECT pg_sleep(600)', 'pg_sleep'],
    ['swallows that it is cancelled', swallows, 'query_canceled'],
    ['counts without end', 'SELECT count(*) FROM generate_series(1, 1000000000000)', 'generate_series'],
    ['sorts without end', 'SELECT g FROM generate_series(1, 1000000000) g ORDER BY g DESC', 'ORDER BY'],
  ])('is gone when it %s', async (_, sql, words) => {
    const agent = await world.agent();
    const running = codeFrom(agent.client.query(sql));
    await untilRuns(agent, words);
    await ended(agent);
    expect(await running).toBe('57P01');
  });

  it('is gone when it waits for a lock of somebody else', async () => {
    const [holder, agent] = [await world.agent(), await world.agent()];
    await holder.client.query('BEGIN; LOCK TABLE crm.orders IN ACCESS EXCLUSIVE MODE');
    const waiting = codeFrom(agent.client.query('SELECT * FROM crm.orders'));
    await untilRuns(agent, 'orders');
    await ended(agent);
    expect(await waiting).toBe('57P01');
    expect(await codeFrom(holder.client.query('SELECT count(*) FROM crm.orders'))).toBe('none');
    await world.connector().end(holder.granting);
  });

  it('is gone when it does not read what it asked for', async () => {
    const agent = await world.agent();
    const { stream } = (agent.client as Client & { connection: { stream: NodeJS.ReadableStream } })
      .connection;
    void agent.client.query("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)").catch(() => {});
    stream.pause();
    await untilRuns(agent, 'repeat');
    await world.connector().end(agent.granting);
    expect(await world.left(agent.credential.user)).toEqual(nothing);
  });

  it('cannot be opened again', async () => {
    const agent = await world.agent();
    await world.connector().end(agent.granting);
    expect(await codeFrom(signedIn(agent.credential))).toBe('28P01');
  });

  it('is gone with all others, however many connect while it ends', async () => {
    const agent = await world.agent();
    let [over, tries, signIns] = [false, 0, 0];
    const storm = Array.from({ length: 6 }, async () => {
      while (!over || tries < 30) {
        tries += 1;
        await signedIn(agent.credential).then(
          () => (signIns += 1),
          () => {},
        );
      }
    });
    while (signIns === 0) await world.rows('SELECT 1');
    await world.connector().end(agent.granting);
    expect(await world.left(agent.credential.user)).toEqual(nothing);
    over = true;
    await Promise.all(storm);
    expect(signIns).toBeGreaterThan(0);
    expect(
      await world.rows('SELECT pid FROM pg_stat_activity WHERE usesysid NOT IN (SELECT oid FROM pg_roles)'),
    ).toEqual([]);
  });
});
