import { BrokerError } from './broker-error.ts';
import { type Decision, decide } from './decide.ts';
import type { Task } from './lease.ts';
import { validateParameters } from './parameters.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { LeaseRequest } from './protocol/requests.ts';

/**
 * Judges a task by the policies of now. Throws `invalid_request` for what the policy does not know,
 * `access_denied` with reasons for what it denies.
 */
export function judge(
  policies: readonly ContextPolicy[],
  agentType: string,
  asked: LeaseRequest['task'] | Task,
): { readonly policy: ContextPolicy; readonly task: Task; readonly decision: Decision } {
  const policy = policies.find(({ agent_type }) => agent_type === agentType);
  if (!policy) throw new BrokerError('access_denied', 'no policy is deployed for this agent type any more');
  const task = checkedTask(policy, asked);
  return { policy, task, decision: allowed(decide(policy, task.capabilities, task.parameters)) };
}

function checkedTask(policy: ContextPolicy, task: LeaseRequest['task'] | Task): Task {
  const unknown = task.capabilities.findIndex((name) => !Object.hasOwn(policy.capabilities, name));
  if (unknown >= 0) {
    throw new BrokerError('invalid_request', 'the policy has no such capability', {
      path: `task.capabilities[${unknown}]`,
    });
  }
  const checked = validateParameters(policy, task.capabilities, task.parameters);
  if ('problem' in checked)
    throw new BrokerError('invalid_request', checked.problem.message, { path: checked.problem.path });
  return { ...task, parameters: checked.values };
}

function allowed(decision: Decision): Decision {
  if (decision.outcome === 'allow') return decision;
  const reasons = decision.reasons.filter(({ effect }) => effect === 'deny');
  throw new BrokerError('access_denied', `denied by ${reasons.map(({ rule }) => rule).join(', ')}`, {
    reasons,
  });
}
