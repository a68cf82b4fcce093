import { describe, expect, it } from 'vitest';
import { after } from '../../../core/time.ts';
import { childOf, delegate, delegatingWorld, renew } from './delegate-world.ts';
import { type EarlyWorld, issueTo, runSweeper } from './early-world.ts';
import { refusalOf } from './world.ts';

/** How many leases count against each limit. */
const counted = (world: EarlyWorld) =>
  Object.fromEntries(
    [...world.quotas.all()].map(([id, entries]) => [id.split('#')[1] ?? '', entries.length]),
  );

const denied = (rule: string) => ({ code: 'access_denied', evidence: { reasons: [{ rule }] } });

describe('limits', () => {
  const limits = {
    concurrent_leases: 3,
    per_hour: 5,
    per_task: { leases: 1 },
    sum: { invoice_amount: 420, per: 'agent', within: '1d' },
  };

  it('count every delegated lease among those that are alive, and those of an hour', async () => {
    const world = delegatingWorld({ limits });
    const parent = await issueTo(world, 'anna');
    await childOf(world, parent, { to: 'bert' });
    await childOf(world, parent, { to: 'carl' });
    expect(counted(world)).toEqual({ hour: 3, task: 1, concurrent: 3, sum: 1 });
    const refusal = await refusalOf(childOf(world, parent, { to: 'dora' }));
    expect(refusal).toMatchObject(denied('limits.concurrent_leases'));
    expect(counted(world)).toEqual({ hour: 3, task: 1, concurrent: 3, sum: 1 });
  });

  it('stop delegating by the hour, though all that was delegated has ended', async () => {
    const world = delegatingWorld({ limits: { per_hour: 2 } });
    const parent = await issueTo(world, 'anna', { estimated_seconds: 450 });
    await childOf(world, parent, { to: 'bert', task: { estimated_seconds: 1 } });
    world.clock.advance(301);
    await runSweeper(world);
    const refusal = await refusalOf(childOf(world, parent, { to: 'carl' }));
    expect(refusal).toMatchObject(denied('limits.per_hour'));
  });

  it('count an amount once, however often its task is delegated: it is the same task', async () => {
    const world = delegatingWorld({ limits });
    const parent = await issueTo(world, 'anna');
    const child = await childOf(world, parent, { to: 'bert' });
    await childOf(world, child, { to: 'carl' });
    expect(counted(world)).toMatchObject({ task: 1, sum: 1 });
  });

  it('count a delegation once that is asked for twice', async () => {
    const world = delegatingWorld({ limits });
    const parent = await issueTo(world, 'anna');
    const order = { idempotencyKey: 'the-same-key', requestHash: 'the same body' };
    await delegate(world, parent, { order });
    await delegate(world, parent, { order });
    expect(counted(world)).toMatchObject({ hour: 2, concurrent: 2 });
  });

  it('count no renewal', async () => {
    const world = delegatingWorld({ limits });
    const child = await childOf(world, await issueTo(world, 'anna'));
    await renew(world, child, 100);
    expect(counted(world)).toMatchObject({ hour: 2, concurrent: 2 });
  });

  it('count nothing of a child that was refused at the last moment', async () => {
    const world = delegatingWorld({ limits });
    const parent = await issueTo(world, 'anna');
    const { leases } = world;
    const ending = {
      ...world,
      leases: {
        ...leases,
        async addChild(...args: Parameters<typeof leases.addChild>) {
          await leases.end(parent, { at: world.clock(), cause: 'revoked', by: 'test' });
          return leases.addChild(...args);
        },
      },
    };
    expect((await refusalOf(childOf(ending, parent))).code).toBe('lease_ended');
    expect(counted(world)).toMatchObject({ hour: 1, concurrent: 1 });
    expect(leases.all().map(({ id }) => id)).toEqual([parent.id]);
  });

  it('make room again at the second in which what was delegated has ended', async () => {
    const world = delegatingWorld({ limits: { concurrent_leases: 2 } });
    const parent = await issueTo(world, 'anna', { estimated_seconds: 450 });
    const child = await childOf(world, parent, { to: 'bert', task: { estimated_seconds: 1 } });
    world.clock.advance(299);
    await refusalOf(childOf(world, parent, { to: 'carl' }));
    world.clock.advance(1);
    expect(world.clock()).toBe(after(child.issued_at, 300));
    expect((await childOf(world, parent, { to: 'carl' })).state).toBe('active');
  });
});
