import { describe, expect, it } from 'vitest';
import { openSession } from '../../lambda/connectors/postgres-session.ts';
import {
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
    const owner = await signedIn({ ...world.server, ...world.server.superuser, database: 'crm' });
    // What happens to whoever drops them all at once; what that locked is free with the next answer.
    expect(await codeFrom(owner.query(`DROP OWNED BY ${agent.credential.user}`))).toBe('53200');
    await owner.query('SELECT 1');
    await owner.end();
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
