import { BrokerError } from '../broker-error.ts';
import { awsGrantOf } from '../grant.ts';
import type { Lease } from '../lease.ts';
import { type Bounds, type LeaseOrder, prepareLease } from '../lease-order.ts';
import { refuseQuarantined } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import { isTerminal } from '../transitions.ts';
import { type IssuingWorld, startLease } from './issue-lease.ts';
import { askingAgain, denied, type Judged, judgeTask, policyOf, refuseUnapproved } from './judge-task.ts';
import { activeOrRefuse, ended, type Issued, refuseGoneRole } from './mint-again.ts';
import { firstOf, type JudgedLease, readLease, refuseWeaker } from './read-lease.ts';

/** What an agent signed for another one, verified: who may have what of its lease. */
export type Delegation = {
  /** Thumbprint of the key that signed it. */
  readonly jkt: string;
  /** The agent that it is for. */
  readonly agent: string;
  readonly capabilities: readonly string[];
};

/** Leases that others are delegated from. */
export type DelegableLeases = {
  /** Notes a child of an active lease before it is made; false when the lease ended, or has {@link mostChildren}. */
  addChild(parent: Lease, child: string, now: EpochSeconds): Promise<boolean>;
};

/** So many leases may be delegated from one. */
export const mostChildren = 20;

/** Everything that delegating touches. */
export type DelegatingWorld = IssuingWorld & { readonly leases: DelegableLeases };

/**
 * A narrower lease for a sub-agent, from the lease of the agent that signed the delegation: some of its capabilities, its
 * very parameters, and no longer than its credentials. It is judged afresh by the policies of now. The parent notes the
 * child before it is made, so that whatever ends the parent finds it; and is read again before anything is shown. Throws
 * `not_found` for a lease that is not the signer's, `lease_ended`, `access_denied`, `invalid_request`.
 */
export async function delegateLease(
  world: DelegatingWorld,
  parentId: string,
  delegation: Delegation,
  order: LeaseOrder,
): Promise<Issued> {
  const now = world.clock();
  const { lease: parent, standing } = await delegatedFrom(world, parentId, delegation, order, now);
  const { task: asked } = order.request;
  const wider = asked.capabilities.findIndex(
    (name) => !delegation.capabilities.includes(name) || !parent.task.capabilities.includes(name),
  );
  if (wider >= 0)
    throw new BrokerError('invalid_request', 'this capability was not delegated: a child never has more', {
      path: `task.capabilities[${wider}]`,
    });
  const ancestors = [...parent.ancestors, { lease: parent.id, agent: parent.agent, task: parent.task.name }];
  const circumstances = askingAgain({ ...parent, ancestors }, now);
  const task = { ...asked, parameters: parent.task.parameters };
  refuseDeeper({ policy: policyOf(world.policies, parent.agent_type) }, ancestors.length);
  const judged = await judgeTask(world, task, circumstances);
  refuseUnapproved(firstOf({ lease: parent, standing }), judged);
  const child = prepareLease(order, judged, circumstances, world, boundsOf(parent, ancestors));
  if (child.deadline <= now) throw ended('too little is left of the lease that this one is delegated from');
  const granted = await startLease(world, order, judged, child, async () => {
    if (!(await world.leases.addChild(parent, child.id, world.clock())))
      throw ended(`the lease to delegate from has ended, or has ${mostChildren} children already`);
  });
  if ('credentials' in granted) return granted;
  throw new BrokerError('idempotency_key_reused', 'this Idempotency-Key came with another request before', {
    retry: 'new_key',
  });
}

/** The lease to delegate from, if it is alive and not kept out, and this agent is the one that its holder meant. */
async function delegatedFrom(
  world: DelegatingWorld,
  id: string,
  { jkt, agent }: Delegation,
  { attested }: LeaseOrder,
  now: EpochSeconds,
): Promise<JudgedLease> {
  // Whoever has no word of its holder learns nothing of a lease.
  const isSigners = (lease: Lease) => lease.jkt === jkt && lease.agent_type === attested.agent_type;
  const refusal = 'no such lease of the one who signed the delegation';
  const { lease, standing } = await readLease(world, id, now, isSigners, refusal);
  if (agent !== attested.sub)
    throw new BrokerError('invalid_token', 'the delegation is for another agent', { path: 'delegation' });
  if (agent === lease.agent)
    throw new BrokerError('invalid_request', 'an agent delegates to others: ask for a lease of your own', {
      path: 'delegation',
    });
  if (isTerminal(lease.state)) throw ended('the lease to delegate from has ended');
  // Whoever has the holder's key, and not what else it proved, would get by a delegation what renewing denies.
  refuseWeaker(lease, attested);
  const active = activeOrRefuse(lease, now);
  refuseGoneRole(active, world);
  // What is read of the child later says nothing of the key and the principal that it comes from.
  refuseQuarantined(standing.controls);
  return { lease: active, standing };
}

/** Never past the last second at which a credential of the parent works: until then IAM is told of both together. */
function boundsOf(parent: Lease, ancestors: Lease['ancestors']): Bounds {
  return {
    ancestors,
    grantedFrom: awsGrantOf(parent).role_arn,
    deadline: parent.credential_until,
    renewableUntil: parent.renewable_until,
  };
}

/** Throws `access_denied` where the policy of now lets no agent delegate through so many. */
export function refuseDeeper({ policy }: Pick<Judged, 'policy'>, depth: number): void {
  const most = policy.limits.delegation_depth;
  if (depth <= most) return;
  throw denied([
    {
      rule: 'limits.delegation_depth',
      value: String(depth),
      threshold: `at most ${most}`,
      effect: 'deny',
      would_change: 'asking for a lease of its own',
    },
  ]);
}
