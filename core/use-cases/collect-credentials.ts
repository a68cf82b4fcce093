import type { AttestationResult } from '../attestation-result.ts';
import { judge } from '../judge.ts';
import { type Issued, type MintingWorld, type MintRequest, mintAgain } from './mint-again.ts';
import { readLease } from './read-lease.ts';

/**
 * New credentials of an agent's own active lease, for what is left of it: a lease may be longer than one
 * credential can live. The task is judged afresh by the policies of now; the deadline does not move. Throws
 * what {@link readLease}, {@link judge} and {@link mintAgain} throw.
 */
export async function collectCredentials(
  world: MintingWorld,
  attested: AttestationResult,
  leaseId: string,
  request: MintRequest,
): Promise<Issued> {
  const lease = await readLease(world.leases, attested, leaseId, world.clock());
  const { policy } = judge(world.policies, lease.agent_type, lease.task);
  return mintAgain(world, lease, policy, request);
}
