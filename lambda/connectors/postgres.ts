import type { GrantOf } from '../../core/grant.ts';
import type { Lease } from '../../core/lease.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import type { DatabaseSystem, Systems } from '../../core/policy/schema-systems.ts';
import { databaseGrants } from '../../core/postgres/database-grants.ts';
import { problemOf } from '../../core/postgres/excess.ts';
import { leaseRole } from '../../core/postgres/lease-role.ts';
import { makeRole, type RolePlan, remakeRole } from '../../core/postgres/making.ts';
import { type EpochSeconds, toIso } from '../../core/time.ts';
import type { EndingConnector, Granting, Made } from '../../core/use-cases/connector.ts';
import type { Secrets } from '../aws/secrets.ts';
import { type AsAdmin, asAdmin } from './postgres-admin.ts';
import { endRole } from './postgres-ending.ts';
import { codeOf, DatabaseFault } from './postgres-faults.ts';
import { dropOrphans, type IsAlive } from './postgres-orphans.ts';
import { type Connect, openSession, type Session } from './postgres-session.ts';
import { randomPassword, scramVerifier } from './postgres-verifier.ts';

/** What the connector stands on; without `connect` it is PostgreSQL itself. */
export type PostgresParts = {
  readonly systems: Pick<Systems, 'databases'>;
  readonly secrets: Secrets;
  readonly connect?: Connect;
  /** A new password each time, in characters of base64url. */
  readonly newPassword?: () => string;
};

/** Login roles of leases in PostgreSQL databases; set up as `docs/postgres.md` says. */
export type PostgresConnector = EndingConnector<'postgres'> & {
  /**
   * Ends the roles of leases that are not alive, of all databases, and answers their names. `isAlive` is asked after the
   * roles were read. Throws when one could not be ended, after all were tried.
   */
  dropOrphans(isAlive: IsAlive): Promise<string[]>;
};

/** Makes and ends the grants of kind `postgres`: two round trips to make one, or three when it is there; four to end it. */
export function postgresConnector({
  systems: { databases },
  secrets,
  connect = openSession,
  newPassword = randomPassword,
}: PostgresParts): PostgresConnector {
  refuseAlike(Object.keys(databases));
  const admin = asAdmin(databases, secrets, connect);
  return {
    kind: 'postgres',
    mint: (granting, policy, now) => mint(admin, newPassword(), granting, policy, now),
    end: async ({ lease, grant }) => {
      const role = roleOf(lease, grant);
      await admin(grant.name, (session) => endRole(session, role, grant.name));
    },
    dropOrphans: (isAlive) => dropOrphans(admin, Object.keys(databases), isAlive),
  };
}

/** Two names of which the roles of leases would be the same. */
function refuseAlike(names: readonly string[]): void {
  if (new Set(names.map((name) => name.replaceAll('-', '_'))).size < names.length)
    throw new Error('two databases of systems.yaml differ in - and _ only');
}

/** The role that the grant must name: another one is nobody's to make or to end. */
function roleOf({ id }: Lease, { name, user, iam }: GrantOf<'postgres'>): string {
  if (iam || user !== leaseRole(id, name))
    throw new DatabaseFault(name, 'the grant names no role of its lease');
  return user;
}

async function mint(
  admin: AsAdmin,
  password: string,
  { lease, grant }: Granting<'postgres'>,
  policy: ContextPolicy,
  now: EpochSeconds,
): Promise<Made<'postgres'>> {
  const role = roleOf(lease, grant);
  if (now >= lease.deadline) throw new DatabaseFault(grant.name, 'the lease has ended');
  const granted = databaseGrants(policy, grant.capabilities, grant.name);
  const verifier = await scramVerifier(password);
  const system = await admin(grant.name, async (session, system) => {
    await made(
      session,
      { role, verifier, until: lease.deadline, ...granted, database: system.database },
      grant.name,
    );
    return system;
  });
  return { credential: { ...reachedAt(system), user: role, password, expiration: toIso(lease.deadline) } };
}

function reachedAt({ host, port, database, tls }: DatabaseSystem) {
  return { host, port, database, tls };
}

/** Makes the role, or makes it again, and lets it be only where it has exactly its grants. */
async function made(session: Session, plan: RolePlan, database: string): Promise<void> {
  const results = await session.run(makeRole(plan)).catch((error: unknown) => {
    // 23505 where somebody else was making it at the same moment.
    if (!['42710', '23505'].includes(codeOf(error) ?? '')) throw error;
    return session.run(remakeRole(plan));
  });
  const problem = problemOf(results.at(-1)?.[0]);
  if (problem) throw new DatabaseFault(database, problem);
  await session.run(['COMMIT']);
}
