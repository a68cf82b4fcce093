import type { Lease } from './lease.ts';
import { agentTags } from './scope.ts';

/** Tag keys of every session. The trust policies of grant roles admit exactly these. */
export const sessionTagKeys = ['mayfly:agents', 'mayfly:type', 'mayfly:gen', 'mayfly:chain'] as const;

/**
 * The tags of a lease's sessions, by which they can be denied together. `agents` holds its own agent and those it was
 * delegated by, `chain` the leases it was delegated from: each with colons between, so that one pattern finds either
 * in a whole subtree.
 */
export function sessionTags(
  lease: Pick<Lease, 'agent' | 'gen' | 'ancestors'>,
  agentType: string,
): Readonly<Partial<Record<(typeof sessionTagKeys)[number], string>>> {
  return {
    'mayfly:agents': agentTags(lease).join(':'),
    'mayfly:type': agentType,
    'mayfly:gen': String(lease.gen),
    ...(lease.ancestors.length > 0 && {
      'mayfly:chain': lease.ancestors.map((each) => each.lease).join(':'),
    }),
  };
}

/** The pattern that finds an agent, or a lease, in such a tag: ids are of one length and alphabet, so none is part of another. */
export function inTag(id: string): string {
  return `*${id}*`;
}
