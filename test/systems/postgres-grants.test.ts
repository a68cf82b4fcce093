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
