import { afterAll, describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { heardLease, isDue, leaseImplementations, newLease } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

describe.each(leaseImplementations(dynamo))('living leases %s', (_, leases) => {
  async function active(lease = heardLease(30)): Promise<Lease> {
    await leases.reserve(lease);
    await leases.activate(lease);
    return lease;
  }

  it('move their next time with each beat', async () => {
    const lease = await active();
    const [now, due] = [after(lease.issued_at, 59), after(lease.issued_at, 119)];
    expect(await leases.beat(lease, now, due)).toBe(true);
    expect(await leases.find(lease.id)).toMatchObject({ beat_due: due, state: 'active' });
    expect(await isDue(leases, lease.id, after(due, -1))).toBe(false);
    expect(await isDue(leases, lease.id, due)).toBe(true);
  });

  it('are due at their deadline, when the next beat would come after it', async () => {
    const lease = await active();
    for (const seconds of [50, 100, 150, 200, 250, 299])
      await leases.beat(lease, after(lease.issued_at, seconds), after(lease.issued_at, seconds + 60));
    expect(await leases.find(lease.id)).toMatchObject({ beat_due: after(lease.issued_at, 359) });
    expect(await isDue(leases, lease.id, after(lease.deadline, -1))).toBe(false);
    expect(await isDue(leases, lease.id, lease.deadline)).toBe(true);
  });

  it('are not revived by a beat that comes in the second in which it is overdue', async () => {
    const lease = await active();
    const late = after(lease.issued_at, 60);
    expect(await leases.beat(lease, late, after(late, 60))).toBe(false);
    expect(await leases.find(lease.id)).toMatchObject({ beat_due: late });
  });

  it('take no beat at their deadline, while they are made, or where none was agreed', async () => {
    const lease = await active(heardLease(200));
    expect(await leases.beat(lease, lease.deadline, after(lease.deadline, 400))).toBe(false);
    const making = heardLease();
    await leases.reserve(making);
    expect(await leases.beat(making, making.issued_at, after(making.issued_at, 60))).toBe(false);
    const unheard = await active(newLease());
    expect(await leases.beat(unheard, unheard.issued_at, after(unheard.issued_at, 60))).toBe(false);
    expect((await leases.find(unheard.id))?.beat_due).toBeUndefined();
  });

  it('make one timer count after the other, one of many at a time', async () => {
    const lease = await active();
    const answers = await Promise.all([0, 0, 0, 1].map((gen) => leases.rearm(lease.id, gen)));
    expect(answers.slice(0, 3).filter(Boolean)).toHaveLength(1);
    const { timer_gen } = (await leases.find(lease.id)) ?? {};
    expect(timer_gen).toBe(answers[3] ? 2 : 1);
    expect(await leases.rearm(lease.id, 0)).toBe(false);
    expect(await leases.rearm(lease.id, timer_gen ?? -1)).toBe(true);
  });

  it('rearm no timer of a lease that is being made, has none, or is not there', async () => {
    const making = heardLease();
    await leases.reserve(making);
    expect(await leases.rearm(making.id, 0)).toBe(false);
    const unheard = await active(newLease());
    expect(await leases.rearm(unheard.id, 0)).toBe(false);
    expect(await leases.rearm(newLease().id, 0)).toBe(false);
  });

  it('are postponed while they live, and while they are made', async () => {
    const lease = await active();
    const later = after(lease.issued_at, 200);
    await leases.postpone({ ...lease, state: 'active' }, later);
    expect(await isDue(leases, lease.id, after(later, -1))).toBe(false);
    expect(await isDue(leases, lease.id, later)).toBe(true);
    const making = heardLease();
    await leases.reserve(making);
    await leases.postpone(making, later);
    expect(await isDue(leases, making.id, after(later, -1))).toBe(false);
  });

  it('stay due when they ended, though who read them before postpones them: IAM may not be told yet', async () => {
    const lease = await active();
    const at = after(lease.issued_at, 10);
    await leases.end(lease, { at, cause: 'revoked', by: 'an operator' });
    for (const state of ['active', 'issuing'] as const)
      await leases.postpone({ ...lease, state }, lease.deadline);
    expect(await isDue(leases, lease.id, at)).toBe(true);
  });

  it('are not taken off what is due before they have ended', async () => {
    const lease = await active();
    await leases.done(lease.id);
    expect(await isDue(leases, lease.id, after(lease.issued_at, 60))).toBe(true);
  });

  it('are not made by postponing, ending or leaving what is not there', async () => {
    const lease = newLease();
    const { id } = lease;
    await leases.postpone(lease, lease.issued_at);
    await leases.done(id);
    await leases.leaveToExpiry(id);
    expect(await leases.find(id)).toBeUndefined();
  });

  it('are left to expiry once they are released, and not when somebody revoked them', async () => {
    const [released, revoked, alive] = [await active(), await active(), await active()];
    const at = released.issued_at;
    await leases.end(released, { at, cause: 'released', by: released.agent });
    await leases.end(revoked, { at, cause: 'revoked', by: 'an operator' });
    for (const { id } of [released, revoked, alive]) await leases.leaveToExpiry(id);
    const grantOf = async ({ id }: Lease) => (await leases.find(id))?.grants[0];
    expect(await grantOf(released)).toEqual({ ...released.grants[0], enforcement: 'left_to_expiry' });
    expect(await grantOf(revoked)).toEqual(revoked.grants[0]);
    expect(await grantOf(alive)).toEqual(alive.grants[0]);
  });
});
