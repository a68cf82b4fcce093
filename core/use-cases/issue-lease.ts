import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { type Decision, decide } from '../decide.ts';
import { leaseId } from '../identity.ts';
import {
  deadlineGuarantee,
  isStalled,
  issuingPatience,
  type Lease,
  mintsPerLease,
  seenState,
  type Task,
} from '../lease.ts';
import { lifetimeOf } from '../lifetime.ts';
import { validateParameters } from '../parameters.ts';
import { type AwsPlan, credentialUntil, type GrantRoles, planAws } from '../plan.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { LeaseRequest } from '../protocol/requests.ts';
import { after, type EpochSeconds } from '../time.ts';

/** What STS gave, and what it said about it. */
export type MintedCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: EpochSeconds;
  readonly sourceIdentity: string | undefined;
  readonly arn: string | undefined;
};

/** Makes the credentials of a plan; throws when it cannot. */
export type Minter = { mint(plan: AwsPlan): Promise<MintedCredentials> };

/** The leases; each verb that writes is one conditional write. */
export type IssuanceLeases = {
  /** Writes the lease as `issuing` unless its id is taken, in which case it answers the lease that is there. */
  reserve(lease: Lease): Promise<Lease | 'reserved'>;
  /** `issuing` → `active`; false when it was no longer `issuing`. */
  activate(lease: Lease): Promise<boolean>;
  /** `issuing` → `failed`; false when it was no longer `issuing`. */
  fail(id: string, failure: string): Promise<boolean>;
  /** Counts one more mint of an `active` lease; false when it ended, the proof was seen, or none are left. */
  remint(lease: Lease, proof: string): Promise<boolean>;
};

/** One request for a lease, its proof verified. */
export type LeaseOrder = {
  readonly attested: AttestationResult;
  readonly idempotencyKey: string;
  readonly request: LeaseRequest;
  readonly requestHash: string;
  /** `jti` of the DPoP proof. */
  readonly proof: string;
};

type World = {
  leases: IssuanceLeases;
  minter: Minter;
  policies: readonly ContextPolicy[];
  roles: GrantRoles;
  clock: () => EpochSeconds;
};

/**
 * Issues one lease: decide → reserve → mint → check → activate. The intent is written before STS is called,
 * so that a crash at any point leaves an `issuing` lease that readers take for `failed`.
 */
export async function issueLease(
  world: World,
  order: LeaseOrder,
): Promise<{ lease: Lease; credentials: MintedCredentials }> {
  const { lease, policy } = prepare(world, order);
  const reserved = await world.leases.reserve(lease);
  if (reserved !== 'reserved') return mintAgain(world, order, policy, reserved);
  const credentials = await mintOrFail(world, policy, lease);
  const active: Lease = { ...lease, state: 'active' };
  if (!(await world.leases.activate(active))) throw ended('the lease ended while its credentials were made');
  return { lease: active, credentials };
}

