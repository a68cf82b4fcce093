import { afterAll, describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { after, type EpochSeconds } from '../../../core/time.ts';
import { mostChildren } from '../../../core/use-cases/delegate-lease.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import {
  again,
  askingElse,
  fresh,
  heardLease,
  isDue,
  leaseImplementations,
  newLease,
  pendingLease,
  voteOf,
} from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

describe.each(leaseImplementations(dynamo))('leases that people approved %s', (_, leases) => {
  /** Approved, to be collected for 900 seconds. */
  async function approved(): Promise<Lease> {
    const lease = pendingLease();
    await leases.reserve(lease);
    const collect_by = after(lease.issued_at, 900);
    expect(await leases.vote(lease, voteOf('anna'), { state: 'approved', collect_by })).toBe(true);
    const { approval } = await found(lease);
    return { ...lease, state: 'approved', ...(approval && { approval }) };
  }
  async function found({ id }: Lease): Promise<Lease> {
    const lease = await leases.find(id);
    if (!lease) throw new Error('the lease is gone');
    return lease;
  }
  /** The lease as whoever collects it makes it, so many seconds after it was asked for. */
  function begun(lease: Lease, seconds = 100): Lease {
    const now = after(lease.issued_at, seconds);
    return {
      ...again(lease),
      state: 'issuing',
      proofs: [...lease.proofs, fresh('proof')],
      issued_at: now,
      minted_at: now,
      deadline: after(now, 300),
      credential_until: after(now, 300),
      renewable_until: after(now, 300),
      beat_due: after(now, 60),
      gen: 2,
    };
  }

  it('are made as they are begun, whole, and are due when they stall', async () => {
    const lease = await approved();
    const making = begun(lease);
    expect(await leases.begin(making)).toBe(true);
    expect(await found(lease)).toMatchObject(making);
    expect(await isDue(leases, lease.id, after(making.issued_at, 59))).toBe(false);
    expect(await isDue(leases, lease.id, after(making.issued_at, 60))).toBe(true);
    expect(
      (await leases.awaiting(lease.issued_at, 1_000, undefined)).leases.map(({ id }) => id),
    ).not.toContain(lease.id);
    expect(await leases.activate(making)).toBe(true);
    expect(await found(lease)).toMatchObject({ state: 'active', beat_due: making.beat_due });
  });

  it('are begun by one of many at one moment', async () => {
    const lease = await approved();
    const all = Array.from({ length: 8 }, () => begun(lease));
    const answers = await Promise.all(all.map((each) => leases.begin(each)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect((await found(lease)).attempt).toBe(all[answers.indexOf(true)]?.attempt);
  });

  it('are not begun in the second in which it is too late, and are before', async () => {
    const lease = await approved();
    for (const seconds of [901, 900]) expect(await leases.begin(begun(lease, seconds))).toBe(false);
    expect(await leases.begin(begun(lease, 899))).toBe(true);
  });

  it('are not begun for another request than the one that was approved', async () => {
    const lease = await approved();
    const other = askingElse(begun(lease));
    expect(await leases.begin(other)).toBe(false);
    expect(await found(lease)).toMatchObject(lease);
  });

  it.each<[string, (lease: Lease) => Promise<unknown>]>([
    ['revoked', (lease) => leases.end(lease, { at: lease.issued_at, cause: 'revoked', by: 'x' })],
    ['cancelled', (lease) => leases.end(lease, { at: lease.issued_at, cause: 'cancelled', by: lease.agent })],
    [
      'expired',
      (lease) => leases.end(lease, { at: after(lease.issued_at, 900), cause: 'deadline', by: 'x' }),
    ],
    ['begun', (lease) => leases.begin(begun(lease))],
  ])('are not begun once they are %s', async (_, act) => {
    const lease = await approved();
    expect(await act(lease)).toBe(true);
    const seen = await found(lease);
    expect(await leases.begin(begun(lease))).toBe(false);
    expect(await found(lease)).toEqual(seen);
  });

  it('are not begun before they are approved, or where there are none', async () => {
    const waiting = pendingLease();
    await leases.reserve(waiting);
    expect(await leases.begin(begun(waiting))).toBe(false);
    expect((await found(waiting)).state).toBe('pending');
    const nobodys = pendingLease();
    expect(await leases.begin(begun(nobodys))).toBe(false);
    expect(await leases.find(nobodys.id)).toBeUndefined();
  });

  it('know their own beginning, when the answer was lost and the same comes again', async () => {
    const lease = await approved();
    const making = begun(lease);
    expect(await leases.begin(making)).toBe(true);
    expect(await leases.begin(making)).toBe(true);
    expect(await leases.begin(again(making))).toBe(false);
    expect(await leases.activate(making)).toBe(true);
    expect(await leases.begin(making)).toBe(false);
  });
});

describe.each(leaseImplementations(dynamo))('leases that are delegated from %s', (_, leases) => {
  async function active(lease = heardLease(30)): Promise<Lease> {
    await leases.reserve(lease);
    await leases.activate(lease);
    return lease;
  }
  const childrenOf = async ({ id }: Lease) => (await leases.find(id))?.children;
  const child = () => newLease().id;
  const note = (lease: Lease, id: string, seconds = 1) =>
    leases.addChild(lease, id, after(lease.issued_at, seconds));

  it('note each child once, in order, and nothing else changes', async () => {
    const lease = await active();
    const before = await leases.find(lease.id);
    const [one, two] = [child(), child()];
    expect(await note(lease, one)).toBe(true);
    expect(await note(lease, two)).toBe(true);
    expect(await note(lease, one), 'the answer was lost').toBe(true);
    expect(await leases.find(lease.id)).toEqual({ ...before, children: [one, two] });
  });

  it(`note ${mostChildren} and no more, but those that they have again`, async () => {
    const lease = await active();
    const children = Array.from({ length: mostChildren }, child);
    for (const each of children) expect(await note(lease, each)).toBe(true);
    expect(await note(lease, child())).toBe(false);
    expect(await note(lease, children[3] ?? '')).toBe(true);
    expect(await childrenOf(lease)).toEqual(children);
  });

  it('note no more than that of many at one moment', async () => {
    const lease = await active();
    const children = Array.from({ length: mostChildren + 5 }, child);
    const answers = await Promise.all(children.map((each) => note(lease, each)));
    const noted = children.filter((_, i) => answers[i]);
    expect(noted).toHaveLength(mostChildren);
    expect((await childrenOf(lease))?.toSorted()).toEqual(noted.toSorted());
  });

  it.each<[string, () => Lease, number]>([
    ['their deadline', () => newLease(), 300],
    ['their silence', () => heardLease(30), 60],
  ])('note none in the second of %s, not even again, and do before', async (_, make, seconds) => {
    const lease = await active(make());
    const known = child();
    expect(await note(lease, known, seconds - 1)).toBe(true);
    expect(await note(lease, child(), seconds)).toBe(false);
    expect(await note(lease, known, seconds)).toBe(false);
    expect(await childrenOf(lease)).toEqual([known]);
  });

  it('note none once they have ended, not even again', async () => {
    const lease = await active();
    const known = child();
    await note(lease, known);
    await leases.end(lease, { at: after(lease.issued_at, 5), cause: 'revoked', by: 'an operator' });
    expect(await note(lease, child(), 2)).toBe(false);
    expect(await note(lease, known, 2)).toBe(false);
    expect(await childrenOf(lease)).toEqual([known]);
  });

  it('note none while they are made or wait, or where there are none', async () => {
    const [making, waiting, nobodys] = [newLease(), pendingLease(), newLease()];
    await leases.reserve(making);
    await leases.reserve(waiting);
    for (const lease of [making, waiting, nobodys]) expect(await note(lease, child())).toBe(false);
    expect(await childrenOf(making)).toBeUndefined();
    expect(await leases.find(nobodys.id)).toBeUndefined();
  });
});

describe.each(leaseImplementations(dynamo))('leases that are looked for together %s', (_, leases) => {
  it('are those that there are, each once, however many are asked for', async () => {
    const made = Array.from({ length: 130 }, () => newLease());
    for (let i = 0; i < made.length; i += 25)
      await Promise.all(made.slice(i, i + 25).map((lease) => leases.reserve(lease)));
    const ids = made.map(({ id }) => id);
    const found = await leases.findAll([...ids, ...ids.slice(0, 3), newLease().id]);
    expect(found.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    expect(await leases.findAll([])).toEqual([]);
    expect(await leases.findAll([newLease().id])).toEqual([]);
  });

  it('are as they are now', async () => {
    const lease = newLease();
    await leases.reserve(lease);
    await leases.activate(lease);
    const now: EpochSeconds = lease.issued_at;
    await leases.end(lease, { at: now, cause: 'released', by: lease.agent });
    expect(await leases.findAll([lease.id])).toEqual([await leases.find(lease.id)]);
    expect(await leases.findAll([lease.id])).toMatchObject([{ state: 'released' }]);
  });
});
