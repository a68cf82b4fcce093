import type { AttestationResult } from './attestation-result.ts';
import { BrokerError } from './broker-error.ts';
import { leaseId } from './identity.ts';
import { judge } from './judge.ts';
import { beatDue, deadlineGuarantee, type Guarantee, type Lease, type Task } from './lease.ts';
import { lifetimeOf } from './lifetime.ts';
import {
  type AwsPlan,
  credentialUntil,
  grantRoleArn,
  type PlannedLease,
  type Planning,
  planAws,
} from './plan.ts';
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
  /** Names this invocation; no two share one. */
  readonly attempt: string;
};

/** What a deployment decides and mints by. */
export type IssuanceRules = Planning & { readonly policies: readonly ContextPolicy[] };

/**
 * The `issuing` lease that an order leads to, of the first generation, and the policy it was decided by. Throws
 * `invalid_request` for what the policy does not know, `access_denied` with reasons for what it denies.
 */
export function prepareLease(
  { attested, idempotencyKey, request, requestHash, proof, attempt }: LeaseOrder,
  rules: IssuanceRules,
  now: EpochSeconds,
): { readonly lease: Lease; readonly policy: ContextPolicy } {
  const { policy, task, decision } = judge(rules.policies, attested.agent_type, request.task);
  const { first, total } = lifetimeOf(task.estimated_seconds, policy.lifetime);
  const { heartbeat } = policy.lifetime;
  const deadline = after(now, first);
  const id = leaseId(attested.role_id, attested.cnf.jkt, idempotencyKey);
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
      {
        kind: 'aws',
        role_arn: grantRoleArn(policy.agent_type, id, rules.roles),
        capabilities: task.capabilities,
        guarantee: deadlineGuarantee(rules.narrowing, outlivesOf(policy, task.capabilities)),
      },
    ],
    attempt,
    issued_at: now,
    deadline,
    credential_until: credentialUntil(now, deadline),
    minted_at: now,
    renewable_until: after(now, total),
    renewals: 0,
    gen: 0,
    ...(heartbeat !== undefined && { heartbeat, beat_due: beatDue(now, heartbeat), timer_gen: 0 }),
  };
  return { lease, policy };
}

function outlivesOf(policy: ContextPolicy, capabilities: readonly string[]): Guarantee['outlives'] {
  return capabilities.flatMap((capability) => {
    const what = policy.capabilities[capability]?.outlives;
    return what === undefined ? [] : [{ capability, what }];
  });
}

/**
 * The plan of a lease, from the role that it was granted from; throws `invalid_request` with the budget when the
 * session policy does not fit.
 */
export function planOrRefuse(
  policy: ContextPolicy,
  task: Task,
  lease: PlannedLease,
  planning: Planning,
): AwsPlan {
  const result = planAws(policy, task, lease, planning);
  if ('plan' in result) return result.plan;
  const { size, budget } = result.tooLarge;
  throw new BrokerError(
    'invalid_request',
    `the session policy of these capabilities takes ${size} characters of ${budget}: ask for fewer`,
    { path: 'task.capabilities' },
  );
}
