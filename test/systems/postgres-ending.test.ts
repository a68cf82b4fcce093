import { once } from 'node:events';
import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { openSession } from '../../lambda/connectors/postgres-session.ts';
import {
  type Agent,
  capabilities,
  codeFrom,
  grantingOf,
  now,
  policyWith,
  postgresWorld,
  signedIn,
} from './postgres-world.ts';

const world = postgresWorld({}, 'owner');
const nothing = { sessions: 0, roles: 0 };

/** Ends the grant while its agent does something, and says what the agent sees. */
async function endDuring(agent: Agent, doing: () => Promise<unknown>): Promise<string> {
  const gone = once(agent.client, 'end');
  const code = codeFrom(doing());
  await world.connector().end(agent.granting);
  expect(await world.left(agent.credential.user)).toEqual(nothing);
  await gone;
  return code;
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
    expect(await endDuring(agent, async () => once(agent.client, 'end'))).toBe('none');
    expect(await codeFrom(agent.client.query('SELECT 1'))).not.toBe('none');
    await world.rows(
      "SET lock_timeout = '1s'; LOCK TABLE crm.orders".replace('; ', '; BEGIN; ') + '; COMMIT',
    );
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
    expect(await endDuring(agent, () => running)).toBe('57P01');
  });

  it('is gone when it waits for a lock of somebody else', async () => {
    const [holder, agent] = [await world.agent(), await world.agent()];
    await holder.client.query('BEGIN; LOCK TABLE crm.orders IN ACCESS EXCLUSIVE MODE');
    const waiting = codeFrom(agent.client.query('SELECT * FROM crm.orders'));
    await untilRuns(agent, 'orders');
    expect(await endDuring(agent, () => waiting)).toBe('57P01');
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
    let [ended, tries, signIns] = [false, 0, 0];
    const storm = Array.from({ length: 6 }, async () => {
      while (!ended || tries < 30) {
        tries += 1;
        await signedIn(agent.credential).then(
          () => (signIns += 1),
          () => {},
        );
      }
    });
    await signedIn(agent.credential);
    await world.connector().end(agent.granting);
    expect(await world.left(agent.credential.user)).toEqual(nothing);
    ended = true;
    await Promise.all(storm);
    expect(signIns).toBeGreaterThan(0);
    expect(
      await world.rows('SELECT pid FROM pg_stat_activity WHERE usesysid NOT IN (SELECT oid FROM pg_roles)'),
    ).toEqual([]);
  });
});

describe('what a lease leaves behind', () => {
  it('is no row of the catalog: neither rights, members, settings nor large objects', async () => {
    const agent = await world.agent();
    await agent.client.query("ALTER ROLE CURRENT_USER SET work_mem = '1MB'; SELECT lo_create(0)");
    await world.connector().end(agent.granting);
    expect(
      await world.rows(`
        SELECT 'right' AS what FROM pg_class c, aclexplode(c.relacl) a WHERE a.grantee <> 0 AND a.grantee NOT IN (SELECT oid FROM pg_roles)
        UNION ALL SELECT 'member' FROM pg_auth_members WHERE roleid NOT IN (SELECT oid FROM pg_roles)
        UNION ALL SELECT 'setting' FROM pg_db_role_setting WHERE setrole <> 0 AND setrole NOT IN (SELECT oid FROM pg_roles)
        UNION ALL SELECT 'object' FROM pg_largeobject_metadata WHERE lomowner NOT IN (SELECT oid FROM pg_roles)
        UNION ALL SELECT 'dependency' FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid NOT IN (SELECT oid FROM pg_authid)`),
    ).toEqual([]);
  });

  it('is not more large objects than a server has locks', async () => {
    const agent = await world.agent();
    for (let i = 0; i < 3; i += 1)
      await agent.client.query('SELECT count(lo_create(0)) FROM generate_series(1, 5000)');
    const dropped = codeFrom(agent.client.query('DROP OWNED BY CURRENT_USER'));
    expect(await dropped).toBe('53200');
    await world.connector().end(agent.granting);
    expect(await world.left(agent.credential.user)).toEqual(nothing);
    expect(await world.rows('SELECT FROM pg_largeobject_metadata')).toEqual([]);
  });

  it('are its rows: they are the work that it was granted for', async () => {
    const agent = await world.agent();
    await agent.client.query('INSERT INTO crm.orders (customer, amount) VALUES (9, 99)');
    await world.connector().end(agent.granting);
    expect(await world.rows('SELECT amount FROM crm.orders WHERE customer = 9')).toEqual([{ amount: 99 }]);
  });

  it('is a closed role that may do nothing where an owner gave it something by hand; it goes once that is taken back', async () => {
    const agent = await world.agent();
    await world.rows(`GRANT SELECT ON crm.salaries TO ${agent.credential.user}`);
    const connector = world.connector();
    await expect(connector.end(agent.granting)).rejects.toThrow('somebody else gave something');
    expect(await world.left(agent.credential.user)).toEqual({ sessions: 0, roles: 1 });
    expect(await codeFrom(signedIn(agent.credential))).toBe('28P01');
    await world.rows(`REVOKE SELECT ON crm.salaries FROM ${agent.credential.user}`);
    await connector.end(agent.granting);
    expect(await world.left(agent.credential.user)).toEqual(nothing);
  });
});

