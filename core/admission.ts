import type { AttestationResult } from './attestation-result.ts';
import { callerMethods, methodsOf } from './attestation-terms.ts';
import { BrokerError } from './broker-error.ts';
import { type Caller, withoutPath } from './identity.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { Way } from './policy/schema-attestation.ts';
import { stillProven } from './still-proven.ts';

/** Which policies there are, and through which role agents without one of their own call; `none` where there is no such role. */
export type Admission = { readonly policies: readonly ContextPolicy[]; readonly entryRole: string };

/** The policies as whose agent this caller may attest. */
export function policiesFor({ policies, entryRole }: Admission, caller: Caller): ContextPolicy[] {
  const entered = caller.role === withoutPath(entryRole);
  return policies.filter(({ attestation }) =>
    attestation.any_of.some((way) => mayCome(way, caller, entered)),
  );
}

/** By its own role, where a way names it; through the entry role only by evidence that does not make the caller the agent. */
function mayCome(way: Way, caller: Caller, entered: boolean): boolean {
  if (entered) return !methodsOf(way).some((method) => callerMethods.has(method));
  return [way.aws_iam, way.aws_web_identity].some(
    (terms) => terms && withoutPath(terms.role) === caller.role,
  );
}

/** The policy by which this caller may attest as this type; throws `access_denied` when there is none. */
export function policyFor(admission: Admission, caller: Caller, agentType: string): ContextPolicy {
  const policy = policiesFor(admission, caller).find(({ agent_type }) => agent_type === agentType);
  if (policy) return policy;
  throw new BrokerError('access_denied', 'no policy lets this principal be an agent of this type', {
    path: 'agent_type',
  });
}

/** The policy of an attested agent as it is now; throws `access_denied` where what was proven will not do any more. */
export function policyOf(
  policies: readonly ContextPolicy[],
  result: AttestationResult,
  caller: Caller,
): ContextPolicy {
  const policy = policies.find(({ agent_type }) => agent_type === result.agent_type);
  if (policy && stillProven(policy.attestation, result, caller)) return policy;
  throw new BrokerError(
    'access_denied',
    'the policy of this agent type lets nobody be its agent by what was proven: attest again',
    { path: 'agent_type' },
  );
}
