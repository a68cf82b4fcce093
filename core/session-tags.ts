import type { Lease } from './lease.ts';
import { agentTag } from './scope.ts';

/** Tag keys of every session: agent, type, generation. The trust policies of grant roles admit exactly these. */
export const sessionTagKeys = ['mayfly:agent', 'mayfly:type', 'mayfly:gen'] as const;

/** The tags of a lease's sessions, by which they can be denied together. */
export function sessionTags(
  { agent, gen }: Pick<Lease, 'agent' | 'gen'>,
  agentType: string,
): Readonly<Record<(typeof sessionTagKeys)[number], string>> {
  return { 'mayfly:agent': agentTag(agent), 'mayfly:type': agentType, 'mayfly:gen': String(gen) };
}
