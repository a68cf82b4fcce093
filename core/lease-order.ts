import {
  type Approval,
  type ApprovalRequest,
  approvalRequest,
  asksOf,
  collectSeconds,
  hashOfText,
  requestText,
} from './approval.ts';
import type { AttestationResult } from './attestation-result.ts';
import { BrokerError } from './broker-error.ts';
import { needsEnding } from './grant.ts';
import { grantsOf } from './grants.ts';
import { leaseId } from './identity.ts';
import { beatDue, type Lease, type Task } from './lease.ts';
import { type Lifetime, lifetimeOf } from './lifetime.ts';
import type { Person } from './person.ts';
import { type AwsPlan, credentialUntil, type PlannedLease, type Planning, planAws } from './plan.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { LeaseRequest } from './protocol/requests.ts';
import { after, type EpochSeconds, epochSeconds } from './time.ts';
import type { Circumstances, Judged } from './use-cases/judge-task.ts';

/** One request for a lease, its proof verified. */
export type LeaseOrder = {
  readonly attested: AttestationResult;
  readonly idempotencyKey: string;
  readonly request: Pick<LeaseRequest, 'task'>;
  readonly requestHash: string;
  /** The person behind the task, their token verified. */
  readonly user?: Person | undefined;
  /** `jti` of the DPoP proof. */
  readonly proof: string;
  /** Names this invocation; no two share one. */
  readonly attempt: string;
};

/** What limits a lease that is delegated from another one; an agent that asks for itself has no bounds but its policy's. */
export type Bounds = Pick<Lease, 'ancestors'> & {
  readonly grantedFrom?: string;
  readonly deadline?: EpochSeconds;
  readonly renewableUntil?: EpochSeconds;
};

const unbounded: Bounds = { ancestors: [] };

/** Seconds that a task may have: by its estimate, its policy, and what was decided. */
export function decidedLifetime({ policy, task, decision }: Judged): Lifetime {
  const { first, total } = lifetimeOf(task.estimated_seconds, policy.lifetime);
  const { longest = total } = decision.obligations;
  return { first: Math.min(first, longest), total: Math.min(total, longest) };
}

/** The `issuing` lease that a judged order leads to, of the first generation. */
export function prepareLease(
  { attested, idempotencyKey, requestHash: request_hash, proof, attempt }: LeaseOrder,
  judged: Judged,
  { user, now }: Pick<Circumstances, 'user' | 'now'>,
  planning: Planning,
  bounds: Bounds = unbounded,
): Lease {
  const { policy, task, decision } = judged;
  const id = leaseId(attested.principal, attested.cnf.jkt, idempotencyKey);
  const from = { id, grantedFrom: bounds.grantedFrom };
  const grants = grantsOf(policy, task.capabilities, from, planning);
  return {
    id,
    state: 'issuing',
    agent: attested.sub,
    agent_type: policy.agent_type,
    principal: attested.principal,
    ...(attested.beside && { beside: attested.beside }),
    strength: attested.strength,
    jkt: attested.cnf.jkt,
    request_hash,
    ...(user && { user }),
    ancestors: bounds.ancestors,
    proofs: [proof],
    task,
    decision,
    grants,
    attempt,
    ...timesOf(judged, now, bounds),
    // Even unheard of: what has to be ended is ended to the second.
    ...(grants.some(needsEnding) && { timer_gen: 0 }),
    renewals: 0,
    gen: 0,
  };
}

/** The times of a lease that is made now: the clock starts when it is minted, however long it waited for people. */
export function timesOf(
  judged: Judged,
  now: EpochSeconds,
  { deadline: latest, renewableUntil }: Bounds = unbounded,
): Pick<Lease, 'issued_at' | 'deadline' | 'credential_until' | 'minted_at' | 'renewable_until'> &
  Partial<Pick<Lease, 'heartbeat' | 'beat_due' | 'timer_gen'>> {
  const { first, total } = decidedLifetime(judged);
  const { heartbeat } = judged.policy.lifetime;
  const deadline = earlier(after(now, first), latest);
  return {
    issued_at: now,
    deadline,
    credential_until: credentialUntil(now, deadline),
    minted_at: now,
    renewable_until: earlier(after(now, total), renewableUntil),
    ...(heartbeat !== undefined && { heartbeat, beat_due: beatDue(now, heartbeat), timer_gen: 0 }),
  };
}

function earlier(moment: EpochSeconds, other: EpochSeconds | undefined): EpochSeconds {
  return other !== undefined && other < moment ? other : moment;
}

/** The same lease as it waits for people: nothing of it was minted, and no clock of it runs but theirs. */
export function pendingLease(lease: Lease, judged: Judged): Lease {
  const { beat_due: _, ...still } = lease;
  const terms = judged.decision.obligations.approvals ?? [];
  const request = requestText(requestOf(lease, judged.policy, judged.task));
  const approval: Approval = {
    request,
    request_hash: hashOfText(request),
    terms,
    asks: asksOf(judged.policy, judged.task),
    approve_by: after(lease.issued_at, Math.min(...terms.map(({ within }) => within))),
    votes: [],
  };
  return {
    ...still,
    state: 'pending',
    approval,
    minted_at: epochSeconds(0),
    credential_until: lease.issued_at,
  };
}

/** What people are asked about a lease, for this task under this policy; it lives as long as was decided when it was asked for. */
export function requestOf(lease: Lease, policy: ContextPolicy, task: Task): ApprovalRequest {
  const { issued_at, deadline, renewable_until } = lease;
  const lifetime = { first: deadline - issued_at, total: renewable_until - issued_at };
  return approvalRequest({ ...lease, task }, asksOf(policy, task), lifetime);
}

/** Until when what was approved at this second waits to be collected. */
export function collectBy(approvedAt: EpochSeconds): EpochSeconds {
  return after(approvedAt, collectSeconds);
}

/**
 * The plan of a lease, from the role that it was granted from; throws `invalid_request` with the budget when the
 * session policy does not fit.
 */
export function planOrRefuse(
  policy: ContextPolicy,
  task: Task,
  lease: PlannedLease,
  planning: Pick<Planning, 'roles' | 'narrowing'>,
): AwsPlan | undefined {
  const result = planAws(policy, task, lease, planning);
  if ('plan' in result) return result.plan;
  const { size, budget } = result.tooLarge;
  throw new BrokerError(
    'invalid_request',
    `the session policy of these capabilities takes ${size} characters of ${budget}: ask for fewer`,
    { path: 'task.capabilities' },
  );
}
