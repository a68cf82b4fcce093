import { awsGrantOf } from '../../core/grant.ts';
import type { Lease } from '../../core/lease.ts';
import type { LeaseState } from '../../core/lease-states.ts';
import { scopeKey } from '../../core/revocation.ts';
import { scope } from '../../core/scope.ts';
import { judgedState } from '../../core/standing.ts';
import { standingOf } from '../../core/use-cases/read-lease.ts';
import type { Shown } from './people.ts';
import type { World } from './world.ts';

/** The state of a lease as everybody must see it now. */
export async function stateOf({ books, sim }: World, id: string): Promise<LeaseState> {
  const lease = await leaseOf({ books }, id);
  return judgedState(lease, await standingOf(books, lease), sim.now());
}

/** A lease as it is on record. */
export async function leaseOf({ books }: Pick<World, 'books'>, id: string): Promise<Lease> {
  const lease = await books.leases.find(id);
  if (!lease) throw new Error(`no lease ${id}`);
  return lease;
}

/**
 * What is not as it must be once everything has settled: credentials that work though their lease is dead, unless it is on record that
 * their release gave way to others, and
 * the newest credentials of a living lease that do not.
 */
export async function contradictions(world: World, shown: readonly Shown[]): Promise<string[]> {
  const found: string[] = [];
  const now = world.sim.now();
  for (const { session, lease } of shown) {
    const state = await stateOf(world, lease);
    const works = world.aws.works(session, now);
    const isOver = now >= session.expiration || now >= session.deadline;
    const left = awsGrantOf(await leaseOf(world, lease)).enforcement === 'left_to_expiry';
    if (works && state !== 'active' && !left)
      found.push(`${session.accessKeyId} of ${lease} works, which is ${state}`);
    if (!works && state === 'active' && !isOver)
      found.push(`${session.accessKeyId} of ${lease} is refused, which is active`);
  }
  return found;
}

/** Rungs of the ladder that are on record and of which nobody was told. */
export function unreported({ books, incidents }: World): string[] {
  const told = new Set(
    incidents.flatMap((incident) => {
      if (incident.kind === 'collapse') return incident.agents.map(scope.agent);
      if (incident.kind === 'left_to_expiry') return incident.leases;
      return incident.kind === 'next_generation' ? [`${incident.role} ${incident.gen}`] : [];
    }),
  );
  const collapsed = books.revocations
    .all()
    .flatMap(({ by, scope: revoked }) =>
      by === 'revoker' && revoked.kind === 'agent' ? [scopeKey(revoked)] : [],
    );
  const left = books.leases.all().flatMap((lease) => (awsGrantOf(lease).enforcement ? [lease.id] : []));
  const generations = books.revocations
    .all()
    .flatMap(({ scope: revoked, gen }) => (revoked.kind === 'shard' ? [`${revoked.role} ${gen}`] : []));
  return [...collapsed, ...left, ...generations].filter((rung) => !told.has(rung));
}
