import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import type { DatabaseUser, LocalPostgres } from './postgres.ts';

/** Whether it is set up as a superuser can, or as far as RDS lets its master user. */
export type SetUpAs = 'superuser' | 'owner';

/** The parts of `docs/postgres.md` that are SQL, in their order: server, database, schema, and what superusers add. */
export type SetUp = {
  readonly server: string;
  readonly database: string;
  readonly schema: string;
  readonly superuser: string;
};

/** Reads the set-up out of the page that owners of databases follow; throws where it has other parts. */
export function setUpOf(page: string): SetUp {
  const blocks = [...page.matchAll(/^```sql( superuser)?\n(.*?)^```$/gms)].map(([, , sql = '']) => sql);
  const [server, database, schema, superuser, ...more] = blocks;
  if (!server || !database || !schema || !superuser || more.length > 0)
    throw new Error('the page has four blocks of SQL');
  return { server, database, schema, superuser };
}

/** Follows the page for a new server and answers the broker's own user, who is in no database yet. */
export async function setUpServer(server: LocalPostgres, setUp: SetUp): Promise<DatabaseUser> {
  const password = randomBytes(24).toString('base64url');
  await runSql(server, 'postgres', setUp.server);
  // As `\\password` of psql keeps it out of the server's log.
  await runSql(server, 'postgres', "SET log_statement = 'none'", `ALTER ROLE mayfly PASSWORD '${password}'`);
  return { user: 'mayfly', password };
}

/** A database to make: `sql` makes its schema and what is in it. */
export type NewDatabase = { readonly database: string; readonly schema: string; readonly sql: string };

/** Makes a database as its owner would, and follows the page for it. */
export async function makeDatabase(
  server: LocalPostgres,
  setUp: SetUp,
  { database, schema, sql }: NewDatabase,
  as: SetUpAs = 'superuser',
): Promise<void> {
  const filled = (block: string) =>
    block
      .replaceAll(':"database"', escapeIdentifier(database))
      .replaceAll(':"schema"', escapeIdentifier(schema));
  await runSql(server, 'postgres', `CREATE DATABASE ${escapeIdentifier(database)}`);
  await runSql(server, database, sql);
  await runSql(server, database, filled(setUp.database));
  await runSql(server, database, filled(setUp.schema));
  if (as === 'superuser') await runSql(server, database, setUp.superuser);
}

/** Runs SQL in a database as the superuser, one after the other. */
export async function runSql(
  { host, port, superuser }: LocalPostgres,
  database: string,
  ...sql: readonly string[]
): Promise<void> {
  const client = new Client({ host, port, database, ...superuser });
  await client.connect();
  try {
    for (const each of sql) await client.query(each);
  } finally {
    await client.end();
  }
}
