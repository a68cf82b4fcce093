import { afterAll, describe, expect, it } from 'vitest';
import { type Lease, mintsAllowed } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import type { Mint } from '../../../core/use-cases/mint-again.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { again, heardLease, isDue, leaseImplementations, mintOf, newLease } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

/** A mint that moves the deadline by so many seconds. */
function renewalOf(lease: Lease, seconds: number, proof: string): Mint {
  const deadline = after(lease.deadline, seconds);
  return { ...mintOf(lease, proof, deadline), deadline };
}

describe.each(leaseImplementations(dynamo))('renewing leases %s', (_, leases) => {
  async function active(lease = newLease()): Promise<Lease> {
    await leases.reserve(lease);
    await leases.activate(lease);
    return lease;
  }

  it('moves the deadline, counts the renewal, keeps the mint, and makes the lease due later', async () => {
    const lease = await active();
    const renewal = { ...renewalOf(lease, 60, 'proof-1'), at: after(lease.issued_at, 200) };
    expect(await leases.remint(again(lease), renewal)).toBe(true);
    expect(await leases.find(lease.id)).toMatchObject({
      deadline: after(lease.deadline, 60),
      credential_until: after(lease.deadline, 60),
      minted_at: after(lease.issued_at, 200),
      renewals: 1,
      proofs: ['proof-of-reserve', 'proof-1'],
    });
    expect(await isDue(leases, lease.id, after(lease.deadline, 59))).toBe(false);
    expect(await isDue(leases, lease.id, after(lease.deadline, 60))).toBe(true);
  });

  it('leaves a lease due at its heartbeat, when that comes before the new deadline', async () => {
    const lease = await active(heardLease(30));
    expect(await leases.remint(again(lease), renewalOf(lease, 60, 'proof-1'))).toBe(true);
    expect(await leases.find(lease.id)).toMatchObject({ beat_due: after(lease.issued_at, 60) });
    expect(await isDue(leases, lease.id, after(lease.issued_at, 60))).toBe(true);
  });

  it('under the deadline there is moves nothing but the mint', async () => {
    const lease = await active();
    const at = after(lease.issued_at, 10);
    expect(await leases.remint(again(lease), { ...mintOf(lease, 'proof-1'), at })).toBe(true);
    const { deadline } = lease;
    expect(await leases.find(lease.id)).toMatchObject({ deadline, renewals: 0, minted_at: at });
    expect(await isDue(leases, lease.id, after(deadline, -1))).toBe(false);
  });

  it('is refused to whoever decided by a deadline that was moved meanwhile', async () => {
    const lease = await active();
    expect(await leases.remint(again(lease), renewalOf(lease, 60, 'proof-1'))).toBe(true);
    expect(await leases.remint(again(lease), renewalOf(lease, 90, 'proof-2'))).toBe(false);
    const under = mintOf(lease, 'proof-3', after(lease.deadline, 90));
    expect(await leases.remint(again(lease), under)).toBe(false);
    expect(await leases.find(lease.id)).toMatchObject({ renewals: 1, deadline: after(lease.deadline, 60) });
  });

  it('is done by one of many at one moment', async () => {
    const lease = await active();
    const answers = await Promise.all(
      [1, 2, 3, 4].map((i) => leases.remint(again(lease), renewalOf(lease, 60, `proof-${i}`))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await leases.find(lease.id)).toMatchObject({ renewals: 1 });
  });

  it('is refused once the heartbeat is overdue, in the very second and not before', async () => {
    const lease = await active(heardLease(30));
    const at = after(lease.issued_at, 60);
    expect(await leases.remint(again(lease), { ...renewalOf(lease, 60, 'proof-1'), at })).toBe(false);
    const before = { ...renewalOf(lease, 60, 'proof-2'), at: after(at, -1) };
    expect(await leases.remint(again(lease), before)).toBe(true);
  });

  it('is refused once the deadline is there, in the very second and not before', async () => {
    const lease = await active();
    const late = { ...renewalOf(lease, 60, 'proof-1'), at: lease.deadline };
    expect(await leases.remint(again(lease), late)).toBe(false);
    expect(await leases.remint(again(lease), { ...late, at: after(lease.deadline, -1) })).toBe(true);
  });

  it('is refused to whatever has ended', async () => {
    const lease = await active();
    await leases.end(lease, { at: lease.issued_at, cause: 'released', by: lease.agent });
    expect(await leases.remint(again(lease), renewalOf(lease, 60, 'proof-1'))).toBe(false);
    expect(await leases.find(lease.id)).toMatchObject({ deadline: lease.deadline, renewals: 0 });
  });

  it('allows the mints of one credential more for each renewal', async () => {
    const lease = await active();
    for (let i = 1; i < mintsAllowed(lease); i++)
      expect(await leases.remint(again(lease), mintOf(lease, `proof-${i}`))).toBe(true);
    expect(await leases.remint(again(lease), mintOf(lease, 'proof-more'))).toBe(false);
    expect(await leases.remint(again(lease), renewalOf(lease, 60, 'proof-renewing'))).toBe(true);
    expect((await leases.find(lease.id))?.proofs).toHaveLength(mintsAllowed(lease) + 1);
  });

  it('knows its own write, when the answer was lost and the same comes again', async () => {
    const lease = await active();
    const [renewing, renewal] = [again(lease), renewalOf(lease, 60, 'proof-1')];
    expect(await leases.remint(renewing, renewal)).toBe(true);
    expect(await leases.remint(renewing, renewal)).toBe(true);
    expect(await leases.find(lease.id)).toMatchObject({
      renewals: 1,
      proofs: expect.objectContaining({ length: 2 }),
    });
  });
});
