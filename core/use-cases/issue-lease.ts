import { BrokerError } from '../broker-error.ts';
import { toBeMinted } from '../grant.ts';
import { beatDue, type Lease } from '../lease.ts';
import { type LeaseOrder, pendingLease, planOrRefuse, prepareLease } from '../lease-order.ts';
import type { AwsPlan } from '../plan.ts';
import { askedQuotas, grantedQuotas } from '../quota.ts';
import { sessionTags } from '../session-tags.ts';
import { isCovered, judgedState, refuseDenied, refuseQuarantined, type Standing } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import { type Claims, type CountingWorld, claimLimits, refuseFull, takeBack } from './claim-limits.ts';
import { type EndableLeases, endGrantsOf, type GrantEnders } from './end-lease.ts';
import { asking, type Judged, judgeTask, refuseUnapproved } from './judge-task.ts';
import {
  ended,
  type Issued,
  type MintableLeases,
  type MintingWorld,
  mintAgain,
  tooLargeForSts,
  unavailable,
} from './mint-again.ts';
import { type Minted, mintAll } from './mint-all.ts';
import { firstOf, type JudgedLease, refuseWeaker, standingOf } from './read-lease.ts';
import { startTimer, type Timers } from './timer.ts';

/**
 * The leases; each verb that writes is one conditional write. An own write that happened though its answer was
 * lost counts as done: `lease.attempt` tells it from somebody else's.
 */
export type IssuanceLeases = MintableLeases &
  Pick<EndableLeases, 'end'> & {
    /** Writes the lease, `issuing` or `pending`, unless its id is taken, in which case it answers the lease that is there. */
    reserve(lease: Lease): Promise<Lease | 'reserved'>;
    /** `approved` → `issuing`, all of it as it is given, while it may be collected; false when it may not. */
    begin(lease: Lease): Promise<boolean>;
    /** `issuing` → `active`, to be heard from by `lease.beat_due`; false when it was no longer `issuing`. */
    activate(lease: Lease): Promise<boolean>;
  };

/** Everything that issuing touches. */
export type IssuingWorld = MintingWorld &
  CountingWorld & {
    readonly leases: IssuanceLeases;
    readonly timers: Timers;
    readonly enders: GrantEnders;
  };

/** What asking for a lease comes to: credentials, or a lease that waits for people. */
export type Granted = Issued | JudgedLease;

/**
 * Issues one lease: decide → count → reserve → mint → check → activate; or, where people have to approve it, decide →
 * count → reserve, and tell them. The intent is written before STS is called, so that a crash at any point leaves an
 * `issuing` lease that readers take for `failed`. What was said about the agent's scopes is read before, and again once
 * the credentials exist: a revocation in between covers them.
 */
export async function issueLease(world: IssuingWorld, order: LeaseOrder): Promise<Granted> {
  const now = world.clock();
  const { agent_type, facts } = order.attested;
  const circumstances = asking(agent_type, facts, order.user, now);
  const judged = await judgeTask(world, order.request.task, circumstances);
  const lease = prepareLease(order, judged, circumstances, world);
  return startLease(world, order, judged, lease);
}

/** Plans, counts, reserves and makes a lease that was judged, or lets it wait for people. */
export async function startLease(
  world: IssuingWorld,
  order: LeaseOrder,
  judged: Judged,
  prepared: Lease,
  confirm: () => Promise<void> = async () => {},
): Promise<Granted> {
  const { policy, decision } = judged;
  const planned = planOrRefuse(policy, judged.task, prepared, world);
  const standing = await standingBefore(world, prepared);
  const lease = { ...prepared, gen: standing.shard.gen };
  const waits = decision.outcome === 'require_approval' && lease.ancestors.length === 0;
  const asked = askedQuotas(policy, lease, lease.issued_at);
  const granted = grantedQuotas(policy, lease, lease.issued_at);
  // What is alive by now may well have ended when it is collected.
  if (waits)
    await refuseFull(
      world,
      granted.filter(({ live }) => !live),
      lease.id,
      lease.issued_at,
    );
  const quotas = waits ? asked : [...asked, ...granted];
  const claims = await claimLimits(world, quotas, lease, lease.issued_at);
  try {
    await confirm();
    const written = waits ? pendingLease(lease, judged) : lease;
    const reserved = await reserve(world, written);
    if (reserved !== 'reserved') return answerAgain(world, order, judged, reserved);
    if (waits) {
      await startTimer(world.timers, written, world.clock());
      return { lease: written, standing };
    }
  } catch (fault) {
    await takeBack(world, claims);
    throw fault;
  }
  const plan = planned && { ...planned, tags: sessionTags(lease, lease.agent_type) };
  return makeLease(world, plan, lease, claims);
}

async function reserve(world: IssuingWorld, lease: Lease): Promise<Lease | 'reserved'> {
  return world.leases.reserve(lease).catch((cause) => {
    throw unavailable(
      'the lease could not be written; ask again with the same Idempotency-Key',
      'same_key',
      cause,
    );
  });
}

