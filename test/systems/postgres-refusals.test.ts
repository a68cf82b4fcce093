import { beforeAll, describe, expect, it } from 'vitest';
import { type Agent, codeFrom, postgresWorld, signedIn } from './postgres-world.ts';

const world = postgresWorld();
let agent: Agent;
beforeAll(async () => {
  agent = await world.agent();
  // Somebody whom it could end.
  await world.agent();
});
const denied = '42501';

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
