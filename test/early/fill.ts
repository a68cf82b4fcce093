import { agentId, leaseId } from '../../core/identity.ts';
import type { EndCause } from '../../core/transitions.ts';
import { agentType } from './people.ts';
import type { World } from './world.ts';

/**
 * Leases like the one that is there, straight into the books: so many that asking for each would take minutes. They are
 * of as many agents as it takes for none to have more than `each`. Answers their ids.
 */
export async function fill({ books }: Pick<World, 'books'>, like: string, count: number, each: number) {
  const model = await books.leases.find(like);
  if (!model) throw new Error(`no lease ${like}`);
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const jkt = `key of ${Math.floor(i / each)}`;
    const id = leaseId(model.role_id, jkt, `filling ${i}`);
    const agent = agentId('mayfly.local', agentType, model.role_id, jkt);
    const lease = { ...model, id, jkt, agent, attempt: id, state: 'issuing' } as const;
    await books.leases.reserve(lease);
    await books.leases.activate({ ...lease, state: 'active' });
    ids.push(id);
  }
  return ids;
}

/** Ends leases on record, as their agents or an operator would. */
export async function endAll(
  { books, sim }: Pick<World, 'books' | 'sim'>,
  ids: readonly string[],
  cause: EndCause,
) {
  for (const id of ids) {
    const lease = await books.leases.find(id);
    if (lease) await books.leases.end(lease, { at: sim.now(), cause, by: 'test' });
  }
}
