import type { AttestationResult } from './attestation-result.ts';
import { BrokerError } from './broker-error.ts';
import { type Decision, decide } from './decide.ts';
import { leaseId } from './identity.ts';
import { deadlineGuarantee, type Lease, type Task } from './lease.ts';
import { lifetimeOf } from './lifetime.ts';
import { validateParameters } from './parameters.ts';
import { type AwsPlan, credentialUntil, type GrantRoles, planAws } from './plan.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { LeaseRequest } from './protocol/requests.ts';
import { after, type EpochSeconds } from './time.ts';

/** One request for a lease, its proof verified. */
export type LeaseOrder = {
  readonly attested: AttestationResult;
  readonly idempotencyKey: string;
  readonly request: LeaseRequest;
  readonly requestHash: string;
  /** `jti` of the DPoP proof. */
  readonly proof: string;
};

/**
 * The `issuing` lease that an order leads to, with the policy it was decided by. Throws `invalid_request` for
 * what the policy does not know, `access_denied` with reasons for what it denies.
 */
export function prepareLease(
  { attested, idempotencyKey, request, requestHash, proof }: LeaseOrder,
  policies: readonly ContextPolicy[],
  roles: GrantRoles,
  now: EpochSeconds,
): { readonly lease: Lease; readonly policy: ContextPolicy } {
  const policy = policies.find(({ agent_type }) => agent_type === attested.agent_type);
  if (!policy) throw new BrokerError('access_denied', 'no policy is deployed for this agent type any more');
  const task = checkedTask(policy, request);
  const decision = allowed(decide(policy, task.capabilities, task.parameters));
  const deadline = after(now, lifetimeOf(task.estimated_seconds, policy.lifetime).first);
  const id = leaseId(attested.role_id, attested.cnf.jkt, idempotencyKey);
  const plan = planOrRefuse(policy, task, { id, agent: attested.sub, deadline }, roles);
  const lease: Lease = {
    id,
    state: 'issuing',
    agent: attested.sub,
    agent_type: policy.agent_type,
    role_id: attested.role_id,
    jkt: attested.cnf.jkt,
    request_hash: requestHash,
    proofs: [proof],
    task,
    decision,
    grants: [
      { kind: 'aws', role_arn: plan.roleArn, capabilities: task.capabilities, guarantee: deadlineGuarantee },
    ],
    issued_at: now,
    deadline,
    credential_until: credentialUntil(now, deadline),
  };
  return { lease, policy };
}

function checkedTask(policy: ContextPolicy, { task }: LeaseRequest): Task {
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

/** The plan of a lease; throws `invalid_request` with the budget when the session policy does not fit. */
export function planOrRefuse(
  policy: ContextPolicy,
  task: Task,
  lease: Pick<Lease, 'id' | 'agent' | 'deadline'>,
  roles: GrantRoles,
): AwsPlan {
  const result = planAws(policy, task, lease, roles);
  if ('plan' in result) return result.plan;
  const { size, budget } = result.tooLarge;
  throw new BrokerError(
    'invalid_request',
    `the session policy of these capabilities takes ${size} characters of ${budget}: ask for fewer`,
    { path: 'task.capabilities' },
  );
}
