import type { QuarantineRequest } from '../protocol/requests.ts';
import { confirmed, known } from '../revocation.ts';
import { type Scope, scope, typeOfAgent } from '../scope.ts';
import type { EpochSeconds } from '../time.ts';
import type { Controls } from './end-lease.ts';

/**
 * Keeps a scope out, or lets it in again; doing either twice changes nothing. Throws `invalid_request` for a type
 * that no policy knows, and for a whole type or everybody without `confirm`.
 */
export async function quarantine(
  { controls, agentTypes }: { readonly controls: Controls; readonly agentTypes: readonly string[] },
  request: QuarantineRequest,
  by: string,
  at: EpochSeconds,
): Promise<{ readonly scope: Scope; readonly state: 'quarantined' | 'lifted' }> {
  const kept = quarantinedScope(request, agentTypes);
  if (request.lift) {
    await controls.lift(kept, at);
    return { scope: kept, state: 'lifted' };
  }
  await controls.quarantine(kept, { at, by, reason: request.reason });
  return { scope: kept, state: 'quarantined' };
}

function quarantinedScope(
  { scope: asked, confirm, lift }: QuarantineRequest,
  agentTypes: readonly string[],
): Scope {
  if (asked.agent !== undefined) {
    known(typeOfAgent(asked.agent) ?? '', agentTypes, 'scope.agent');
    return scope.agent(asked.agent);
  }
  if (asked.principal !== undefined) return scope.principal(asked.principal);
  if (asked.key !== undefined) return scope.key(asked.key);
  if (asked.user !== undefined) return scope.user(asked.user);
  if (asked.agent_type !== undefined) {
    known(asked.agent_type, agentTypes, 'scope.agent_type');
    if (!lift) confirmed(confirm, asked.agent_type);
    return scope.type(asked.agent_type);
  }
  if (!lift) confirmed(confirm, scope.everybody);
  return scope.everybody;
}
