import { grantRoleOf, type Lease, wasMinted } from '../lease.ts';
import { deploymentMaximum } from '../lifetime.ts';
import { type GrantRoles, typeOfGrantRole } from '../plan.ts';
import type { Revocation, RevokedScope } from '../revocation.ts';
import { after, type EpochSeconds } from '../time.ts';
import { isTerminal, isTold } from '../transitions.ts';
import { callRevoker, endGrantsOf } from './end-lease.ts';
import { atOnce } from './in-turns.ts';
import type { Revoked, RevokingWorld } from './revoke.ts';

/** `scope_revoked` where IAM is told of all of them together. */
type RevokingCause = 'revoked' | 'scope_revoked';

/**
 * Ends page by page what is listed, newest first: a list may be longer than the time there is, the newest live longest,
 * and whoever goes on finds fewer to end. Throws for a scope that is not listed by type.
 */
export async function endListed(
  world: RevokingWorld,
  revocation: Revocation & { readonly scope: RevokedScope },
  before: EpochSeconds,
  meant: (lease: Lease) => boolean,
  cause: RevokingCause = 'revoked',
): Promise<Revoked> {
  const { scope: revoked } = revocation;
  const agentType = listedType(revoked, world.roles);
  const from = after(before, -deploymentMaximum);
  const roles = new Set<string>();
  let leases = 0;
  for await (const page of world.leases.ofType(agentType, from, before)) {
    const found = page.filter((lease) => !isTerminal(lease.state) && meant(lease)).map(({ id }) => id);
    const ended = await endAll(world, revocation, found, cause);
    leases += ended.leases;
    for (const role of ended.roles) roles.add(role);
  }
  return { leases, roles: [...roles] };
}

function listedType(revoked: RevokedScope, roles: GrantRoles): string {
  if ('agent_type' in revoked) return revoked.agent_type;
  if (revoked.kind === 'shard') return typeOfGrantRole(revoked.role, roles);
  throw new Error(`a ${revoked.kind} is not listed by type`);
}

/**
 * Ends these leases. A role hears once of all that ended together, as its record takes few writes a second; what failed
 * keeps no other from it, and is thrown at the end of its turn.
 */
export async function endAll(
  world: RevokingWorld,
  { at, by, reason }: Revocation,
  ids: readonly string[],
  cause: RevokingCause = 'revoked',
): Promise<Revoked> {
  const roles = new Set<string>();
  let leases = 0;
  const end = async (id: string): Promise<Lease[]> => {
    const lease = await world.leases.find(id);
    if (!lease) return [];
    if (await world.leases.end(lease, { at, cause, by, reason })) {
      await endGrantsOf(world, lease);
      return [lease];
    }
    // Collected at this moment: what was read had no credentials yet, and what is there now has.
    return wasMinted(lease) || isTerminal(lease.state) ? [] : end(id);
  };
  for (let i = 0; i < ids.length; i += atOnce) {
    const results = await Promise.allSettled(ids.slice(i, i + atOnce).map(end));
    const ended = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    for (const [role, those] of Map.groupBy(
      ended.filter((lease) => isTold(lease, cause)),
      grantRoleOf,
    )) {
      roles.add(role);
      await callRevoker(
        world,
        role,
        those.map(({ id }) => id),
      );
    }
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    leases += ended.length;
  }
  return { leases, roles: [...roles] };
}
