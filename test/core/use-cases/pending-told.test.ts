import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { type Due, sweep } from '../../../core/use-cases/sweep.ts';
import { fireTimer } from '../../../core/use-cases/timer.ts';
import { ask, askPending, mia, onRecord, type PendingWorld, pendingWorld, say } from './pending-world.ts';
import { attestedAs } from './world.ts';

async function sweepOnce(world: PendingWorld) {
  const faults: [Due, unknown][] = [];
  await sweep({ ...world, report: (due, fault) => void faults.push([due, fault]) }, 0);
  expect(faults).toEqual([]);
}

/** Every timer that was sent comes back. */
async function timersBack(world: PendingWorld) {
  for (const timer of world.sent.splice(0)) await fireTimer(world, timer);
}

describe('people are told of a lease that waits', () => {
  it('once, at once', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    expect(world.sent).toEqual([{ lease: lease.id, gen: 0 }]);
    await timersBack(world);
    expect(world.told.map(({ message }) => message)).toEqual([
      expect.stringContaining(`mayfly approve ${lease.id}`),
    ]);
    expect((await onRecord(world, lease)).approval?.notified_at).toBe(lease.issued_at);
    world.clock.advance(60);
    await sweepOnce(world);
    expect(world.sent).toEqual([]);
  });

  it('by the sweeper’s word where the message was lost, or could not be sent', async () => {
    const world = pendingWorld();
    const timers = { send: () => Promise.reject(new Error('no network')) };
    await ask({ ...world, timers });
    await askPending(world);
    world.sent.length = 0;
    await sweepOnce(world);
    expect(world.sent).toHaveLength(2);
    await timersBack(world);
    expect(world.told).toHaveLength(2);
  });

  it('again and again for as long as it fails, and until they were told', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    const notifier = { send: () => Promise.reject(new Error('SNS is down')) };
    const [timer] = world.sent.splice(0);
    if (!timer) throw new Error('nothing was sent');
    await expect(fireTimer({ ...world, notifier }, timer)).rejects.toThrow('SNS is down');
    expect((await onRecord(world, lease)).approval?.notified_at).toBeUndefined();
    for (let minute = 0; minute < 3; minute++) {
      world.clock.advance(60);
      await sweepOnce(world);
    }
    expect(world.sent).toHaveLength(3);
    await timersBack(world);
    expect(world.told).toHaveLength(1);
  });

  it('twice where nobody could note that they were, and nothing else comes of it', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    const [timer] = world.sent.splice(0);
    if (!timer) throw new Error('nothing was sent');
    const leases = { ...world.leases, notified: () => Promise.reject(new Error('crash')) };
    await expect(fireTimer({ ...world, leases }, timer)).rejects.toThrow('crash');
    await sweepOnce(world);
    await timersBack(world);
    expect(world.told).toHaveLength(2);
    expect(world.told[0]).toEqual(world.told[1]);
    expect((await say(world, lease, mia)).lease.state).toBe('approved');
  });

  it.each<[string, (world: PendingWorld, lease: Lease) => Promise<unknown>]>([
    ['decided', (world, lease) => say(world, lease, mia)],
    ['given up', (world, lease) => releaseLease(world, attestedAs(), lease.id)],
    ['out of time', async ({ clock }) => clock.advance(1_800)],
  ])('not once it is %s', async (_, end) => {
    const world = pendingWorld();
    await end(world, await askPending(world));
    await timersBack(world);
    await sweepOnce(world);
    await timersBack(world);
    expect(world.told).toEqual([]);
  });
});
