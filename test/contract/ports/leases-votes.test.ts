import { afterAll, describe, expect, it } from 'vitest';
import type { Vote } from '../../../core/approval.ts';
import type { Lease } from '../../../core/lease.ts';
import { after, type EpochSeconds } from '../../../core/time.ts';
import type { AwaitingPlace } from '../../../core/use-cases/list-approvals.ts';
import type { AfterVote } from '../../../core/use-cases/vote.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { askingElse, isDue, leaseImplementations, pendingLease, voteOf } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

const still: AfterVote = { state: 'pending' };
const denied: AfterVote = { state: 'denied' };
const approvedUntil = (collect_by: EpochSeconds): AfterVote => ({ state: 'approved', collect_by });
const idsOf = (leases: readonly Lease[]) => leases.map(({ id }) => id);

describe.each(leaseImplementations(dynamo))('votes on leases %s', (_, leases) => {
  async function pending(approve_by?: EpochSeconds): Promise<Lease> {
    const { approval, ...lease } = pendingLease();
    if (!approval) throw new Error('a pending lease asks somebody');
    const waiting = { ...lease, approval: { ...approval, ...(approve_by !== undefined && { approve_by }) } };
    expect(await leases.reserve(waiting)).toBe('reserved');
    return waiting;
  }
  async function found({ id }: Lease): Promise<Lease> {
    const lease = await leases.find(id);
    if (!lease) throw new Error('the lease is gone');
    return lease;
  }
  async function awaits({ id }: Lease, now = after(morning, -1)): Promise<boolean> {
    const page = await leases.awaiting(now, 1_000, undefined);
    return idsOf(page.leases).includes(id);
  }

  it('are counted one after the other, and nothing else of the lease changes', async () => {
    const lease = await pending();
    const [anna, bert] = [voteOf('anna', 10), { ...voteOf('bert', 20), reason: 'I know the supplier' }];
    expect(await leases.vote(lease, anna, still)).toBe(true);
    const seen = await found(lease);
    expect(seen).toMatchObject({ ...lease, approval: { ...lease.approval, votes: [anna] } });
    const collect_by = after(lease.issued_at, 900);
    expect(await leases.vote(seen, bert, approvedUntil(collect_by))).toBe(true);
    expect(await found(lease)).toMatchObject({
      ...lease,
      state: 'approved',
      approval: { ...lease.approval, votes: [anna, bert], collect_by },
    });
  });

  it('leave what waits in the list until it is decided, and due when its agent may no longer collect it', async () => {
    const lease = await pending();
    expect(await awaits(lease)).toBe(true);
    await leases.vote(lease, voteOf('anna'), still);
    expect(await awaits(lease)).toBe(true);
    const collect_by = after(lease.issued_at, 900);
    await leases.vote(await found(lease), voteOf('bert'), approvedUntil(collect_by));
    expect(await awaits(lease)).toBe(false);
    expect(await isDue(leases, lease.id, after(collect_by, -1))).toBe(false);
    expect(await isDue(leases, lease.id, collect_by)).toBe(true);
  });

  it('that deny end it: nobody has to look at it any more', async () => {
    const lease = await pending();
    const vote = voteOf('anna', 0, 'deny');
    expect(await leases.vote(lease, vote, denied)).toBe(true);
    expect(await found(lease)).toMatchObject({ state: 'denied', approval: { votes: [vote] } });
    expect(await awaits(lease)).toBe(false);
    expect(await isDue(leases, lease.id, after(lease.issued_at, 100_000))).toBe(false);
  });

  it('are not counted in the second in which people have no time left, and are before', async () => {
    const lease = await pending();
    expect(lease.approval?.approve_by).toBe(after(lease.issued_at, 300));
    for (const seconds of [301, 300]) {
      expect(await leases.vote(lease, voteOf('anna', seconds), still)).toBe(false);
      expect(await leases.vote(lease, voteOf('anna', seconds, 'deny'), denied)).toBe(false);
    }
    expect(await leases.vote(lease, voteOf('anna', 299), still)).toBe(true);
  });

  it('are not counted on another request than the one that was read', async () => {
    const lease = await pending();
    expect(await leases.vote(askingElse(lease), voteOf('anna'), still)).toBe(false);
    expect((await found(lease)).approval?.votes).toEqual([]);
  });

  it('are not counted by who has not seen the last one: two of them could each be the one that is missing', async () => {
    const lease = await pending();
    expect(await leases.vote(lease, voteOf('anna'), still)).toBe(true);
    expect(await leases.vote(lease, voteOf('bert'), approvedUntil(after(morning, 900)))).toBe(false);
    expect(await found(lease)).toMatchObject({ state: 'pending', approval: { votes: [voteOf('anna')] } });
    expect(await leases.vote(await found(lease), voteOf('bert'), still)).toBe(true);
  });

  it('are counted one of many at one moment', async () => {
    const lease = await pending();
    const votes = ['anna', 'bert', 'carl', 'dora', 'emil'].map((name) => voteOf(name));
    const answers = await Promise.all(votes.map((vote) => leases.vote(lease, vote, still)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect((await found(lease)).approval?.votes).toEqual(votes.filter((_, i) => answers[i]));
  });

  it('are counted whether or not people were told meanwhile', async () => {
    const lease = await pending();
    await leases.notified(lease, after(lease.issued_at, 1));
    expect(await leases.vote(lease, voteOf('anna', 2), still)).toBe(true);
    expect((await found(lease)).approval).toMatchObject({
      votes: [voteOf('anna', 2)],
      notified_at: after(morning, 1),
    });
  });

  it.each<[string, (lease: Lease) => Promise<unknown>]>([
    ['approved', (lease) => leases.vote(lease, voteOf('x'), approvedUntil(after(morning, 900)))],
    ['denied', (lease) => leases.vote(lease, voteOf('x', 0, 'deny'), denied)],
    ['revoked', (lease) => leases.end(lease, { at: lease.issued_at, cause: 'revoked', by: 'x' })],
    ['cancelled', (lease) => leases.end(lease, { at: lease.issued_at, cause: 'cancelled', by: lease.agent })],
  ])('are not counted on what is %s', async (_, act) => {
    const lease = await pending();
    await act(lease);
    const seen = await found(lease);
    for (const read of [lease, seen])
      for (const next of [still, denied, approvedUntil(after(morning, 900))])
        expect(await leases.vote(read, voteOf('anna', 5), next)).toBe(false);
    expect(await found(lease)).toEqual(seen);
  });

  it('on what is not there write nothing', async () => {
    const lease = pendingLease();
    expect(await leases.vote(lease, voteOf('anna'), still)).toBe(false);
    await leases.notified(lease, morning);
    expect(await leases.find(lease.id)).toBeUndefined();
  });

  it('know their own write, when the answer was lost and the same comes again, and nobody else’s', async () => {
    const lease = await pending();
    const vote = voteOf('anna', 10);
    const collect = approvedUntil(after(morning, 900));
    expect(await leases.vote(lease, vote, collect)).toBe(true);
    expect(await leases.vote(lease, vote, collect)).toBe(true);
    const others: readonly Vote[] = [
      voteOf('bert', 10),
      voteOf('anna', 11),
      { ...vote, issuer: 'https://other.example' },
    ];
    for (const other of others) expect(await leases.vote(lease, other, collect)).toBe(false);
    expect((await found(lease)).approval?.votes).toEqual([vote]);
  });

  it('are asked for once people were told: until then it is due at once, and then when their time is over', async () => {
    const lease = await pending();
    const approve_by = after(lease.issued_at, 300);
    expect(await isDue(leases, lease.id, lease.issued_at)).toBe(true);
    await leases.notified(lease, after(lease.issued_at, 2));
    expect((await found(lease)).approval?.notified_at).toBe(after(lease.issued_at, 2));
    expect(await isDue(leases, lease.id, after(approve_by, -1))).toBe(false);
    expect(await isDue(leases, lease.id, approve_by)).toBe(true);
  });

  it('are not asked for where it was decided while people were told', async () => {
    const lease = await pending();
    const collect_by = after(lease.issued_at, 900);
    await leases.vote(lease, voteOf('anna'), approvedUntil(collect_by));
    await leases.notified(lease, after(lease.issued_at, 2));
    expect((await found(lease)).approval?.notified_at).toBeUndefined();
    expect(await isDue(leases, lease.id, after(collect_by, -1))).toBe(false);
  });

  describe('that are waited for', () => {
    let days = 0;
    /** A day that no other test has, and that all others come before. */
    const newDay = () => after(morning, ++days * 10_000_000);
    async function pagesOf(now: EpochSeconds, limit: number): Promise<string[][]> {
      const pages: string[][] = [];
      let from: AwaitingPlace | undefined;
      do {
        const page = await leases.awaiting(now, limit, from);
        pages.push(idsOf(page.leases));
        from = page.next;
      } while (from);
      return pages.filter((page) => page.length > 0);
    }

    it('are listed page by page, the most urgent first, each lease once', async () => {
      const day = newDay();
      const made: Lease[] = [];
      for (const seconds of [500, 100, 300, 200, 700, 600, 400])
        made.push(await pending(after(day, seconds)));
      const urgent = idsOf(made.toSorted((a, b) => approveBy(a) - approveBy(b)));
      expect(await pagesOf(day, 3)).toEqual([urgent.slice(0, 3), urgent.slice(3, 6), urgent.slice(6)]);
      expect(await pagesOf(day, 100)).toEqual([urgent]);
    });

    it('are listed once each, where the time of many ends in one second', async () => {
      const day = newDay();
      const made = await Promise.all([1, 2, 3, 4, 5].map(() => pending(after(day, 50))));
      expect((await pagesOf(day, 2)).flat().sort()).toEqual(idsOf(made).sort());
    });

    it('are not listed in the second in which it is too late', async () => {
      const day = newDay();
      const lease = await pending(after(day, 50));
      expect(await pagesOf(after(day, 49), 10)).toEqual([[lease.id]]);
      expect(await pagesOf(after(day, 50), 10)).toEqual([]);
    });

    it('are read from the leases themselves', async () => {
      const day = newDay();
      const lease = await pending(after(day, 50));
      await leases.vote(lease, voteOf('anna'), still);
      const page = await leases.awaiting(day, 10, undefined);
      expect(page.leases).toEqual([await found(lease)]);
      expect(page.leases[0]?.approval?.votes).toEqual([voteOf('anna')]);
    });

    it('go on from a place whose lease is decided meanwhile', async () => {
      const day = newDay();
      const [first, second, third] = [
        await pending(after(day, 1)),
        await pending(after(day, 2)),
        await pending(after(day, 3)),
      ];
      const page = await leases.awaiting(day, 2, undefined);
      expect(idsOf(page.leases)).toEqual([first.id, second.id]);
      await leases.vote(second, voteOf('anna', 0, 'deny'), denied);
      expect(idsOf((await leases.awaiting(day, 2, page.next)).leases)).toEqual([third.id]);
    });
  });
});

function approveBy({ approval }: Lease): number {
  return approval?.approve_by ?? 0;
}
