import { describe, expect, it } from 'vitest';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { childOf, childrenOf, delegate, delegatingWorld } from './delegate-world.ts';
import { agentNamed, issueTo, recorded } from './early-world.ts';
import { orderOf, refusalOf } from './world.ts';

describe('a delegation that is used again', () => {
  it('with the same key gives new credentials of the same lease, and no second child', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna');
    const order = { idempotencyKey: 'the-same-key', requestHash: 'the same body' };
    const [one, again] = [await delegate(world, parent, { order }), await delegate(world, parent, { order })];
    expect(again.lease.id).toBe(one.lease.id);
    expect(again.lease.deadline).toBe(one.lease.deadline);
    expect(again.credentials.aws?.sessionToken).not.toBe(one.credentials.aws?.sessionToken);
    expect(await childrenOf(world, parent)).toEqual([one.lease.id]);
  });

  it('with the same key and another body is refused', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna');
    const order = { idempotencyKey: 'the-same-key' };
    await delegate(world, parent, { order: { ...order, requestHash: 'one body' } });
    const refusal = await refusalOf(delegate(world, parent, { order: { ...order, requestHash: 'another' } }));
    expect(refusal.code).toBe('idempotency_key_reused');
  });

  it('with a key of a lease of its own is refused: neither becomes the other', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna');
    const order = { idempotencyKey: 'the-same-key', requestHash: 'another' };
    const asked = orderOf({}, { attested: agentNamed('bert'), idempotencyKey: order.idempotencyKey });
    const { lease: own } = await issueLease(world, asked);
    const before = await recorded(world, own);
    expect(before.ancestors).toEqual([]);
    expect((await refusalOf(delegate(world, parent, { order }))).code).toBe('idempotency_key_reused');
    expect(await recorded(world, own)).toEqual(before);
  });

  it('with new keys makes as many leases as one may have children, and no more', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna');
    for (let i = 0; i < 20; i++) await childOf(world, parent);
    const refusal = await refusalOf(childOf(world, parent));
    expect(refusal).toMatchObject({ code: 'lease_ended', message: expect.stringContaining('20 children') });
    expect(await childrenOf(world, parent)).toHaveLength(20);
    expect(world.leases.all()).toHaveLength(21);
  });
});
