import { type Approval, isCoveredBy, requestHash } from '../approval.ts';
import { BrokerError } from '../broker-error.ts';
import { awsGrantOf } from '../grant.ts';
import { grantsOf } from '../grants.ts';
import type { Lease } from '../lease.ts';
import { type Bounds, planOrRefuse, requestOf, timesOf } from '../lease-order.ts';
import { grantedQuotas } from '../quota.ts';
import { isCovered } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import { isTerminal } from '../transitions.ts';
import { claimLimits, takeBack } from './claim-limits.ts';
import { type IssuingWorld, makeLease, standingBefore } from './issue-lease.ts';
import { asAsked, askingAgain, type Judged, judgeTask } from './judge-task.ts';
import { ended, type Issued, type MintRequest, refuseGoneRole, unavailable } from './mint-again.ts';
import type { JudgedLease } from './read-lease.ts';

/**
 * Makes the credentials of a lease that people have approved: judged afresh, and only if it comes to what they were asked,
 * to the letter. `approved` → `issuing` is one conditional write, so that of two that collect one does; the clock of the
 * lease starts here. Throws `access_denied` where the decision is another now, `approval_closed` where the request is.
 */
export async function collectApproved(
  world: IssuingWorld,
  { lease: approved }: JudgedLease,
  { proof, attempt, capabilities, estimate }: MintRequest,
): Promise<Issued> {
  if (capabilities !== undefined || estimate !== undefined)
    throw new BrokerError('invalid_request', 'what was approved is collected as it is: renew it afterwards', {
      path: capabilities !== undefined ? 'capabilities' : 'estimated_seconds',
    });
  const now = world.clock();
  refuseGoneRole(approved, world);
  const judged = await judgeTask(world, asAsked(approved.task), askingAgain(approved, now));
  refuseChanged(approved, judged);
  const standing = await standingBefore(world, approved);
  // The lease is begun in the generation of this moment: one that began since it was asked for took it along.
  if (isCovered(approved, standing, now)) throw ended('this lease was revoked');
  const from = { id: approved.id, grantedFrom: awsGrantOf(approved).role_arn };
  const lease: Lease = {
    ...approved,
    state: 'issuing',
    decision: judged.decision,
    task: judged.task,
    grants: grantsOf(judged.policy, judged.task.capabilities, from, world),
    proofs: [...approved.proofs, proof],
    attempt,
    gen: standing.shard.gen,
    ...timesOf(judged, now, asShown(approved, now)),
  };
  const plan = planOrRefuse(judged.policy, judged.task, lease, world);
  const claims = await claimLimits(world, grantedQuotas(judged.policy, lease, now), lease, now);
  const begun = await world.leases.begin(lease).catch(async (cause) => {
    await takeBack(world, claims);
    throw unavailable('the lease could not be written; ask again', 'same_key', cause);
  });
  if (begun) return makeLease(world, plan, lease, claims);
  const current = await world.leases.find(lease.id);
  if (!current || isTerminal(current.state)) await takeBack(world, claims);
  // Claims of the other one that collects are these very entries: they are not taken back.
  throw new BrokerError('lease_in_progress', 'this lease is being collected, or has ended, at this moment', {
    retryAfter: 1,
    retry: 'same_key',
  });
}

/** What people were shown is the most that it lives, though more would be granted by now. */
function asShown({ issued_at, deadline, renewable_until }: Lease, now: EpochSeconds): Bounds {
  const waited = now - issued_at;
  return { ancestors: [], deadline: after(deadline, waited), renewableUntil: after(renewable_until, waited) };
}

/**
 * People approved what they were asked: the very values and resources, and whom the policy asks now must be among those
 * who were asked.
 */
function refuseChanged(approved: Lease, { policy, task, decision }: Judged): void {
  const approval: Approval | undefined = approved.approval;
  const request = requestOf(approved, policy, { ...task, capabilities: approved.task.capabilities });
  if (!approval || requestHash(request) !== approval.request_hash)
    throw new BrokerError(
      'approval_closed',
      'what was approved is no longer what would be granted: ask anew',
      {
        retry: 'new_key',
      },
    );
  const missing = (decision.obligations.approvals ?? []).filter(
    (terms) => !isCoveredBy(terms, approval.terms),
  );
  if (missing.length > 0)
    throw new BrokerError('approval_closed', 'others have to approve it by now: ask anew', {
      retry: 'new_key',
      reasons: decision.reasons.filter(({ effect }) => effect !== 'allow'),
    });
}
