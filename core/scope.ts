import type { Caller } from './identity.ts';
import type { Lease } from './lease.ts';
import { type PersonIdentity, personKey } from './person.ts';

/**
 * What can be revoked or kept out as a whole, as the key of its record. `chain` is a lease with everything that
 * was delegated from it; `task` all leases of one type for a task of this name.
 */
export type Scope = string;

/** The keys of scopes, one function each, so that no two can be spelled alike. */
export const scope = {
  everybody: 'everybody' as Scope,
  type: (agentType: string): Scope => `type#${agentType}`,
  agent: (id: string): Scope => `agent#${id}`,
  principal: (principal: string): Scope => `principal#${principal}`,
  key: (jkt: string): Scope => `key#${jkt}`,
  task: (agentType: string, name: string): Scope => `task#${agentType}#${name}`,
  chain: (leaseId: string): Scope => `chain#${leaseId}`,
  user: (person: PersonIdentity): Scope => `user#${personKey(person)}`,
} as const;

/** What of a lease says under which scopes it falls. */
export type Scoped = Pick<
  Lease,
  'id' | 'agent' | 'agent_type' | 'principal' | 'beside' | 'jkt' | 'task' | 'user' | 'ancestors'
>;

/** Everything that an agent's lease falls under, with what the leases fall under that it was delegated from. */
export function scopesOf(lease: Scoped): Scope[] {
  return [
    ...scopesOfAgent(lease),
    scope.task(lease.agent_type, lease.task.name),
    scope.chain(lease.id),
    ...(lease.user ? [scope.user(lease.user)] : []),
    ...lease.ancestors.flatMap(({ lease: id, agent, task }) => [
      scope.agent(agent),
      scope.task(lease.agent_type, task),
      scope.chain(id),
    ]),
  ];
}

/** The tags of all agents behind a lease: its own, and those it was delegated by. */
export function agentTags({ agent, ancestors }: Pick<Lease, 'agent' | 'ancestors'>): string[] {
  return [agent, ...ancestors.map((each) => each.agent)].map(agentTag);
}

/** Everything that an agent falls under before it has a lease. */
export function scopesOfAgent(
  agent: Pick<Lease, 'agent' | 'agent_type' | 'principal' | 'beside' | 'jkt'>,
): Scope[] {
  const { agent_type, principal, beside = [], jkt } = agent;
  return [
    scope.everybody,
    scope.type(agent_type),
    scope.agent(agent.agent),
    ...[principal, ...beside].map(scope.principal),
    scope.key(jkt),
  ];
}

/** Everything that a caller falls under who is not yet an agent. */
export function scopesOfCaller({ roleId }: Pick<Caller, 'roleId'>): Scope[] {
  return [scope.everybody, scope.principal(roleId)];
}

/** The tag value of an agent: the last part of its id, as sessions carry it. */
export function agentTag(agent: string): string {
  return agent.split('/').at(-1) ?? '';
}

/** What every agent's id looks like; its one group is the agent type. */
export const agentPattern = /^spiffe:\/\/[a-z0-9._-]{1,255}\/agent\/([a-z][a-z0-9_]{0,31})\/[a-z2-7]{26}$/;

/** The agent type that an agent's id names; undefined for what is no agent's id. */
export function typeOfAgent(agent: string): string | undefined {
  return agentPattern.exec(agent)?.[1];
}
