import { BrokerError } from '../broker-error.ts';
import { awsGrantOf, toBeMinted } from '../grant.ts';
import { issuingPatience, type Lease, mintsAllowed, mostRenewals, seenState } from '../lease.ts';
import { planOrRefuse } from '../lease-order.ts';
import { bufferedSeconds } from '../lifetime.ts';
import { credentialUntil, grantRoleArns, type Planning } from '../plan.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import { isCovered, refuseDenied, refuseQuarantined, type Standing } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import type { Judged, JudgingWorld } from './judge-task.ts';
import { capabilitiesLeft, lifeLeft } from './left-by-now.ts';
import { type MakingWorld, type Minted, mintAll } from './mint-all.ts';
import { type JudgedLease, type ReadableLeases, type Standings, settled, standingOf } from './read-lease.ts';

/** Leases whose credentials can be minted again. */
export type MintableLeases = ReadableLeases & {
  /**
   * Counts one more mint of an `active` lease, raises its `credential_until` to `mint.until` and moves its deadline,
   * before STS is called; false when it ended or changed, the proof was seen, or none are left. `lease.attempt` is
   * this invocation's, `lease.deadline` the one it was decided by.
   */
  remint(lease: Lease, mint: Mint): Promise<boolean>;
};

/** One more mint of a lease, as it is written before STS is called. */
export type Mint = {
  readonly proof: string;
  readonly at: EpochSeconds;
  readonly until: EpochSeconds;
  /** The deadline from now on: the lease's own unless it is renewed. */
  readonly deadline: EpochSeconds;
};

/** A lease and its credentials, on their way to being shown once. */
export type Issued = JudgedLease & {
  readonly credentials: Minted;
  /** The capabilities that they are for: those of the lease, or some of them. */
  readonly capabilities: readonly string[];
};

/** Everything that minting again touches. */
export type MintingWorld = JudgingWorld &
  MakingWorld &
  Planning & {
    readonly leases: MintableLeases;
    readonly standings: Standings;
    readonly clock: () => EpochSeconds;
  };

/** One request for new credentials of a lease: the `jti` of its proof, and the invocation that answers it. */
export type MintRequest = {
  readonly proof: string;
  readonly attempt: string;
  /** Some of the lease's capabilities; all when absent. */
  readonly capabilities?: readonly string[] | undefined;
  /** What is left to do, in seconds, to move the deadline by; it stays when absent. */
  readonly estimate?: number | undefined;
};

/**
 * New credentials of a lease that was found: counts the mint → mints → reads the lease again, because it may have
 * ended while STS answered. What is decided now is granted now: no capability that is left out, and no longer life.
 * Throws `lease_in_progress` or `lease_ended` for one that is not active, `quarantined`, `access_denied` when the proof
 * was used, no mints are left, or nothing is granted by now.
 */
export async function mintAgain(
  world: MintingWorld,
  found: JudgedLease,
  judged: Judged,
  request: MintRequest,
): Promise<Issued> {
  const { policy } = judged;
  const now = world.clock();
  const lease = activeOrRefuse(await settled(world.leases, found.lease, now), now);
  refuseGoneRole(lease, world);
  refuseRevoked(lease, found.standing, now);
  const latest = latestDeadline(found, lifeLeft(lease, judged));
  const deadline = renewedDeadline(lease, latest, policy, request.estimate, now);
  const until = laterOf(lease.credential_until, credentialUntil(now, deadline));
  const task = { ...lease.task, capabilities: capabilitiesLeft(lease, judged, request.capabilities) };
  const plan = planOrRefuse(policy, task, { ...lease, deadline }, world);
  const mint = { proof: request.proof, at: now, until, deadline };
  if (!(await world.leases.remint({ ...lease, attempt: request.attempt }, mint)))
    throw await whyNotMinted(world, lease.id, request.proof);
  const grants = toBeMinted(lease.grants, task.capabilities, judged.task.capabilities);
  const credentials = await mintAll(world, plan, lease, grants, until, now).catch(async (cause) => {
    throw (await whyOver(world, lease.id)) ?? unavailable(stillThere, 'same_key', cause);
  });
  if (credentials === 'too_large') throw tooLargeForSts();
  return { ...(await stillAlive(world, lease.id)), credentials, capabilities: task.capabilities };
}

const stillThere = 'credentials could not be made; the lease is still there: ask again';

/** The lease as it is judged once there are credentials; throws `lease_ended` or `quarantined` for one that is over. */
async function stillAlive(world: MintingWorld, id: string): Promise<JudgedLease> {
  const lease = await world.leases.find(id);
  if (!lease || seenState(lease, world.clock()) !== 'active')
    throw ended('the lease ended while its credentials were made');
  const standing = await standingOf(world, lease);
  refuseRevoked(lease, standing, world.clock());
  return { lease, standing };
}

