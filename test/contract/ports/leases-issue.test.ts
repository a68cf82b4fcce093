import { afterAll, describe, expect, it } from 'vitest';
import { type Lease, mintsAllowed } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { again, heardLease, isDue, leaseImplementations, mintOf, newLease } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

describe.each(leaseImplementations(dynamo))('leases %s', (_, leases) => {
  async function reserved(): Promise<Lease> {
    const lease = newLease();
    await leases.reserve(lease);
    return lease;
  }
  async function active(): Promise<Lease> {
    const lease = await reserved();
    await leases.activate(lease);
    return lease;
  }

  it('keep what was reserved, and answer it to whoever reserves the id again', async () => {
    const lease = newLease();
    expect(await leases.find(lease.id)).toBeUndefined();
    expect(await leases.reserve(lease)).toBe('reserved');
    expect(await leases.find(lease.id)).toMatchObject(lease);
    expect(await leases.reserve({ ...again(lease), request_hash: 'other' })).toMatchObject(lease);
  });

  it('let one of many reserve an id', async () => {
    const lease = newLease();
    const answers = await Promise.all(Array.from({ length: 8 }, () => leases.reserve(again(lease))));
    expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(1);
  });

  it('activate what is issuing, once', async () => {
    const lease = await reserved();
    expect(await leases.activate(lease)).toBe(true);
    expect(await leases.find(lease.id)).toMatchObject({ state: 'active' });
    expect(await leases.activate(again(lease))).toBe(false);
  });

  it('fail what is issuing, for good', async () => {
    const lease = await reserved();
    expect(await leases.fail(lease, 'why')).toBe(true);
    expect(await leases.activate(lease)).toBe(false);
    expect(await leases.fail(lease, 'again')).toBe(false);
    expect(await leases.find(lease.id)).toMatchObject({ state: 'failed', failure: 'why' });
  });

  it('are due when they stall while they are made, and at their next time once they are there', async () => {
    const lease = heardLease(30);
    await leases.reserve(lease);
    expect(await isDue(leases, lease.id, after(lease.issued_at, 59))).toBe(false);
    expect(await isDue(leases, lease.id, after(lease.issued_at, 60))).toBe(true);
    await leases.activate(lease);
    expect(lease.beat_due).toBe(after(lease.issued_at, 60));
    expect(await isDue(leases, lease.id, after(lease.issued_at, 59))).toBe(false);
    expect(await isDue(leases, lease.id, after(lease.issued_at, 60))).toBe(true);
    const silent = await active();
    expect(await isDue(leases, silent.id, after(silent.deadline, -1))).toBe(false);
    expect(await isDue(leases, silent.id, silent.deadline)).toBe(true);
  });

  it('are to be heard from since they are there, however long they were made', async () => {
    const lease = heardLease(30);
    await leases.reserve(lease);
    const beat_due = after(lease.issued_at, 100);
    expect(await leases.activate({ ...lease, beat_due })).toBe(true);
    expect(await leases.find(lease.id)).toMatchObject({ state: 'active', beat_due });
    expect(await isDue(leases, lease.id, after(beat_due, -1))).toBe(false);
    expect(await isDue(leases, lease.id, beat_due)).toBe(true);
  });

  it('that failed are never due', async () => {
    const lease = await reserved();
    await leases.fail(lease, 'why');
    expect(await isDue(leases, lease.id, after(lease.deadline, 3_600))).toBe(false);
  });

  it('fail nothing that is active, and activate or mint nothing that is not there', async () => {
    const lease = await active();
    expect(await leases.fail(lease, 'why')).toBe(false);
    const nobodys = newLease();
    expect(await leases.activate(nobodys)).toBe(false);
    expect(await leases.fail(nobodys, 'why')).toBe(false);
    expect(await leases.remint(again(nobodys), mintOf(nobodys, 'proof'))).toBe(false);
    expect(await leases.find(nobodys.id)).toBeUndefined();
  });

  it('count mints up to the most there may be, each with a proof of its own', async () => {
    const lease = await active();
    expect(await leases.remint(again(lease), mintOf(lease, 'proof-of-reserve'))).toBe(false);
    for (let i = 1; i < mintsAllowed(lease); i++)
      expect(await leases.remint(again(lease), mintOf(lease, `proof-${i}`))).toBe(true);
    expect(await leases.remint(again(lease), mintOf(lease, 'proof-more'))).toBe(false);
    const { proofs } = (await leases.find(lease.id)) ?? {};
    expect(proofs).toEqual(['proof-of-reserve', 'proof-1', 'proof-2', 'proof-3']);
  });

  it('count one of many mints with the same proof', async () => {
    const lease = await active();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => leases.remint(again(lease), mintOf(lease, 'replayed'))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('mint nothing again that is not active', async () => {
    const lease = await reserved();
    expect(await leases.remint(again(lease), mintOf(lease, 'proof'))).toBe(false);
  });

  it('know their own writes, when an answer was lost and the same write comes again', async () => {
    const lease = newLease();
    await leases.reserve(lease);
    expect(await leases.reserve(lease)).toBe('reserved');
    expect(await leases.reserve(again(lease))).toMatchObject(lease);
    expect(await leases.activate(lease)).toBe(true);
    expect(await leases.activate(lease)).toBe(true);
    expect(await leases.activate(again(lease))).toBe(false);
    const minting = again(lease);
    expect(await leases.remint(minting, mintOf(lease, 'proof-1'))).toBe(true);
    expect(await leases.remint(minting, mintOf(lease, 'proof-1'))).toBe(true);
    expect((await leases.find(lease.id))?.proofs).toEqual(['proof-of-reserve', 'proof-1']);
    expect(await leases.activate(lease)).toBe(false);
  });

  it('allow a lease of several credentials several times the mints of one', async () => {
    const short = newLease();
    expect(mintsAllowed(short)).toBe(4);
    expect(mintsAllowed({ ...short, deadline: after(short.issued_at, 3_540) })).toBe(4);
    expect(mintsAllowed({ ...short, deadline: after(short.issued_at, 3_541) })).toBe(8);
    const long = { ...short, deadline: after(short.issued_at, 3_541) };
    await leases.reserve(long);
    await leases.activate(long);
    for (let i = 1; i < 8; i++)
      expect(await leases.remint(again(long), mintOf(long, `proof-${i}`))).toBe(true);
    expect(await leases.remint(again(long), mintOf(long, 'proof-8'))).toBe(false);
  });

  it('raise credential_until and never lower it', async () => {
    const lease = await active();
    const later = after(lease.credential_until, 100);
    expect(await leases.remint(again(lease), mintOf(lease, 'proof-1', later))).toBe(true);
    expect(await leases.remint(again(lease), mintOf(lease, 'proof-2', after(later, -1)))).toBe(false);
    expect(await leases.find(lease.id)).toMatchObject({ credential_until: later });
  });
});
