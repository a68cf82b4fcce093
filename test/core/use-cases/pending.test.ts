import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { scope } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { listApprovals } from '../../../core/use-cases/list-approvals.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import {
  ask,
  askApproved,
  askPending,
  collect,
  dora,
  mia,
  onRecord,
  type PendingWorld,
  pendingWorld,
  say,
} from './pending-world.ts';
import { attestedAs, refusalOf } from './world.ts';

describe('a lease that waits for people', () => {
  it('has nothing minted, and is on record with what they are asked', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    expect(await onRecord(world, lease)).toMatchObject({
      state: 'pending',
      minted_at: 0,
      credential_until: lease.issued_at,
      approval: { approve_by: after(lease.issued_at, 1_800), votes: [] },
    });
    expect(world.minter.plans).toEqual([]);
    expect([...world.quotas.all()]).toEqual([]);
  });

  it('waits for those who have the least time, where several are asked', async () => {
    const world = pendingWorld({
      conditions: { business_hours: { is: 'preferred', otherwise: { risk: 60 } } },
      risk: { weights: { claimed_parameters: 0 }, approval: { at: 50, from: ['directors'], within: '5m' } },
    });
    const lease = await askPending(world);
    expect(lease.approval?.terms.map(({ from }) => from)).toEqual([['managers'], ['directors']]);
    expect(lease.approval?.approve_by).toBe(after(lease.issued_at, 300));
    await say(world, lease, mia);
    expect((await say(world, lease, dora)).lease.state).toBe('approved');
  });

  it('asked for again under the same key is the same lease, as it is by then', async () => {
    const world = pendingWorld();
    const key = { idempotencyKey: 'the-same-key' };
    const lease = await askPending(world, '4712', {}, key);
    expect((await ask(world, '4712', {}, key)).lease).toMatchObject({ id: lease.id, state: 'pending' });
    await say(world, lease, mia);
    expect((await ask(world, '4712', {}, key)).lease).toMatchObject({ id: lease.id, state: 'approved' });
    await collect(world, lease);
    expect(await ask(world, '4712', {}, key)).toMatchObject({
      lease: { id: lease.id, state: 'active' },
      credentials: {},
    });
    expect(world.leases.all()).toHaveLength(1);
  });

  it('asked for again under the same key is answered though it fills what there is', async () => {
    const world = pendingWorld({ limits: { sum: { invoice_amount: 5_000, per: 'user', within: '1d' } } });
    const key = { idempotencyKey: 'the-same-key' };
    const lease = await askPending(world, '4712', {}, key);
    await say(world, lease, mia);
    await collect(world, lease);
    expect((await ask(world, '4712', {}, key)).lease).toMatchObject({ id: lease.id, state: 'active' });
  });

  it('is none that no sum would let through: nobody is asked', async () => {
    const world = pendingWorld({ limits: { sum: { invoice_amount: 7_000, per: 'user', within: '1d' } } });
    await collect(world, await askApproved(world));
    expect((await refusalOf(ask(world, '4713'))).evidence.reasons).toMatchObject([
      { rule: 'limits.sum.invoice_amount', value: '5000 and 5000 more' },
    ]);
    world.clock.advance(86_400);
    await askPending(world, '4713');
  });

  it('asked for under the same key with another body is refused', async () => {
    const world = pendingWorld();
    const key = { idempotencyKey: 'the-same-key' };
    await askPending(world, '4712', {}, key);
    expect((await refusalOf(ask(world, '4713', {}, key))).code).toBe('idempotency_key_reused');
  });

  it.each<[string, (world: PendingWorld, lease: Lease) => Promise<unknown>]>([
    ['denied', (world, lease) => say(world, lease, mia, 'deny')],
    ['given up', (world, lease) => releaseLease(world, attestedAs(), lease.id)],
    ['out of time', async ({ clock }) => clock.advance(1_800)],
  ])('once it is %s, is not asked for again under that key', async (_, end) => {
    const world = pendingWorld();
    const key = { idempotencyKey: 'the-same-key' };
    const lease = await askPending(world, '4712', {}, key);
    await end(world, lease);
    expect(await refusalOf(ask(world, '4712', {}, key))).toMatchObject({
      code: 'lease_ended',
      evidence: { retry: 'new_key' },
    });
    expect((await askPending(world)).id).not.toBe(lease.id);
  });

  it('is listed while it waits, the most urgent first, and no longer', async () => {
    const world = pendingWorld();
    world.amounts.set('4714', 15_000);
    const slow = await askPending(world, '4714');
    const [quick, revoked, given] = [
      await askPending(world),
      await askPending(world),
      await askPending(world),
    ];
    await releaseLease(world, attestedAs(), given.id);
    await world.controls.bury(scope.chain(revoked.id), after(world.clock(), 1));
    const listed = async () => (await listApprovals(world, 100)).leases.map(({ lease }) => lease.id);
    expect(await listed()).toEqual([quick.id, slow.id]);
    world.clock.advance(1_800);
    expect(await listed()).toEqual([slow.id]);
    await say(world, slow, dora);
    expect(await listed()).toEqual([slow.id]);
    await say(world, slow, mia);
    expect(await listed()).toEqual([]);
  });
});