describe('another lease', () => {
  it('works on while one ends, in its transaction too', async () => {
    const [one, other] = [await world.agent(), await world.agent()];
    await other.client.query('BEGIN; UPDATE crm.orders SET amount = amount + 1');
    await world.connector().end(one.granting);
    expect(await codeFrom(other.client.query('SELECT * FROM crm.orders'))).toBe('none');
    expect(await codeFrom(other.client.query('COMMIT'))).toBe('none');
  });

  it('that locks a table keeps nobody’s end waiting, and makes a mint fail in time instead of waiting', async () => {
    const [one, other] = [await world.agent(), await world.agent()];
    await other.client.query('BEGIN; LOCK TABLE crm.orders IN ACCESS EXCLUSIVE MODE');
    await world.connector().end(one.granting);
    expect(await world.left(one.credential.user)).toEqual(nothing);
    const late = grantingOf();
    const mint = world.connector().mint(late, policyWith(capabilities), now());
    await expect(mint).rejects.toThrow('a lock was not had in time');
    expect(await world.left(late.grant.user)).toEqual(nothing);
    await world.connector().end(other.granting);
  });
});

describe('roles that no lease needs', () => {
  it('are dropped: those that this broker made, in this database, of leases that are not alive', async () => {
    const [dead, alive] = [await world.agent(), await world.agent()];
    const billing = await world.agent(grantingOf(['of_billing'], 300, 'billing')).catch(() => undefined);
    expect(billing).toBeUndefined();
    await world.rows('CREATE ROLE mayfly_aaaaaaaaaaaaaaaa_crm; CREATE ROLE mayfly_other');
    const asked: string[] = [];
    const dropped = await world.connector().dropOrphans(async (leases) => {
      asked.push(...leases);
      return new Set(leases.filter((id) => id !== dead.granting.lease.id));
    });
    expect(dropped).toEqual([dead.credential.user]);
    expect(asked).not.toContain('L-AAAAAAAAAAAAAAAA');
    expect(await codeFrom(alive.client.query('SELECT 1'))).toBe('none');
    expect(await world.left(dead.credential.user)).toEqual(nothing);
  });

  it('are dropped in the other databases though one does not answer', async () => {
    const dead = await world.agent();
    const gone = { ...world.databases, aside: { ...Object(world.databases['crm']), database: 'aside' } };
    const connector = world.connector({ systems: { databases: gone } });
    await expect(connector.dropOrphans(async () => new Set())).rejects.toThrow('in 1 databases');
    expect(await world.left(dead.credential.user)).toEqual(nothing);
  });
});

describe('a database that is down', () => {
  const down = () =>
    world.connector({ connect: (database, signIn) => openSession({ ...database, port: 1 }, signIn) });

  it('is said at once, in our words', async () => {
    const granting = grantingOf();
    const words = 'the database crm: it did not answer as a database does';
    await expect(down().mint(granting, policyWith(capabilities), now())).rejects.toThrow(words);
    await expect(down().end(granting)).rejects.toThrow(words);
  });
});
