import { listRoles } from '../../core/postgres/ending.ts';
import { leaseOfRole } from '../../core/postgres/lease-role.ts';
import type { AsAdmin } from './postgres-admin.ts';
import { endRole } from './postgres-ending.ts';
import { DatabaseFault } from './postgres-faults.ts';

/** Which of these leases, by id, still need what they were granted. */
export type IsAlive = (leases: readonly string[]) => Promise<ReadonlySet<string>>;

/**
 * Ends the roles of leases that are not alive, in every database, and answers their names. Throws when one could not be
 * ended, after all were tried.
 */
export async function dropOrphans(
  admin: AsAdmin,
  databases: readonly string[],
  isAlive: IsAlive,
): Promise<string[]> {
  const ended = await Promise.allSettled(databases.map((name) => orphansOf(admin, name, isAlive)));
  const failed = ended.filter(({ status }) => status === 'rejected').length;
  if (failed > 0) throw new Error(`roles that no lease needs could not be dropped in ${failed} databases`);
  return ended.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
}

/** Roles are read before leases: one that is there by then belongs to a lease that was written before it. */
async function orphansOf(admin: AsAdmin, database: string, isAlive: IsAlive): Promise<string[]> {
  const roles = await admin(database, async (session) => (await session.run(listRoles())).at(-1) ?? []);
  const made = roles.flatMap(({ rolname }) => {
    const lease = leaseOfRole(String(rolname), database);
    return lease ? [{ role: String(rolname), lease }] : [];
  });
  if (made.length === 0) return [];
  const alive = await isAlive(made.map(({ lease }) => lease));
  const orphans = made.filter(({ lease }) => !alive.has(lease)).map(({ role }) => role);
  return endEach(admin, database, orphans);
}

async function endEach(admin: AsAdmin, database: string, roles: readonly string[]): Promise<string[]> {
  const ends = await Promise.allSettled(
    roles.map((role) => admin(database, (session) => endRole(session, role, database)).then(() => role)),
  );
  if (ends.some(({ status }) => status === 'rejected'))
    throw new DatabaseFault(database, 'a role that no lease needs could not be dropped');
  return ends.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
}
