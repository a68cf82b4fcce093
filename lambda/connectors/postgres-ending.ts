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

/**
 * Ends a login role, be it there in full, in part or not at all: in four round trips, or two where there is none. First
 * nobody signs in any more, then the sessions end, then all that it was granted and owns goes, then itself.
 */
export async function endRole(session: Session, role: string, database: string): Promise<void> {
  // Whoever is making it at this moment is waited for.
  if (!(await closed(session, role)) && !((await wasMade(session, role)) && (await closed(session, role))))
    return;
  const open = await endedSessions(session, role);
  await unlessMissing(session.run(disown(role)));
  // What it was granted is gone in any case; what is open still is told to somebody.
  if (open > 0) throw new DatabaseFault(database, 'a session of a lease does not end');
  const last = await unlessMissing(session.run(dropRole(role)));
  if (last && numberIn(last.at(-3), 'open') > 0)
    throw new DatabaseFault(database, 'a session of a lease does not end, and may do nothing');
}

/** Whether the role is there, and closed. */
async function closed(session: Session, role: string): Promise<boolean> {
  try {
    return (await unlessMissing(session.run(closeRole(role)))) !== undefined;
  } catch (error) {
    // Somebody else changed it at this moment ("tuple concurrently updated").
    if (codeOf(error) !== 'XX000') throw error;
    return (await unlessMissing(session.run(closeRole(role)))) !== undefined;
  }
}

async function wasMade(session: Session, role: string): Promise<boolean> {
  return (await session.run(findRole(role))).at(-1)?.length !== 0;
}

/** How many sessions are open still; large objects go in the same round trip. */
async function endedSessions(session: Session, role: string): Promise<number> {
  const first = await session.run([...endSessions(role), ...unlinkObjects(role)]);
  let unlinked = numberIn(first.at(-1), 'unlinked');
  for (let i = 1; unlinked === unlinkedAtOnce && i < mostUnlinking; i += 1)
    unlinked = numberIn((await session.run(unlinkObjects(role))).at(-1), 'unlinked');
  return numberIn(first.at(-2), 'open');
}

/** None where the role is not there any more. */
async function unlessMissing(running: Promise<readonly Rows[]>): Promise<readonly Rows[] | undefined> {
  try {
    return await running;
  } catch (error) {
    if (codeOf(error) === '42704') return undefined;
    throw error;
  }
}

function numberIn(rows: Rows | undefined, column: string): number {
  const value = rows?.[0]?.[column];
  if (typeof value !== 'number') throw new Error('an answer without the number that was asked for');
  return value;
}