/** What was said about a lease's scopes before anything is written; throws for whoever is kept out or denied. */
export async function standingBefore(world: MintingWorld, lease: Lease): Promise<Standing> {
  const standing = await standingOf(world, lease).catch((cause) => {
    const advice = 'the lease could not be judged; ask again with the same Idempotency-Key';
    throw unavailable(advice, 'same_key', cause);
  });
  refuseQuarantined(standing.controls);
  refuseDenied(lease, standing, world.clock());
  return standing;
}

/** Mints the credentials of a lease that is written as `issuing`, and activates it. */
export async function makeLease(
  world: IssuingWorld,
  plan: AwsPlan | undefined,
  lease: Lease,
  claims: Claims,
): Promise<Issued> {
  const credentials = await mintOrFail(world, plan, lease, claims);
  const active = activeFrom(lease, world.clock());
  // Its first timer comes back long after: of a lease that is not active by then it does nothing.
  const [checked] = await Promise.all([
    throwAwayIfRevoked(world, lease),
    startTimer(world.timers, active, world.clock()),
  ]);
  const activated = await world.leases.activate(active).catch(async (cause) => {
    // Not shown, so worth nothing. Where the write had happened after all, this one finds the lease active.
    await giveUp(world, lease);
    throw unavailable(
      'the lease could not be activated; ask again with the same Idempotency-Key',
      'same_key',
      cause,
    );
  });
  if (!activated) {
    // Whoever ended it may have come before there was anything to end.
    await endGrantsOf(world, lease).catch(() => undefined);
    throw ended('the lease ended while its credentials were made');
  }
  return { lease: active, standing: checked, credentials, capabilities: lease.task.capabilities };
}

/** Nobody can be heard from before the lease is there, however long STS took. */
function activeFrom(lease: Lease, now: EpochSeconds): Lease {
  const heard = lease.heartbeat !== undefined && { beat_due: beatDue(now, lease.heartbeat) };
  return { ...lease, state: 'active', ...heard };
}

/** What was revoked or kept out since the lease was reserved is never shown. */
async function throwAwayIfRevoked(world: IssuingWorld, lease: Lease): Promise<Standing> {
  const standing = await standingOf(world, lease).catch(async (cause) => {
    await giveUp(world, lease);
    throw unavailable(
      'the lease could not be checked; ask again with a new Idempotency-Key',
      'new_key',
      cause,
    );
  });
  const kept = standing.controls.some(({ quarantine }) => quarantine !== undefined);
  if (!kept && !isCovered(lease, standing, world.clock())) return standing;
  const end = { at: world.clock(), cause: 'scope_revoked', by: 'issuance' } as const;
  await world.leases.end(lease, end);
  await endGrantsOf(world, lease).catch(() => undefined);
  throw new BrokerError('access_denied', 'the lease was revoked while its credentials were made');
}

async function mintOrFail(
  world: IssuingWorld,
  plan: AwsPlan | undefined,
  lease: Lease,
  claims: Claims,
): Promise<Minted> {
  try {
    const grants = toBeMinted(lease.grants, lease.task.capabilities);
    const minted = await mintAll(world, plan, lease, grants, lease.credential_until, world.clock());
    if (minted !== 'too_large') return minted;
  } catch (cause) {
    await Promise.all([giveUp(world, lease), takeBack(world, claims)]);
    const advice =
      'credentials could not be made and nothing was granted; ask again with a new Idempotency-Key';
    throw unavailable(advice, 'new_key', cause);
  }
  await Promise.all([giveUp(world, lease), takeBack(world, claims)]);
  throw tooLargeForSts();
}

/**
 * Best effort: when this write is lost too, the lease is taken for failed after its patience, and the sweeper has what
 * was made undone.
 */
async function giveUp(world: IssuingWorld, lease: Lease): Promise<void> {
  const failed = await world.leases.fail(lease, 'credentials could not be made').catch(() => false);
  if (failed) await endGrantsOf(world, lease).catch(() => undefined);
}

/**
 * The same Idempotency-Key again: never a second lease, but the answer that was lost. The id says nothing of the
 * agent's type: what was granted to one must not be minted from the role of another, under the deadline of the first.
 */
async function answerAgain(
  world: IssuingWorld,
  order: LeaseOrder,
  judged: Judged,
  found: Lease,
): Promise<Granted> {
  if (found.request_hash !== order.requestHash || found.agent_type !== order.attested.agent_type) {
    const detail = 'this Idempotency-Key came with another body, or from an agent of another type, before';
    throw new BrokerError('idempotency_key_reused', detail, { retry: 'new_key' });
  }
  const standing = await standingOf(world, found);
  const state = judgedState(found, standing, world.clock());
  if (state === 'pending' || state === 'approved') return { lease: { ...found, state }, standing };
  refuseWeaker(found, order.attested);
  refuseUnapproved(firstOf({ lease: found, standing }), judged);
  return mintAgain(world, { lease: found, standing }, judged, order);
}
