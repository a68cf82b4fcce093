import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { scope } from '../../../core/scope.ts';
import { heartbeat } from '../../../core/use-cases/heartbeat.ts';
import { fireTimer, longestDelay, startTimer, type Timer } from '../../../core/use-cases/timer.ts';
import {
  agentNamed,
  at,
  deniedNow,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  nobodysLease,
  recorded,
  reserveFor,
  runRevoker,
} from './early-world.ts';

async function worldWithTimer() {
  const world = earlyWorld({ heartbeat: 30 });
  const lease = await issueTo(world);
  const [first] = world.sent.splice(0);
  if (!first) throw new Error('no timer was sent');
  return { world, lease, ...first };
}

/** What the timers do on their own while an agent beats: each comes back when it was sent for. */
async function live(world: EarlyWorld, lease: Lease, first: Timer, seconds: readonly number[]) {
  const fired: number[] = [];
  let next = { timer: first, back: 60 };
  const beats = [...seconds];
  for (let now = 1; now <= 400 && (await recorded(world, lease)).state === 'active'; now++) {
    world.clock.advance(1);
    if (beats[0] === now && beats.shift()) await heartbeat(world, agentNamed('anna'), lease.id);
    if (now !== next.back) continue;
    fired.push(now);
    await fireTimer(world, next.timer);
    const [sent] = world.sent.splice(0);
    if (sent) next = { timer: sent.timer, back: now + sent.seconds };
  }
  return fired;
}

describe('a timer', () => {
  it('is sent with the lease, for the second in which its silence would show', async () => {
    const { lease, timer, seconds } = await worldWithTimer();
    expect({ timer, seconds }).toEqual({ timer: { lease: lease.id, gen: 0 }, seconds: 60 });
  });

  it('is not sent for a lease without heartbeats: its deadline needs none', async () => {
    const world = earlyWorld();
    await issueTo(world);
    expect(world.sent).toEqual([]);
  });

  it('that cannot be sent keeps no lease from being issued', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    const timers = { send: () => Promise.reject(new Error('no network')) };
    expect((await issueTo({ ...world, timers })).state).toBe('active');
  });

  it('is never sent for longer than a queue takes', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    const lease = await issueTo(world);
    const far = { ...lease, beat_due: at(2_000), deadline: at(5_000) };
    await startTimer(world.timers, far, at(0));
    expect(world.sent.at(-1)?.seconds).toBe(longestDelay);
  });

  it('that comes back early is sent once more, and counts from then on', async () => {
    const { world, lease, timer } = await worldWithTimer();
    world.clock.advance(20);
    await fireTimer(world, timer);
    expect(world.sent).toEqual([{ timer: { lease: lease.id, gen: 1 }, seconds: 40 }]);
    expect(await recorded(world, lease)).toMatchObject({ state: 'active', timer_gen: 1 });
  });

  it('that comes twice dies out: one of both is sent again, at one moment too', async () => {
    const { world, timer } = await worldWithTimer();
    await Promise.all([fireTimer(world, timer), fireTimer(world, timer), fireTimer(world, timer)]);
    await fireTimer(world, timer);
    expect(world.sent).toHaveLength(1);
  });

  it('that does not count any more ends nothing, though the time has come', async () => {
    const { world, lease, timer } = await worldWithTimer();
    await fireTimer(world, timer);
    world.clock.advance(60);
    await fireTimer(world, timer);
    expect(await recorded(world, lease)).toMatchObject({ state: 'active' });
    expect(world.calls).toEqual([]);
  });

  it('ends the lease of a silent agent within its second, keeps the agent out, and has it denied', async () => {
    const { world, lease, timer } = await worldWithTimer();
    world.clock.advance(60);
    await fireTimer(world, timer);
    const end = { at: at(60), cause: 'missed_heartbeat', by: 'timer' };
    expect(await recorded(world, lease)).toMatchObject({ state: 'revoked', end });
    expect(world.controls.of([scope.agent(lease.agent)])).toMatchObject([
      { quarantine: { at: at(60), by: 'timer', reason: expect.stringContaining(lease.id) } },
    ]);
    expect(world.sent).toEqual([]);
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
  });

  it('follows an agent that beats, and finds its silence', async () => {
    const { world, lease, timer } = await worldWithTimer();
    expect(await live(world, lease, timer, [30, 59, 80, 110])).toEqual([60, 119, 170]);
    expect(await recorded(world, lease)).toMatchObject({ end: { cause: 'missed_heartbeat', at: at(170) } });
  });

  it('ends a lease at its deadline, keeps nobody out and tells IAM nothing', async () => {
    const { world, lease, timer } = await worldWithTimer();
    const beats = Array.from({ length: 20 }, (_, i) => 15 * i + 10);
    expect(
      (
        await live(
          world,
          lease,
          timer,
          beats.filter((second) => second < 300),
        )
      ).at(-1),
    ).toBe(300);
    expect(await recorded(world, lease)).toMatchObject({ state: 'expired', end: { cause: 'deadline' } });
    expect(world.controls.of([scope.agent(lease.agent)])).toEqual([]);
    expect(world.calls).toEqual([]);
  });

  it('that loses against a heartbeat at the last moment is sent again: the next silence is noticed too', async () => {
    const { world, lease, timer } = await worldWithTimer();
    const leases = {
      ...world.leases,
      async end(...args: Parameters<typeof world.leases.end>) {
        // Another function's clock is a second behind.
        await world.leases.beat(lease, at(59), at(119));
        return world.leases.end(...args);
      },
    };
    world.clock.advance(60);
    await fireTimer({ ...world, leases }, timer);
    expect(await recorded(world, lease)).toMatchObject({ state: 'active', timer_gen: 1 });
    expect(world.sent).toEqual([{ timer: { lease: lease.id, gen: 1 }, seconds: 0 }]);
    expect(world.controls.of([scope.agent(lease.agent)])).toEqual([]);
  });

  it('of a lease that has ended, is being made or never was does nothing', async () => {
    const { world, lease, timer } = await worldWithTimer();
    await world.leases.end(lease, { at: at(0), cause: 'released', by: lease.agent });
    const making = await reserveFor(world, 'bert');
    world.clock.advance(60);
    for (const each of [timer, { lease: making.id, gen: 0 }, { lease: nobodysLease, gen: 0 }])
      await fireTimer(world, each);
    expect(world.sent).toEqual([]);
    expect(world.calls).toEqual([]);
    expect(await recorded(world, making)).toMatchObject({ state: 'issuing' });
  });
});
