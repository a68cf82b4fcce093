import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { grantRoleOf } from '../../../core/lease.ts';
import { mostEntries } from '../../../core/quota.ts';
import { scope } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { claimLimits } from '../../../core/use-cases/claim-limits.ts';
import { morning } from '../invoices.ts';
import { ask, askApproved, type PendingWorld, pendingWorld } from './pending-world.ts';
import { refusalOf } from './world.ts';

describe('places for what is alive', () => {
  /** A world with one place, which a lease has. */
  async function full(world: PendingWorld = pendingWorld({ limits: { concurrent_leases: 1 } })) {
    const { lease } = await ask(world, '4711');
    expect(lease.state).toBe('active');
    expect((await refusalOf(ask(world, '4711'))).evidence.reasons).toMatchObject([
      { rule: 'limits.concurrent_leases' },
    ]);
    return { world, lease };
  }

  it.each<[string, (world: PendingWorld, lease: Lease) => Promise<unknown>]>([
    [
      'was released',
      (world, lease) => world.leases.end(lease, { at: world.clock(), cause: 'released', by: lease.agent }),
    ],
    [
      'was revoked',
      (world, lease) => world.leases.end(lease, { at: world.clock(), cause: 'revoked', by: 'ops' }),
    ],
    ['has expired, though nobody wrote it', async ({ clock }) => clock.advance(300)],
    [
      'was revoked with its type, though its record does not say so',
      ({ controls, clock }, { agent_type }) => controls.bury(scope.type(agent_type), after(clock(), 1)),
    ],
    [
      'was revoked with its chain',
      ({ controls, clock }, { id }) => controls.bury(scope.chain(id), after(clock(), 1)),
    ],
    [
      'is of a generation that is over',
      (world, lease) => world.shards.begin(grantRoleOf(lease), 1, after(world.clock(), 9), world.clock()),
    ],
  ])('come back from a lease that %s', async (_, end) => {
    const { world, lease } = await full();
    await end(world, lease);
    world.clock.advance(1);
    expect((await ask(world, '4711')).lease.state).toBe('active');
  });

  it('come back after a minute from who counted and died before anything was reserved', async () => {
    const world = pendingWorld({ limits: { concurrent_leases: 1 } });
    const leases = { ...world.leases, reserve: () => new Promise<never>(() => {}) };
    void ask({ ...world, leases }, '4711');
    while (world.quotas.all().size === 0) await Promise.resolve();
    world.clock.advance(59);
    await refusalOf(ask(world, '4711'));
    world.clock.advance(1);
    expect((await ask(world, '4711')).lease.state).toBe('active');
  });

  it('come back after a minute from who died while STS answered', async () => {
    const world = pendingWorld({ limits: { concurrent_leases: 1 } });
    world.minter.meddle = () => new Promise<never>(() => {});
    void ask(world, '4711');
    while (!world.leases.trail.includes('mint')) await Promise.resolve();
    world.minter.meddle = () => ({});
    world.clock.advance(59);
    await refusalOf(ask(world, '4711'));
    world.clock.advance(1);
    expect((await ask(world, '4711')).lease.state).toBe('active');
  });

  it('are not taken by what failed, was denied by another limit, or waits for people', async () => {
    const world = pendingWorld({ limits: { concurrent_leases: 1, per_hour: 3 } });
    world.minter.meddle = () => Promise.reject(new Error('STS is down'));
    await refusalOf(ask(world, '4711'));
    world.minter.meddle = () => ({});
    await askApproved(world);
    expect((await ask(world, '4711')).lease.state).toBe('active');
  });

  it('of a record that can hold no more are full', async () => {
    const world = pendingWorld();
    const until = after(morning, 3_600);
    const limit = {
      id: 'limit#',
      rule: 'limits.tried',
      most: 2 * mostEntries,
      unit: 1,
      live: false,
      amount: 1,
      until,
    };
    for (let i = 0; i < mostEntries; i++)
      await claimLimits(world, [limit], { id: `L-${i}`, attempt: `${i}` }, morning);
    expect(
      (await refusalOf(claimLimits(world, [limit], { id: 'L-more', attempt: 'more' }, morning))).code,
    ).toBe('access_denied');
  });
});