function prepare(world: World, { attested, idempotencyKey, request, requestHash, proof }: LeaseOrder) {
  const policy = world.policies.find(({ agent_type }) => agent_type === attested.agent_type);
  if (!policy) throw new BrokerError('access_denied', 'no policy is deployed for this agent type any more');
  const unknown = request.task.capabilities.findIndex((name) => !Object.hasOwn(policy.capabilities, name));
  if (unknown >= 0) {
    throw new BrokerError('invalid_request', 'the policy has no such capability', {
      path: `task.capabilities[${unknown}]`,
    });
  }
  const checked = validateParameters(policy, request.task.capabilities, request.task.parameters);
  if ('problem' in checked)
    throw new BrokerError('invalid_request', checked.problem.message, { path: checked.problem.path });
  const task: Task = { ...request.task, parameters: checked.values };
  const decision = allowed(decide(policy, task.capabilities, task.parameters));
  const now = world.clock();
  const deadline = after(now, lifetimeOf(task.estimated_seconds, policy.lifetime).first);
  const id = leaseId(attested.role_id, attested.cnf.jkt, idempotencyKey);
  const plan = planned(world, policy, task, { id, agent: attested.sub, deadline });
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

function allowed(decision: Decision): Decision {
  if (decision.outcome === 'allow') return decision;
  const reasons = decision.reasons.filter(({ effect }) => effect === 'deny');
  throw new BrokerError('access_denied', `denied by ${reasons.map(({ rule }) => rule).join(', ')}`, {
    reasons,
  });
}

function planned(
  world: World,
  policy: ContextPolicy,
  task: Task,
  lease: Pick<Lease, 'id' | 'agent' | 'deadline'>,
): AwsPlan {
  const result = planAws(policy, task, lease, world.roles);
  if ('plan' in result) return result.plan;
  const { size, budget } = result.tooLarge;
  throw new BrokerError(
    'invalid_request',
    `the session policy of these capabilities takes ${size} characters of ${budget}: ask for fewer`,
    {
      path: 'task.capabilities',
    },
  );
}

async function mintOrFail(world: World, policy: ContextPolicy, lease: Lease): Promise<MintedCredentials> {
  const plan = planned(world, policy, lease.task, lease);
  try {
    const credentials = await world.minter.mint(plan);
    const fault = faultOf(credentials, plan);
    if (fault) throw new Error(`STS answered other credentials than planned: ${fault}`);
    return credentials;
  } catch (cause) {
    // Best effort: if this write fails too, the lease is taken for failed after its patience.
    await world.leases.fail(lease.id, 'credentials could not be made').catch(() => false);
    throw new BrokerError(
      'temporarily_unavailable',
      'credentials could not be made; nothing was granted: ask again with a new Idempotency-Key',
      { retryAfter: 1, retry: 'new_key' },
      cause,
    );
  }
}

/** Seconds by which an expiry may pass the deadline: STS counts from when the request arrives. The embedded Deny is exact. */
const arrival = 10;

function faultOf(credentials: MintedCredentials, plan: AwsPlan): string | undefined {
  if (credentials.sourceIdentity !== plan.sourceIdentity) return 'source identity';
  if (credentials.expiration > after(plan.deadline, arrival)) return 'expiration';
  const role = plan.roleArn.split('/').at(-1);
  return credentials.arn?.endsWith(`:assumed-role/${role}/${plan.sessionName}`) ? undefined : 'session ARN';
}

/** The same Idempotency-Key again: never a second lease, but the answer that was lost. */
async function mintAgain(world: World, order: LeaseOrder, policy: ContextPolicy, lease: Lease) {
  const now = world.clock();
  if (lease.request_hash !== order.requestHash) {
    throw new BrokerError('idempotency_key_reused', 'this Idempotency-Key came with another body before', {
      retry: 'new_key',
    });
  }
  if (isStalled(lease, now)) await world.leases.fail(lease.id, 'the process that made it died');
  switch (seenState(lease, now)) {
    case 'issuing':
      throw new BrokerError('lease_in_progress', 'this lease is being made', {
        retryAfter: Math.max(1, after(lease.issued_at, issuingPatience) - now),
        retry: 'same_key',
      });
    case 'failed':
      throw ended('this lease failed');
    case 'expired':
      throw ended('this lease has expired');
    case 'active': {
      if (!(await world.leases.remint(lease, order.proof))) {
        throw new BrokerError(
          'access_denied',
          `this proof was used before, or the lease was answered ${mintsPerLease} times`,
          { retry: 'new_key' },
        );
      }
      const plan = planned(world, policy, lease.task, lease);
      const credentials = await world.minter.mint(plan);
      if (faultOf(credentials, plan)) throw new Error('STS answered other credentials than planned');
      return { lease, credentials };
    }
  }
}

function ended(detail: string): BrokerError {
  return new BrokerError('lease_ended', `${detail}: ask again with a new Idempotency-Key`, {
    retry: 'new_key',
  });
}
