import { BrokerError } from './broker-error.ts';
import { deploymentMaximum } from './lifetime.ts';
import type { RevocationRequest } from './protocol/requests.ts';
import { type Scope, scope, typeOfAgent } from './scope.ts';
import { type EpochSeconds, epochSeconds } from './time.ts';

/** What a revocation ends. */
export type RevokedScope =
  | { readonly kind: 'lease'; readonly lease: string }
  | { readonly kind: 'chain'; readonly lease: string }
  | { readonly kind: 'agent'; readonly agent: string; readonly agent_type: string }
  | { readonly kind: 'task'; readonly agent_type: string; readonly name: string }
  | { readonly kind: 'type'; readonly agent_type: string }
  | { readonly kind: 'issued_before'; readonly agent_type: string; readonly before: EpochSeconds }
  /** All leases of one grant role; only the revoker's last resort. */
  | { readonly kind: 'shard'; readonly role: string };

/** A revocation as it is recorded before anything is done about it, so that whoever finds it can go on. */
export type Revocation = {
  /** `R-…`. */
  readonly id: string;
  readonly scope: RevokedScope;
  readonly at: EpochSeconds;
  readonly by: string;
  readonly reason: string;
  /** The generation that shards are raised to, where a whole type or shard is revoked. */
  readonly gen?: number;
};

/** Seconds for which a revocation is carried out again, since an index may show a lease late. */
export const revocationRepeats = 60;

/**
 * The scope that a request names. Throws `invalid_request` for a type that no policy knows, a time to come or too
 * long ago for any lease to be alive, a `confirm` that is absent or names something else.
 */
export function revokedScope(
  { scope: asked, issued_before, confirm }: RevocationRequest,
  agentTypes: readonly string[],
  now: EpochSeconds,
): RevokedScope {
  if (issued_before !== undefined && asked.agent_type === undefined)
    throw fault('only with the scope agent_type', 'issued_before');
  if (asked.lease !== undefined) return { kind: 'lease', lease: asked.lease };
  if (asked.chain !== undefined) return { kind: 'chain', lease: asked.chain };
  if (asked.agent !== undefined) {
    const agent_type = typeOfAgent(asked.agent) ?? '';
    known(agent_type, agentTypes, 'scope.agent');
    return { kind: 'agent', agent: asked.agent, agent_type };
  }
  if (asked.task !== undefined) {
    known(asked.task.agent_type, agentTypes, 'scope.task.agent_type');
    return { kind: 'task', ...asked.task };
  }
  const agent_type = asked.agent_type ?? '';
  known(agent_type, agentTypes, 'scope.agent_type');
  confirmed(confirm, agent_type);
  return issued_before === undefined
    ? { kind: 'type', agent_type }
    : { kind: 'issued_before', agent_type, before: past(issued_before, now) };
}

/** Throws `invalid_request` unless `confirm` names what a wide step is about. */
export function confirmed(confirm: string | undefined, wanted: string): void {
  if (confirm === wanted) return;
  throw fault(`this concerns all of ${wanted}: say so with "confirm": "${wanted}"`, 'confirm');
}

/** Throws `invalid_request` for a type that no policy knows. */
export function known(agentType: string, agentTypes: readonly string[], path: string): void {
  if (!agentTypes.includes(agentType)) throw fault('no policy is deployed for this agent type', path);
}

/** No lease that was issued before the oldest time that is taken can be alive. */
function past(moment: string, now: EpochSeconds): EpochSeconds {
  const seconds = Math.floor(Date.parse(moment) / 1000);
  if (seconds > now)
    throw fault('a time that has passed: what is not issued yet cannot be revoked', 'issued_before');
  if (seconds < now - deploymentMaximum)
    throw fault(
      `a time of the last ${deploymentMaximum} seconds: what was issued before has ended`,
      'issued_before',
    );
  return epochSeconds(seconds);
}

function fault(detail: string, path: string): BrokerError {
  return new BrokerError('invalid_request', detail, { path });
}

/** The key of what is revoked, as records and answers show it. */
export function scopeKey(revoked: RevokedScope): Scope {
  switch (revoked.kind) {
    case 'lease':
      return `lease#${revoked.lease}`;
    case 'chain':
      return scope.chain(revoked.lease);
    case 'agent':
      return scope.agent(revoked.agent);
    case 'task':
      return scope.task(revoked.agent_type, revoked.name);
    case 'type':
    case 'issued_before':
      return scope.type(revoked.agent_type);
    case 'shard':
      return `shard#${revoked.role}`;
  }
}
