import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import { readOwnLease } from '../../../core/use-cases/read-lease.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { revoke } from '../../../core/use-cases/revoke.ts';
import { type Due, sweep } from '../../../core/use-cases/sweep.ts';
import { fireTimer } from '../../../core/use-cases/timer.ts';
import {
  askApproved,
  askPending,
  collect,
  mia,
  onRecord,
  type PendingWorld,
  pendingWorld,
  say,
} from './pending-world.ts';
import { attestedAs, refusalOf } from './world.ts';

async function sweepOnce(world: PendingWorld) {
  const faults: [Due, unknown][] = [];
  await sweep({ ...world, report: (due, fault) => void faults.push([due, fault]) }, 0);
  expect(faults).toEqual([]);
}

/** Every timer that was sent comes back. */
async function timersBack(world: PendingWorld) {
  for (const timer of world.sent.splice(0)) await fireTimer(world, timer);
}

const seen = async (world: PendingWorld, { id }: Lease) =>
  (await readOwnLease(world, attestedAs(), id, world.clock())).lease.state;

describe.each<[string, (world: PendingWorld) => Promise<Lease>, number]>([
  ['pending', askPending, 1_800],
  ['approved', askApproved, 900],
])('what is %s', (state, make, seconds) => {
  it('expires by itself, for every reader at once, and on record when it is swept', async () => {
    const world = pendingWorld();
    const lease = await make(world);
    await timersBack(world);
    world.clock.advance(seconds - 1);
    expect(await seen(world, lease)).toBe(state);
    world.clock.advance(1);
    expect(await seen(world, lease)).toBe('expired');
    expect((await refusalOf(collect(world, lease))).code).toBe('lease_ended');
    expect((await refusalOf(say(world, lease, mia))).code).toBe('approval_closed');
    await sweepOnce(world);
    expect(await onRecord(world, lease)).toMatchObject({
      state: 'expired',
      end: { cause: 'deadline', by: 'sweeper' },
    });
    expect(world.leases.dueNow(after(world.clock(), 1_000_000))).toEqual([]);
    expect(world.calls).toEqual([]);
  });

  it('is given up by its agent, and IAM hears nothing of it', async () => {
    const world = pendingWorld();
    const lease = await make(world);
    const { lease: given } = await releaseLease(world, attestedAs(), lease.id);
    expect(given).toEqual(await onRecord(world, lease));
    expect(given).toMatchObject({ state: 'revoked', end: { cause: 'cancelled', by: lease.agent } });
    expect((await releaseLease(world, attestedAs(), lease.id)).lease.end).toEqual(given.end);
    expect((await refusalOf(collect(world, lease))).code).toBe('lease_ended');
    expect((await refusalOf(say(world, lease, mia))).code).toBe('approval_closed');
    expect(world.calls).toEqual([]);
    expect(world.leases.dueNow(after(world.clock(), 1_000_000))).toEqual([]);
  });

  const kinds = [
    ['the lease', ({ id }: Lease) => ({ kind: 'lease', lease: id }) as const, 'revoked'],
    ['the chain', ({ id }: Lease) => ({ kind: 'chain', lease: id }) as const, 'revoked'],
    [
      'the agent',
      ({ agent, agent_type }: Lease) => ({ kind: 'agent', agent, agent_type }) as const,
      'scope_revoked',
    ],
    [
      'the task',
      ({ agent_type, task }: Lease) => ({ kind: 'task', agent_type, name: task.name }) as const,
      'revoked',
    ],
    ['the type', ({ agent_type }: Lease) => ({ kind: 'type', agent_type }) as const, 'scope_revoked'],
    [
      'what was issued before now',
      ({ agent_type, issued_at }: Lease) =>
        ({ kind: 'issued_before', agent_type, before: after(issued_at, 1) }) as const,
      'scope_revoked',
    ],
  ] as const;
  it.each(kinds)('is revoked with %s: nothing of it is collected, or decided', async (_, of, cause) => {
    const world = pendingWorld();
    const lease = await make(world);
    const order = { id: 'R-1', scope: of(lease), at: world.clock(), by: 'role/ops as anna', reason: 'asked' };
    await revoke(world, order);
    expect(await seen(world, lease)).toBe('revoked');
    const refusal = await refusalOf(collect(world, lease));
    expect(refusal.code).toMatch(/lease_ended|quarantined/);
    expect((await refusalOf(say(world, lease, mia))).code).toBe('approval_closed');
    await timersBack(world);
    expect(world.told).toEqual([]);
    world.clock.advance(seconds);
    await sweepOnce(world);
    expect(await onRecord(world, lease)).toMatchObject({ state: 'revoked', end: { cause } });
    expect(world.minter.plans).toEqual([]);
    const inCalls = world.calls.flatMap(({ leases }) => leases);
    expect(inCalls).not.toContain(lease.id);
  });
});

it('who gives a lease back while it is collected is told to ask again, and then it is released', async () => {
  const world = pendingWorld();
  const lease = await askApproved(world);
  const end = world.leases.end;
  const leases = {
    ...world.leases,
    end: async (...args: Parameters<typeof end>) => {
      await collect(world, lease);
      return end(...args);
    },
  };
  const refusal = await refusalOf(releaseLease({ ...world, leases }, attestedAs(), lease.id));
  expect(refusal).toMatchObject({ code: 'lease_in_progress', evidence: { retryAfter: 1 } });
  expect((await releaseLease(world, attestedAs(), lease.id)).lease.state).toBe('released');
});
