import { afterAll, describe, expect, it } from 'vitest';
import { kindsToEnd } from '../../../core/grant.ts';
import type { Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import type { EndCause } from '../../../core/transitions.ts';
import { mostSealed } from '../../../core/use-cases/mint-grants.ts';
import { grantNamed } from '../../core/granting.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { grantingLease, isDue, leaseImplementations, newLease } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

/** Places of the grants of a {@link grantingLease}. */
const [database, token] = [1, 2];

describe.each(leaseImplementations(dynamo))('the grants of leases %s', (_, leases) => {
  async function reserved(lease = grantingLease()): Promise<Lease> {
    await leases.reserve(lease);
    return lease;
  }
  async function active(): Promise<Lease> {
    const lease = await reserved();
    await leases.activate(lease);
    return { ...lease, state: 'active' };
  }
  async function found({ id }: Lease): Promise<Lease> {
    const lease = await leases.find(id);
    if (!lease) throw new Error('the lease is gone');
    return lease;
  }
  const ending = (lease: Lease, cause: EndCause = 'revoked', seconds = 10) =>
    ({ at: after(lease.issued_at, seconds), cause, by: 'somebody' }) as const;

  it('are where this file says', () => {
    expect(grantingLease().grants.map(({ kind }) => kind)).toEqual([
      'aws',
      'postgres',
      'oauth',
      'jwt',
      'proxy',
    ]);
  });

  it('keep what their end will need while the lease is made and while it lives, all of it', async () => {
    const lease = await reserved();
    expect(await leases.seal(lease, token, 'first')).toBe(true);
    await leases.activate(lease);
    expect(await leases.seal(lease, token, 'second')).toBe(true);
    expect(grantNamed(await found(lease), 'oauth').sealed).toEqual(['first', 'second']);
    expect((await found(lease)).grants.filter((__, i) => i !== token)).toEqual(
      lease.grants.filter((__, i) => i !== token),
    );
  });

  it('keep all of what is sealed at one moment', async () => {
    const lease = await active();
    await Promise.all(['a', 'b', 'c', 'd'].map((each) => leases.seal(lease, token, each)));
    expect(grantNamed(await found(lease), 'oauth').sealed?.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('take nothing more once the lease is over: whoever ends it may have been there already', async () => {
    const [ended, failed] = [await active(), await reserved()];
    await leases.end(ended, ending(ended));
    await leases.fail(failed, 'why');
    for (const lease of [ended, failed, grantingLease()])
      expect(await leases.seal(lease, token, 'late')).toBe(false);
    expect(grantNamed(await found(ended), 'oauth')).not.toHaveProperty('sealed');
  });

  it('take nothing more once they were ended with a lease above', async () => {
    const lease = await active();
    await leases.grantEnded(lease, token, after(lease.issued_at, 10));
    expect(await leases.seal(lease, token, 'late')).toBe(false);
    expect(grantNamed(await found(lease), 'oauth')).not.toHaveProperty('sealed');
  });

  it('keep no more than leaves room to end the lease, however large the tokens are that a server gives', async () => {
    const lease = await active();
    const large = 'x'.repeat(6_000);
    let kept = 0;
    while (kept < 100 && (await leases.seal(lease, token, large))) kept += 1;
    expect(kept).toBe(Math.floor(mostSealed / large.length));
    expect(await leases.seal(lease, token, 'small')).toBe(true);
    const reason = 'r'.repeat(2_000);
    expect(await leases.end(lease, { ...ending(lease), reason })).toBe(true);
  });

  it('are ended one by one, and keep nothing of what their end needed', async () => {
    const lease = await active();
    await leases.seal(lease, token, 'sealed');
    await leases.end(lease, ending(lease));
    await leases.grantIrrevocable(lease, token, after(lease.issued_at, 20));
    await leases.grantEnded(lease, token, after(lease.issued_at, 30));
    const after30 = await found(lease);
    const { ended_at, ...rest } = grantNamed(after30, 'oauth');
    expect(ended_at).toBe(after(lease.issued_at, 30));
    expect(rest).toEqual(lease.grants[token]);
    expect(kindsToEnd(after30.grants)).toEqual(['postgres']);
    await leases.grantEnded(lease, database, after(lease.issued_at, 31));
    expect(kindsToEnd((await found(lease)).grants)).toEqual([]);
  });

  it('are irrevocable since the first time that somebody said so', async () => {
    const lease = await active();
    await leases.end(lease, ending(lease));
    for (const seconds of [20, 30])
      await leases.grantIrrevocable(lease, database, after(lease.issued_at, seconds));
    expect(grantNamed(await found(lease), 'postgres').irrevocable_at).toBe(after(lease.issued_at, 20));
    expect(grantNamed(await found(lease), 'oauth')).toEqual(lease.grants[token]);
  });

  it('are not made by ending what is not there', async () => {
    const [nobodys, small] = [grantingLease(), newLease()];
    await leases.reserve(small);
    for (const lease of [nobodys, small]) {
      await leases.grantEnded(lease, token, lease.issued_at);
      await leases.grantIrrevocable(lease, token, lease.issued_at);
    }
    expect(await leases.find(nobodys.id)).toBeUndefined();
    expect((await found(small)).grants).toEqual(small.grants);
  });

  it('keep a lease due that failed while they were made: something may be there', async () => {
    const lease = await reserved();
    expect(await leases.fail(lease, 'why')).toBe(true);
    expect(await isDue(leases, lease.id, after(lease.issued_at, 60))).toBe(true);
    await leases.done(lease.id);
    expect(await isDue(leases, lease.id, after(lease.issued_at, 9_999))).toBe(false);
  });

  it.each<[EndCause, number]>([
    ['released', 10],
    ['revoked', 10],
    ['scope_revoked', 10],
    ['deadline', 300],
  ])('keep a lease due that ended by %s, since then and until nothing is left of them', async (cause, seconds) => {
    const lease = await active();
    const end = ending(lease, cause, seconds);
    expect(await leases.end(lease, end)).toBe(true);
    expect(await isDue(leases, lease.id, end.at)).toBe(true);
    const later = after(end.at, 60);
    await leases.postpone(await found(lease), later);
    expect(await isDue(leases, lease.id, after(later, -1))).toBe(false);
    expect(await isDue(leases, lease.id, later)).toBe(true);
    await leases.done(lease.id);
    expect(await isDue(leases, lease.id, after(later, 9_999))).toBe(false);
  });

  it('keep no lease due that ended with all of them ended, or by its deadline where none has to be', async () => {
    const lease = await active();
    for (const index of [database, token]) await leases.grantEnded(lease, index, lease.issued_at);
    await leases.end(await found(lease), ending(lease, 'deadline', 300));
    expect(await isDue(leases, lease.id, after(lease.deadline, 9_999))).toBe(false);
  });
});
