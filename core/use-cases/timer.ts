import { type Lease, nextDue, seenState } from '../lease.ts';
import { approvalNotification, type Notification } from '../notification.ts';
import { endOfLease, judgedState } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import { type EndingWorld, endLease } from './end-lease.ts';
import { type Standings, standingOf } from './read-lease.ts';

/** One timer of one lease. `gen` says which: a lease has one at a time that counts. */
export type Timer = { readonly lease: string; readonly gen: number };

/** Timers that come back after a while; they may be lost or come twice. */
export type Timers = {
  /** Sends a timer that comes back in `seconds`, at most {@link longestDelay}. */
  send(timer: Timer, seconds: number): Promise<void>;
};

/** Longest delay of a message, in seconds (SQS API reference, SendMessage, DelaySeconds). */
export const longestDelay = 900;

/** Tells people that a lease waits for them. */
export type Notifier = { send(notification: Notification): Promise<void> };

/** Leases whose timers are renewed. */
export type TimedLeases = {
  find(id: string): Promise<Lease | undefined>;
  /** Makes the timer after `gen` the one that counts; false when `gen` no longer counts, or the lease is not active. */
  rearm(id: string, gen: number): Promise<boolean>;
  /** People were told of a pending lease: it is due again when their time is over. */
  notified(lease: Lease, at: EpochSeconds): Promise<void>;
};

/** Starts the timer of a lease that is to be heard from, or has grants to be ended to the second. When it cannot be sent, the sweeper does its work. */
export async function startTimer(timers: Timers, lease: Lease, now: EpochSeconds): Promise<void> {
  if (lease.state === 'pending') return tellPeople(timers, lease).catch(() => undefined);
  if (lease.timer_gen === undefined) return;
  await timers.send({ lease: lease.id, gen: lease.timer_gen }, delay(lease, now)).catch(() => undefined);
}

/** Has people told of a lease that waits for them: the timer that does it comes back at once. */
export function tellPeople(timers: Timers, { id }: Lease): Promise<void> {
  return timers.send({ lease: id, gen: 0 }, 0);
}

/** Everything that a timer touches when it comes back. */
export type TimingWorld = EndingWorld & {
  readonly leases: TimedLeases;
  readonly standings: Standings;
  readonly timers: Timers;
  readonly notifier: Notifier;
};

/**
 * What happens when a timer comes back: the lease ends if its time has come, and is looked at again later if not.
 * A timer that does not count does nothing, so that duplicates die out.
 */
export async function fireTimer(world: TimingWorld, timer: Timer): Promise<void> {
  const now = world.clock();
  const lease = await world.leases.find(timer.lease);
  if (lease && seenState(lease, now) === 'pending') return notify(world, lease);
  if (lease?.state !== 'active' || lease.timer_gen !== timer.gen) return;
  // Or it was heard from since it was read: then only the sweeper would notice the next silence.
  if (now >= nextDue(lease) && (await endDue(world, lease, now))) return;
  if (await world.leases.rearm(lease.id, timer.gen))
    await world.timers.send({ lease: lease.id, gen: timer.gen + 1 }, delay(lease, now));
}

/** Told first, noted then: who crashes in between tells them twice, the other way round never. Of what was revoked nobody is told. */
async function notify(world: TimingWorld, lease: Lease): Promise<void> {
  if (lease.approval?.notified_at !== undefined) return;
  const standing = await standingOf(world, lease);
  if (judgedState(lease, standing, world.clock()) !== 'pending') return;
  await world.notifier.send(approvalNotification(lease));
  await world.leases.notified(lease, world.clock());
}

/** Judged as everybody judges it: who is silent because its lease was revoked with others is not kept out for it. */
async function endDue(world: TimingWorld, lease: Lease, now: EpochSeconds): Promise<boolean> {
  const end = endOfLease(lease, await standingOf(world, lease), now, 'timer');
  return end !== undefined && endLease(world, lease, end);
}

function delay(lease: Lease, now: EpochSeconds): number {
  return Math.min(longestDelay, Math.max(0, nextDue(lease) - now));
}
