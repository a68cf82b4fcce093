import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { collectApproved } from './collect-approved.ts';
import { refuseDeeper } from './delegate-lease.ts';
import type { IssuingWorld } from './issue-lease.ts';
import { askingAgain, type Judged, judgeTask, refuseUnapproved } from './judge-task.ts';
import { type Issued, type MintRequest, mintAgain } from './mint-again.ts';
import { firstOf, type JudgedLease, readOwnLease, refuseWeaker } from './read-lease.ts';

/**
 * Credentials of an agent's own lease: the first of one that people have approved; or new ones of an active one, for what
 * is left of it, as a lease may be longer than one credential can live, or renewed, with the deadline moved within the
 * total. The task is judged afresh by the policies of now, for the lease's own capabilities or fewer, and no longer than they allow. Throws what
 * {@link readOwnLease}, {@link judgeTask}, {@link collectApproved} and {@link mintAgain} throw, `invalid_request` for a
 * capability that the lease has not, `access_denied` where less was proven than when it was granted.
 */
export async function collectCredentials(
  world: IssuingWorld,
  attested: AttestationResult,
  leaseId: string,
  request: MintRequest,
): Promise<Issued> {
  const found = await readOwnLease(world, attested, leaseId, world.clock());
  const { lease } = found;
  refuseWeaker(lease, attested);
  const capabilities = request.capabilities ?? lease.task.capabilities;
  const more = capabilities.findIndex((name) => !lease.task.capabilities.includes(name));
  if (more >= 0)
    throw new BrokerError('invalid_request', 'the lease has no such capability: renewing never adds one', {
      path: `capabilities[${more}]`,
    });
  if (lease.state === 'approved') return collectApproved(world, found, request);
  const judged = await judgedAgain(world, found);
  return mintAgain(world, found, judged, request);
}

/** What only people may allow is renewed only where people have allowed it, for the first of a chain of delegations. */
async function judgedAgain(world: IssuingWorld, found: JudgedLease): Promise<Judged> {
  const { lease } = found;
  const judged = await judgeTask(world, lease.task, askingAgain(lease, world.clock()));
  refuseDeeper(judged, lease.ancestors.length);
  refuseUnapproved(firstOf(found), judged);
  return judged;
}
