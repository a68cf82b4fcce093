import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { takeTurn } from './turn.ts';

/** Milliseconds that the server waits for a session to be gone. */
const sessionPatience = 2_000;

/** Large objects that are removed in one transaction: each takes a lock, of which a server has some thousands. */
export const unlinkedAtOnce = 1_000;

/** Lets nobody sign in with the role any more. Fails with 42704 where there is none. */
export function closeRole(role: string): string[] {
  return [`ALTER ROLE ${quoteIdentifier(role)} NOLOGIN CONNECTION LIMIT 0 PASSWORD NULL`];
}

/** Whether the role is there, once all who are at one are done: the last result has a row then. Gives up what failed before. */
export function findRole(role: string): string[] {
  return [
    'ROLLBACK',
    'BEGIN',
    takeTurn,
    'COMMIT',
    `SELECT FROM pg_roles WHERE rolname = ${quoteLiteral(role)}`,
  ];
}

/** Ends the role's sessions and waits for them; the last result's row says how many are `open` still. */
export function endSessions(role: string): string[] {
  const sessions = `FROM pg_stat_activity WHERE usename = ${quoteLiteral(role)}`;
  return [
    `SELECT pg_terminate_backend(pid) ${sessions}`,
    `SELECT pg_terminate_backend(pid, ${sessionPatience}) ${sessions}`,
    // Within a transaction the view shows what it showed first.
    'SELECT pg_stat_clear_snapshot()',
    `SELECT count(*)::int AS open ${sessions}`,
  ];
}

/**
 * Removes large objects of the role, which anybody may make, {@link unlinkedAtOnce} at most; the last result's row says
 * how many were `unlinked`.
 */
export function unlinkObjects(role: string): string[] {
  return [
    `SELECT count(lo_unlink(oid))::int AS unlinked FROM (SELECT m.oid FROM pg_largeobject_metadata m JOIN pg_roles r ON r.oid = m.lomowner WHERE r.rolname = ${quoteLiteral(role)} LIMIT ${unlinkedAtOnce}) AS objects`,
  ];
}

/** Takes away what the broker granted to the role in this database, and drops what it owns. */
export function disown(role: string): string[] {
  return ['BEGIN', takeTurn, `DROP OWNED BY ${quoteIdentifier(role)}`, 'COMMIT'];
}

/** Drops the role; what had slipped in before it was closed is ended first. The last but two results are of {@link endSessions}. */
export function dropRole(role: string): string[] {
  return ['BEGIN', takeTurn, ...endSessions(role), `DROP ROLE ${quoteIdentifier(role)}`, 'COMMIT'];
}

/** The roles that this user of the database has made, by `rolname`. */
export function listRoles(): string[] {
  return [
    `SELECT rolname FROM pg_roles r WHERE EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles a ON a.oid = m.member WHERE m.roleid = r.oid AND m.admin_option AND a.rolname = current_user) ORDER BY rolname`,
  ];
}
