import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresConnector } from '../../lambda/connectors/postgres.ts';
import { type LocalPostgres, startPostgres } from '../../local/systems/postgres.ts';
import { runSql } from '../../local/systems/postgres-setup.ts';
import { capabilities, codeFrom, grantingOf, now, policyWith, setUp, signedIn } from './postgres-world.ts';

let server: LocalPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const master = { user: 'master', password: 'the-password-of-the-owner' };
const filled = (sql: string) => sql.replaceAll(/:"(database|schema)"/g, 'crm');

/** As RDS makes a server: its master user owns the databases that are there, and is no superuser. */
async function likeRds(): Promise<void> {
  await runSql(
    server,
    'postgres',
    `CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD '${master.password}'`,
    'ALTER DATABASE postgres OWNER TO master',
    'ALTER DATABASE template1 OWNER TO master',
  );
}

async function asMaster(database: string, ...sql: readonly string[]): Promise<void> {
  const client = new Client({ host: server.host, port: server.port, database, ...master });
  await client.connect();
  for (const each of sql) await client.query(each);
  await client.end();
}

describe('the set-up, run by an owner who is no superuser', () => {
  it('is enough for leases to be made and ended', async () => {
    await likeRds();
    await asMaster(
      'postgres',
      setUp.server,
      `ALTER ROLE mayfly PASSWORD 'the-broker'`,
      'CREATE DATABASE crm',
    );
    await asMaster(
      'crm',
      'CREATE SCHEMA crm; CREATE TABLE crm.customers (id int, name text, vat_id text, secret text)',
      filled(setUp.database),
      filled(setUp.schema),
    );
    const { host, port } = server;
    const connector = postgresConnector({
      systems: { databases: { crm: { host, port, database: 'crm', secret: 'arn', tls: 'off' } } },
      secrets: { read: async () => JSON.stringify({ username: 'mayfly', password: 'the-broker' }) },
    });
    const granting = grantingOf(['read_customer']);
    const { credential } = await connector.mint(granting, policyWith(capabilities), now());
    const client = await signedIn(credential);
    expect(await codeFrom(client.query('SELECT id FROM crm.customers'))).toBe('none');
    expect(await codeFrom(client.query('SELECT secret FROM crm.customers'))).toBe('42501');
    await connector.end(granting);
    expect(await codeFrom(signedIn(credential))).toBe('28P01');
    await client.end().catch(() => {});
  });
});
