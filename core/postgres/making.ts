import { type EpochSeconds, toIso } from '../time.ts';
import type { DatabaseGrants } from './database-grants.ts';
import { excessColumns } from './excess.ts';
import { type CheckedGrant, checkGrant, grantSql, heldConditions } from './privileges.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { takeTurn } from './turn.ts';

/** A login role that is to be there, and all that it may do. */
export type RolePlan = DatabaseGrants & {
  readonly role: string;
  /** Of its password, as {@link isVerifier} wants it: the password itself never reaches the server. */
  readonly verifier: string;
  /** The second from which nobody signs in with it. */
  readonly until: EpochSeconds;
  /** The database as the server names it. */
  readonly database: string;
};

const most = 10;
const base64 = '[A-Za-z0-9+/]{43}=';
const verifierShape = new RegExp(`^SCRAM-SHA-256\\$4096:[A-Za-z0-9+/]{22}==\\$${base64}:${base64}$`);

/** Whether this is a SCRAM-SHA-256 verifier of 16 bytes of salt; the server would take anything else for a password. */
export function isVerifier(text: string): boolean {
  return verifierShape.test(text);
}

/**
 * Makes the role in a transaction that is still open then; the last result says what came of it, as `core/postgres/excess.ts`
 * reads it. Fails with 42710 where the role is there already.
 */
export function makeRole(plan: RolePlan): string[] {
  const role = quoteIdentifier(plan.role);
  return [
    ...begin,
    `CREATE ROLE ${role} ${attributes} ${termsOf(plan)}`,
    // To end its sessions and drop what it owns: without SET, nobody becomes it.
    `GRANT ${role} TO CURRENT_USER WITH INHERIT TRUE, SET FALSE`,
    ...grantAll(plan),
  ];
}

/**
 * Makes the role again that is there: with another password, and exactly these grants. As {@link makeRole}, where a first
 * transaction failed.
 */
export function remakeRole(plan: RolePlan): string[] {
  const role = quoteIdentifier(plan.role);
  return [
    'ROLLBACK',
    ...begin,
    // One that is being ended stays closed, and is refused by what the last statement says.
    `ALTER ROLE ${role} ${termsOf(plan)}`,
    `DROP OWNED BY ${role}`,
    ...grantAll(plan),
  ];
}

/** Where somebody locks a table, a GRANT on it waits, and all who wait for their turn with it. */
const begin = ['BEGIN', takeTurn, "SET LOCAL lock_timeout = '1s'"];

const attributes = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT';

/** What may change for a role that is there; the rest only a superuser changes. */
function termsOf({ connections, until, verifier }: RolePlan): string {
  if (!Number.isInteger(connections) || connections < 1 || connections > most || !isVerifier(verifier))
    throw new RangeError('a role without a limit of connections, or without a verifier');
  return [
    `CONNECTION LIMIT ${connections}`,
    `VALID UNTIL ${quoteLiteral(toIso(until))}`,
    `PASSWORD ${quoteLiteral(verifier)}`,
  ].join(' ');
}

function grantAll({ role, database, grants }: RolePlan): string[] {
  const checked = grants.map(checkGrant);
  if (checked.length === 0) throw new RangeError('a role that may do nothing');
  const to = `TO ${quoteIdentifier(role)}`;
  return [
    `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} ${to}`,
    ...schemasOf(checked).map((schema) => `GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} ${to}`),
    ...checked.map((grant) => grantSql(grant, role)),
    `SELECT ${heldBy(role, database, checked)} AS held, ${excessColumns(role)}`,
  ];
}

function heldBy(role: string, database: string, checked: readonly CheckedGrant[]): string {
  const who = quoteLiteral(role);
  return [
    `has_database_privilege(${who}, ${quoteLiteral(database)}, 'CONNECT')`,
    ...schemasOf(checked).map((schema) => `has_schema_privilege(${who}, ${quoteLiteral(schema)}, 'USAGE')`),
    ...checked.flatMap((grant) => heldConditions(grant, role)),
  ].join(' AND ');
}

function schemasOf(checked: readonly CheckedGrant[]): string[] {
  return [...new Set(checked.map(({ schema }) => schema))];
}
