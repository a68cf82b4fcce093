import {
  closeRole,
  disown,
  dropRole,
  endSessions,
  findRole,
  unlinkedAtOnce,
  unlinkObjects,
} from '../../core/postgres/ending.ts';
import { codeOf, DatabaseFault } from './postgres-faults.ts';
import type { Rows, Session } from './postgres-session.ts';

/** Round trips for the large objects of one role, a thousand each; a next attempt goes on. */
const mostUnlinking = 50;

/** Attempts of a statement where others end the same role at the same moment. */
const mostAttempts = 5;

/**
 * Ends a login role, be it there in full, in part or not at all: in four round trips, or two where there is none. First
 * nobody signs in any more, then the sessions end, then all that it was granted and owns goes, then itself.
 */
export async function endRole(session: Session, role: string, database: string): Promise<void> {
  const close = () => unlessMissing(session, role, closeRole(role));
  // Whoever is making it at this moment is waited for.
  if (!(await close()) && !((await isThere(session, role)) && (await close()))) return;
  const open = await endedSessions(session, role);
  if (!(await unlessMissing(session, role, disown(role)))) return;
  // What it was granted is gone in any case; what is open still is told to somebody.
  if (open > 0) throw new DatabaseFault(database, 'a session of a lease does not end');
  const last = await unlessMissing(session, role, dropRole(role));
  if (last && numberIn(last.at(-3), 'open') > 0)
    throw new DatabaseFault(database, 'a session of a lease does not end, and may do nothing');
}

async function isThere(session: Session, role: string): Promise<boolean> {
  return (await session.run(findRole(role))).at(-1)?.length !== 0;
}

/**
 * What the statements answer; none where the role is not there any more. Where somebody else changed it at the same moment
 * ("tuple concurrently updated"), their turn is waited for.
 */
async function unlessMissing(
  session: Session,
  role: string,
  statements: readonly string[],
  attempts = mostAttempts,
): Promise<readonly Rows[] | undefined> {
  try {
    return await session.run(statements);
  } catch (error) {
    const code = codeOf(error);
    if (code === '42704') return undefined;
    if (code !== 'XX000' || attempts <= 1) throw error;
    return (await isThere(session, role))
      ? unlessMissing(session, role, statements, attempts - 1)
      : undefined;
  }
}

/** How many sessions are open still; large objects go in the same round trip. */
async function endedSessions(session: Session, role: string): Promise<number> {
  const first = await session.run([...endSessions(role), ...unlinkObjects(role)]);
  let unlinked = numberIn(first.at(-1), 'unlinked');
  for (let i = 1; unlinked === unlinkedAtOnce && i < mostUnlinking; i += 1)
    unlinked = numberIn((await session.run(unlinkObjects(role))).at(-1), 'unlinked');
  return numberIn(first.at(-2), 'open');
}

function numberIn(rows: Rows | undefined, column: string): number {
  const value = rows?.[0]?.[column];
  if (typeof value !== 'number') throw new Error('an answer without the number that was asked for');
  return value;
}