/** The refusal of a lease that is over by now, of which nothing is made for that reason; none where it cannot be told. */
async function whyOver(world: MintingWorld, id: string): Promise<BrokerError | undefined> {
  return stillAlive(world, id).then(
    () => undefined,
    (fault) => (fault instanceof BrokerError ? fault : undefined),
  );
}

/** Of a role that a lower number of shards took away nothing is minted, be it there or not: nobody would deny it. */
export function refuseGoneRole(lease: Lease, { roles }: Pick<Planning, 'roles'>): void {
  const { agent_type } = lease;
  if (grantRoleArns(agent_type, roles).includes(awsGrantOf(lease).role_arn)) return;
  throw ended('this lease was granted from a role that this deployment no longer has');
}

/** What is covered by a wider revocation is dead, and who is quarantined gets nothing new. */
function refuseRevoked(lease: Lease, standing: Standing, now: EpochSeconds): void {
  if (isCovered(lease, standing, now)) throw ended('this lease was revoked');
  refuseQuarantined(standing.controls);
  refuseDenied(lease, standing, now);
}

/**
 * The second that no renewal passes: its own total, what a lease may live by now, and of what was delegated the last one
 * at which any credential of the lease above works, since only until then IAM is told of both together.
 */
function latestDeadline({ lease, standing: { ancestors } }: JudgedLease, latest: EpochSeconds): EpochSeconds {
  const until = ancestors.at(-1)?.credential_until ?? latest;
  return [lease.renewable_until, until].reduce((least, each) => (each < least ? each : least), latest);
}

/** The deadline after a renewal: as far as the estimate of what is left reaches, within the lease's total, never back. */
function renewedDeadline(
  lease: Lease,
  latest: EpochSeconds,
  { lifetime }: ContextPolicy,
  estimate: number | undefined,
  now: EpochSeconds,
): EpochSeconds {
  if (estimate === undefined) return lease.deadline;
  const wanted = after(now, bufferedSeconds(estimate, lifetime));
  const deadline = laterOf(lease.deadline, wanted < latest ? wanted : latest);
  if (deadline > lease.deadline && lease.renewals >= mostRenewals)
    throw new BrokerError('access_denied', `a lease is renewed at most ${mostRenewals} times`, {
      retry: 'new_key',
    });
  return deadline;
}

/** Why a mint was not counted: for good, or because another one was counted at the same moment. */
async function whyNotMinted(
  { leases, clock }: MintingWorld,
  id: string,
  proof: string,
): Promise<BrokerError> {
  const lease = await leases.find(id);
  if (!lease || seenState(lease, clock()) !== 'active') return ended('the lease ended');
  if (lease.proofs.includes(proof))
    return new BrokerError('access_denied', 'this proof was used before: make a new one for each request');
  const most = mintsAllowed(lease);
  if (lease.proofs.length >= most)
    return new BrokerError('access_denied', `credentials of this lease were made ${most} times`, {
      retry: 'new_key',
    });
  return new BrokerError(
    'lease_in_progress',
    'this lease was renewed or its credentials were made at this moment: ask again',
    {
      retryAfter: 1,
      retry: 'same_key',
    },
  );
}

/** The lease, if it is active; else throws `lease_in_progress`, `approval_pending` or `lease_ended`. */
export function activeOrRefuse(lease: Lease, now: EpochSeconds): Lease {
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
    case 'released':
      throw ended('this lease was released');
    case 'revoked':
      throw ended('this lease was revoked');
    case 'denied':
      throw ended('this lease was denied');
    case 'pending':
    case 'approved':
      throw new BrokerError('approval_pending', 'this lease waits for people: nothing of it was made yet');
    case 'active':
      return lease;
  }
}

function laterOf(a: EpochSeconds, b: EpochSeconds): EpochSeconds {
  return a > b ? a : b;
}

/** The refusal of an ended lease. */
export function ended(detail: string): BrokerError {
  return new BrokerError('lease_ended', `${detail}: ask for a new one, with a new Idempotency-Key`, {
    retry: 'new_key',
  });
}

/** The refusal when something that the broker needs did not answer; `advice` says what to do, and is shown. */
export function unavailable(advice: string, retry: 'same_key' | 'new_key', cause: unknown): BrokerError {
  return new BrokerError('temporarily_unavailable', advice, { retryAfter: 1, retry }, cause);
}

/** The refusal when the session token would pass STS's 4,096 bytes though the policy is within its characters. */
export function tooLargeForSts(): BrokerError {
  return new BrokerError(
    'invalid_request',
    'policy and tags of these capabilities do not fit into a session token of 4096 bytes: ask for fewer',
    { path: 'task.capabilities', retry: 'new_key' },
  );
}
