import { beforeAll, describe, expect, it } from 'vitest';
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

const world = postgresWorld();
let agent: Agent;
beforeAll(async () => {
  agent = await world.agent();
  // Somebody whom it could end.
  await world.agent();
});
const denied = '42501';

describe('what was granted', () => {
  it.each([
    ['columns', 'SELECT id, name, vat_id FROM crm.customers'],
    ['a table', 'SELECT * FROM crm.orders'],
    ['rows to insert', 'INSERT INTO crm.orders (customer, amount) VALUES (2, 7)'],
    ['rows to change', 'UPDATE crm.orders SET amount = 8 WHERE customer = 2'],
    ['rows to delete', 'DELETE FROM crm.orders WHERE customer = 2'],
  ])('works: %s', async (_, sql) => {
    expect((await agent.client.query(sql)).rowCount).toBeGreaterThan(0);
  });

  it('is said with the address, and with the deadline of the lease', () => {
    const { host, port } = world.server;
    expect(agent.credential).toMatchObject({ host, port, database: 'crm', tls: 'off' });
    expect(agent.credential.user).toBe(agent.granting.grant.user);
    expect(Date.parse(agent.credential.expiration) / 1_000).toBe(agent.granting.lease.deadline);
  });
});

const refused: readonly (readonly [string, string, string?])[] = [
  ['a column that was not granted', 'SELECT secret FROM crm.customers'],
  ['all columns where some were granted', 'SELECT * FROM crm.customers'],
  ['a whole row by another way', 'SELECT customers FROM crm.customers'],
  ['writing where reading was granted', "UPDATE crm.customers SET name = 'x'"],
  ['locking rows of what may only be read', 'SELECT id FROM crm.customers FOR UPDATE'],
  ['emptying a table', 'TRUNCATE crm.orders'],
  ['another table of the schema', 'SELECT * FROM crm.salaries'],
  ['another schema', 'SELECT * FROM ledger.entries'],
  ['the schema public', 'SELECT * FROM public.notes'],
  ['the turns of the broker', 'BEGIN; LOCK TABLE mayfly.turn IN ACCESS SHARE MODE'],
  ['a function that runs as its owner', 'SELECT crm.all_salaries()'],
  ['passwords', 'SELECT rolpassword FROM pg_authid'],
  ['passwords by their view', 'SELECT passwd FROM pg_shadow'],
  ['secrets of subscriptions', 'SELECT subconninfo FROM pg_subscription'],
  ['what large objects hold', 'SELECT * FROM pg_largeobject'],
  ['files by the catalog', 'SELECT * FROM pg_file_settings'],
  ['a table of its own', 'CREATE TABLE crm.mine (id int)'],
  ['a table in public', 'CREATE TABLE public.mine (id int)'],
  ['a temporary table', 'CREATE TEMP TABLE mine (id int)'],
  ['a view', 'CREATE VIEW crm.mine AS SELECT 1'],
  ['a schema', 'CREATE SCHEMA mine'],
  ['a function', "CREATE FUNCTION crm.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
  ['a function that is temporary', "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"],
  ['an extension', 'CREATE EXTENSION btree_gist'],
  ['a language', 'CREATE LANGUAGE plperlu'],
  ['a role', 'CREATE ROLE mine'],
  ['a database', 'CREATE DATABASE mine'],
  [
    'a trigger',
    'CREATE TRIGGER t BEFORE INSERT ON crm.orders EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  ],
  ['an index', 'CREATE INDEX ON crm.orders (amount)'],
  ['a column more', 'ALTER TABLE crm.orders ADD COLUMN mine int'],
  [
    'an event trigger',
    'CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  ],
  ['a publication', 'CREATE PUBLICATION mine FOR TABLE crm.orders'],
  ['a large object', 'SELECT lo_create(0)'],
  ['a large object with something in it', "SELECT lo_from_bytea(0, 'x')"],
  ['a program', "COPY crm.orders TO PROGRAM 'id'"],
  ['a program that writes', "COPY crm.orders FROM PROGRAM 'id'"],
  ['a file to write', "COPY crm.orders TO '/tmp/mayfly-copied'"],
  ['a file to read', "SELECT pg_read_file('/etc/passwd')"],
  ['folders', "SELECT pg_ls_dir('/')"],
  ['a file as a large object', "SELECT lo_import('/etc/passwd')"],
  ['becoming the broker', 'SET ROLE mayfly'],
  ['becoming the superuser', 'SET ROLE postgres'],
  ['becoming the broker for the session', 'SET SESSION AUTHORIZATION mayfly'],
  ['becoming the superuser for the session', 'SET LOCAL SESSION AUTHORIZATION postgres'],
  ['living longer', "ALTER ROLE CURRENT_USER VALID UNTIL 'infinity'"],
  ['more connections', 'ALTER ROLE CURRENT_USER CONNECTION LIMIT 50'],
  ['being a superuser', 'ALTER ROLE CURRENT_USER SUPERUSER'],
  ['making roles', 'ALTER ROLE CURRENT_USER CREATEROLE'],
  ['inheriting', 'ALTER ROLE CURRENT_USER INHERIT'],
  ['another name', 'ALTER ROLE CURRENT_USER RENAME TO mayfly_other', '42939'],
  ['settings of everybody', "ALTER ROLE ALL SET search_path = 'x'"],
  ['settings of the database', "ALTER DATABASE crm SET search_path = 'x'"],
  ['settings of the server', "ALTER SYSTEM SET port = '1'"],
  ['triggers left out', 'SET session_replication_role = replica'],
  ['being somebody’s member', 'GRANT mayfly TO CURRENT_USER'],
  ['everything that may be read', 'GRANT pg_read_all_data TO CURRENT_USER'],
  [
    'ending others',
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'mayfly%' AND usename <> current_user",
  ],
  [
    'cancelling the superuser',
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
  ],
  ['reloading the server', 'SELECT pg_reload_conf()'],
  ['a checkpoint', 'CHECKPOINT'],
  ['dropping a table', 'DROP TABLE crm.orders'],
  ['dropping itself', 'DROP ROLE CURRENT_USER'],
  ['dropping what the broker owns', 'DROP OWNED BY mayfly'],
  ['dropping its own rights for somebody', 'REASSIGN OWNED BY CURRENT_USER TO mayfly'],
  ['a prepared transaction', "BEGIN; PREPARE TRANSACTION 'mine'", '55000'],
];

describe('what was not granted', () => {
  it('is a long list', () => expect(refused.length).toBeGreaterThan(55));

  it.each(refused)('is refused: %s', async (...[, sql = '', code = denied]) => {
    const came = await codeFrom(agent.client.query(sql));
    await agent.client.query('ROLLBACK');
    expect(came).toBe(code);
  });

  it('is nothing to give on: the server warns, and nobody has it', async () => {
    await agent.client.query('GRANT SELECT ON crm.orders TO PUBLIC').catch(() => {});
    const [row] = await world.rows(
      `SELECT count(*)::int AS many FROM pg_class c, aclexplode(c.relacl) a WHERE c.relname = 'orders' AND a.grantee = 0`,
    );
    expect(row).toEqual({ many: 0 });
  });

  it.each(['postgres', 'template1', 'billing'])('is the database %s', async (database) => {
    expect(await codeFrom(signedIn({ ...agent.credential, database }))).toBe(denied);
  });

  it('is a connection more than the policy says', async () => {
    const more = [await signedIn(agent.credential), await signedIn(agent.credential)];
    expect(await codeFrom(signedIn(agent.credential))).toBe('53300');
    await Promise.all(more.map((client) => client.end()));
  });

  it('is another role that comes back from RESET ROLE', async () => {
    await agent.client.query('RESET ROLE; RESET SESSION AUTHORIZATION');
    const { rows } = await agent.client.query('SELECT session_user AS s, current_user AS c');
    expect(rows).toEqual([{ s: agent.credential.user, c: agent.credential.user }]);
  });
});

describe('the deadline', () => {
  it('is in the database: nobody signs in with the role from then on', async () => {
    const { lease, grant } = grantingOf();
    const past = { ...lease, deadline: (now() - 60) as typeof lease.deadline };
    const policy = policyWith(capabilities);
    const { credential } = await world
      .connector()
      .mint({ lease: past, grant }, policy, (past.deadline - 10) as never);
    expect(await codeFrom(signedIn(credential))).toBe('28P01');
  });

  it('is not put off by a password that the agent chooses, which the server allows', async () => {
    const granting = grantingOf();
    const { client, credential } = await world.agent(granting);
    await client.query("ALTER ROLE CURRENT_USER PASSWORD 'another-one'");
    const [row] = await world.rows(
      `SELECT extract(epoch FROM rolvaliduntil)::int AS until, rolconnlimit AS most FROM pg_roles WHERE rolname = '${credential.user}'`,
    );
    expect(row).toEqual({ until: granting.lease.deadline, most: 3 });
  });

  it('refuses a mint after it', async () => {
    const { lease, grant } = grantingOf([], 0);
    const mint = world.connector().mint({ lease, grant }, policyWith(capabilities), lease.deadline);
    await expect(mint).rejects.toThrow('the database crm: the lease has ended');
  });
});

describe('what everybody may do', () => {
  it.each([
    [
      'to connect elsewhere',
      'GRANT CONNECT ON DATABASE billing TO PUBLIC',
      'REVOKE CONNECT ON DATABASE billing FROM PUBLIC',
      'other databases',
    ],
    [
      'to make temporary tables',
      'GRANT TEMPORARY ON DATABASE crm TO PUBLIC',
      'REVOKE TEMPORARY ON DATABASE crm FROM PUBLIC',
      'temporary tables',
    ],
    [
      'to create in a schema',
      'GRANT CREATE ON SCHEMA public TO PUBLIC',
      'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
      'create objects',
    ],
    [
      'to call a function as its owner',
      'GRANT EXECUTE ON FUNCTION crm.all_salaries() TO PUBLIC',
      'REVOKE EXECUTE ON FUNCTION crm.all_salaries() FROM PUBLIC',
      'SECURITY DEFINER',
    ],
  ])('is no lease’s: no role is made while PUBLIC has %s', async (_, open, close, words) => {
    const granting = grantingOf();
    await world.rows(open);
    try {
      await expect(world.agent(granting)).rejects.toThrow(words);
    } finally {
      await world.rows(close);
    }
    expect(await world.left(granting.grant.user)).toEqual({ sessions: 0, roles: 0 });
  });

  it('is a lease’s too, where it harms nobody for longer than the lease: notices and advisory locks', async () => {
    const { client, granting } = await world.agent();
    await client.query("LISTEN anything; NOTIFY anything, 'x'; SELECT pg_advisory_lock(1)");
    await world.connector().end(granting);
    expect(await world.rows('SELECT pg_try_advisory_lock(1) AS free')).toEqual([{ free: true }]);
  });
});

describe('a policy that gives more than the broker has', () => {
  it.each([
    ['a table without the grant option', 'ledger.entries'],
    ['a table that is not there', 'crm.missing'],
  ])('makes no role: %s', async (_, on) => {
    const granting = grantingOf(['more']);
    const policy = policyWith({
      more: { postgres: { database: 'crm', connections: 1, grants: [{ privileges: ['SELECT'], on }] } },
    });
    await expect(world.connector().mint(granting, policy, now())).rejects.toThrow(/^the database crm: /);
    expect(await world.left(granting.grant.user)).toEqual({ sessions: 0, roles: 0 });
  });

  it('makes no role with less than it says, of which the server only warns', async () => {
    await world.rows('REVOKE GRANT OPTION FOR UPDATE ON crm.orders FROM mayfly CASCADE');
    const granting = grantingOf();
    await expect(world.agent(granting)).rejects.toThrow('the broker may not grant what the policy says');
    await world.rows('GRANT UPDATE ON crm.orders TO mayfly WITH GRANT OPTION');
    expect(await world.left(granting.grant.user)).toEqual({ sessions: 0, roles: 0 });
  });
});

describe('a grant made again', () => {
  it('is the same role with a new password and only what the policy says now; the old password is dead', async () => {
    const { granting, credential } = await world.agent();
    const fewer = policyWith({ ...capabilities, write_orders: capabilities['read_customer'] as never });
    const again = await world.connector().mint(granting, fewer, now());
    expect(again.credential.user).toBe(credential.user);
    expect(await codeFrom(signedIn(credential))).toBe('28P01');
    const client = await signedIn(again.credential);
    expect(await codeFrom(client.query('SELECT id FROM crm.customers'))).toBe('none');
    expect(await codeFrom(client.query('SELECT * FROM crm.orders'))).toBe(denied);
    await client.end();
  });
});
