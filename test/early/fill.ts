import { agentId, leaseId } from '../../core/identity.ts';
import { grantRoleOf, type Lease } from '../../core/lease.ts';
import { grantRoleArn } from '../../core/plan.ts';
import { sessionTags } from '../../core/session-tags.ts';
import type { EndCause } from '../../core/transitions.ts';
import { planning } from '../core/invoices.ts';
import type { Session } from './memory-aws.ts';
import { agentType } from './people.ts';
import type { World } from './world.ts';

/**
 * Leases like the one that is there, straight into the books: so many that asking for each would take minutes. They are
 * of as many agents as it takes for none to have more than `each`.
 */
export async function fill(
  { books, shards }: Pick<World, 'books' | 'shards'>,
  like: string,
  count: number,
  each: number,
): Promise<Lease[]> {
  const model = await books.leases.find(like);
  if (!model) throw new Error(`no lease ${like}`);
  const filled = Array.from({ length: count }, (_, i) => likeness(model, shards, i, Math.floor(i / each)));
  for (const lease of filled) {
    await books.leases.reserve({ ...lease, state: 'issuing' });
    await books.leases.activate(lease);
  }
  return filled;
}

function likeness(model: Lease, shards: number, nth: number, nthAgent: number): Lease {
  const jkt = `key of ${nthAgent}`;
  const id = leaseId(model.principal, jkt, `filling ${nth}`);
  const agent = agentId('mayfly.local', agentType, model.principal, jkt);
  const role_arn = grantRoleArn(agentType, id, { ...planning.roles, shards });
  const grants = model.grants.map((grant) => ({ ...grant, role_arn }));
  return { ...model, id, jkt, agent, grants, attempt: id, state: 'active' };
}

/** Ends leases on record, as their agents or an operator would. */
export async function endAll(
  { books, sim }: Pick<World, 'books' | 'sim'>,
  leases: readonly Lease[],
  cause: EndCause,
): Promise<void> {
  for (const lease of leases) await books.leases.end(lease, { at: sim.now(), cause, by: 'test' });
}

/** The session that such a lease has. */
export function sessionFor(lease: Lease): Session {
  return {
    accessKeyId: `of ${lease.id}`,
    role: grantRoleOf(lease),
    sourceIdentity: lease.id,
    tags: sessionTags(lease, lease.agent_type),
    issuedAt: lease.minted_at,
    expiration: lease.credential_until,
    deadline: lease.deadline,
  };
}
