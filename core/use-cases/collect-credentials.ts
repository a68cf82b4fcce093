import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { judge } from '../judge.ts';
import { type Issued, type MintingWorld, type MintRequest, mintAgain } from './mint-again.ts';
import { readOwnLease } from './read-lease.ts';

/**
 * New credentials of an agent's own active lease: for what is left of it, as a lease may be longer than one
 * credential can live, or renewed, with the deadline moved within the total. The task is judged afresh by the
 * policies of now, for the lease's own capabilities or fewer. Throws what {@link readOwnLease}, {@link judge} and
 * {@link mintAgain} throw, `invalid_request` for a capability that the lease has not.
 */
export async function collectCredentials(
  world: MintingWorld,
  attested: AttestationResult,
  leaseId: string,
  request: MintRequest,
): Promise<Issued> {
  const found = await readOwnLease(world, attested, leaseId, world.clock());
  const { lease } = found;
  const capabilities = request.capabilities ?? lease.task.capabilities;
  const more = capabilities.findIndex((name) => !lease.task.capabilities.includes(name));
  if (more >= 0)
    throw new BrokerError('invalid_request', 'the lease has no such capability: renewing never adds one', {
      path: `capabilities[${more}]`,
    });
  const { policy } = judge(world.policies, lease.agent_type, lease.task);
  return mintAgain(world, found, policy, request);
}
