import { afterAll, describe, expect, it } from 'vitest';
import type { Quota, QuotaEntry } from '../../../core/quota.ts';
import { after, type EpochSeconds } from '../../../core/time.ts';
import { claimLimits, mostReplaced, type Quotas, takeBack } from '../../../core/use-cases/claim-limits.ts';
import { quotaStore } from '../../../lambda/aws/quota-store.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryQuotas } from '../../ports/memory-quotas.ts';
import { morning } from '../invoices.ts';
import { pendingWorld } from './pending-world.ts';
import { refusalOf } from './world.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

let names = 0;
const fresh = (prefix: string) => `${prefix}${++names}`;

/** A limit that nothing was counted by yet. */
function quota(changed: Partial<Quota> = {}): Quota {
  const until = after(morning, 3_600);
  return {
    id: fresh('limit#'),
    rule: 'limits.tried',
    most: 3,
    unit: 1,
    live: false,
    amount: 1,
    until,
    ...changed,
  };
}

const stores: readonly [string, Quotas][] = [
  ['in memory', memoryQuotas()],
  ['in DynamoDB', quotaStore(dynamo, 'leases')],
];

describe.each(stores)('limits %s', (_, quotas) => {
  const worldOf = () => ({ ...pendingWorld(), quotas });
  const claimed = (
    world: Parameters<typeof claimLimits>[0],
    limits: Quota[],
    lease = fresh('L-'),
    now: EpochSeconds = morning,
    attempt = fresh('attempt-'),
  ) => claimLimits(world, limits, { id: lease, attempt }, now);
  const read = async ({ id }: Quota) => (await quotas.read(id)).map(({ lease }) => lease);
  /** So many entries that are over, of one amount each, as if nobody had asked since. */
  async function over(limit: Quota, count: number): Promise<void> {
    const entries: QuotaEntry[] = Array.from({ length: count }, () => ({
      lease: fresh('L-over-'),
      amount: limit.amount,
      until: after(morning, 1),
      at: morning,
      by: fresh('attempt-'),
    }));
    for (const entry of entries) expect(await quotas.add(limit, entry)).toBe(true);
  }

  it('let so many through and no more, and say by which rule', async () => {
    const [world, limit] = [worldOf(), quota()];
    for (let i = 0; i < 3; i++) expect(await claimed(world, [limit])).toHaveLength(1);
    expect(await refusalOf(claimed(world, [limit]))).toMatchObject({
      code: 'access_denied',
      evidence: { reasons: [{ rule: 'limits.tried', value: '3', threshold: 'at most 3' }] },
    });
    expect(await read(limit)).toHaveLength(3);
  });

  it('let exactly so many through of two hundred that ask at one moment', async () => {
    const [world, limit] = [worldOf(), quota({ most: 50, live: true })];
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => claimed(world, [limit])));
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(refused).toHaveLength(150);
    expect(new Set(refused)).toEqual(new Set(['access_denied']));
    expect(await read(limit)).toHaveLength(50);
  });

  it('let nobody but so many into places that come free at one moment', async () => {
    const [world, limit] = [worldOf(), quota({ most: 10 })];
    await over(limit, 10);
    const later = after(morning, 10);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, () => claimed(world, [limit], fresh('L-'), later)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const each of outcomes)
      if (each.status === 'rejected')
        expect(each.reason.code).toMatch(/access_denied|temporarily_unavailable/);
    expect((await quotas.read(limit.id)).filter(({ until }) => until > later)).toHaveLength(10);
  });

  it('count a lease once, however often it is asked for', async () => {
    const [world, limit] = [worldOf(), quota()];
    expect(await claimed(world, [limit], 'L-same')).toHaveLength(1);
    for (let i = 0; i < 3; i++)
      expect((await refusalOf(claimed(world, [limit], 'L-same'))).code).toBe('lease_in_progress');
    expect(await read(limit)).toEqual(['L-same']);
  });

  it('count by all or by none', async () => {
    const [world, wide, narrow] = [worldOf(), quota({ most: 10 }), quota({ most: 1 })];
    await claimed(world, [wide, narrow]);
    await refusalOf(claimed(world, [wide, narrow]));
    expect([await read(wide), await read(narrow)].map(({ length }) => length)).toEqual([1, 1]);
  });

  it('name every rule that is full', async () => {
    const world = worldOf();
    const limits = [
      quota({ most: 1 }),
      quota({ most: 1, rule: 'limits.other' }),
      quota({ most: 5, rule: 'limits.wide' }),
    ];
    await claimed(world, limits);
    const { evidence } = await refusalOf(claimed(world, limits));
    expect(evidence.reasons).toMatchObject([{ rule: 'limits.tried' }, { rule: 'limits.other' }]);
  });

  it('grant nothing while they cannot be counted, and take back what was', async () => {
    const [world, limit, broken] = [worldOf(), quota(), quota()];
    const add: Quotas['add'] = (each, entry) =>
      each === broken ? Promise.reject(new Error('throttled')) : quotas.add(each, entry);
    const refusal = await refusalOf(claimed({ ...world, quotas: { ...quotas, add } }, [limit, broken]));
    expect(refusal).toMatchObject({
      code: 'temporarily_unavailable',
      evidence: { retry: 'same_key', retryAfter: 1 },
    });
    expect(await read(limit)).toEqual([]);
  });

  it('count exactly: three times a tenth is three tenths, and not a millionth more fits', async () => {
    const world = worldOf();
    const limit = quota({ most: 300_000, unit: 0.000001, amount: 100_000 });
    for (let i = 0; i < 3; i++) await claimed(world, [limit]);
    expect((await refusalOf(claimed(world, [{ ...limit, amount: 1 }]))).code).toBe('access_denied');
    await claimed(world, [{ ...limit, amount: 0 }]);
  });

  it('let nothing through that is more than all there is, though nothing is counted', async () => {
    const [world, limit] = [worldOf(), quota({ most: 5, amount: 6 })];
    expect((await refusalOf(claimed(world, [limit]))).code).toBe('access_denied');
    expect(await read(limit)).toEqual([]);
  });

  it('slide: an entry makes room in the second in which its hour is over, and not before', async () => {
    const [world, limit] = [worldOf(), quota({ most: 2 })];
    const at = (seconds: number) => [{ ...limit, until: after(morning, seconds + 3_600) }] as Quota[];
    await claimed(world, at(0), 'L-first', morning);
    await claimed(world, at(1_800), 'L-second', after(morning, 1_800));
    await refusalOf(claimed(world, at(3_599), 'L-early', after(morning, 3_599)));
    await claimed(world, at(3_600), 'L-third', after(morning, 3_600));
    await refusalOf(claimed(world, at(5_399), 'L-early', after(morning, 5_399)));
    await claimed(world, at(5_400), 'L-fourth', after(morning, 5_400));
    expect((await read(limit)).sort()).toEqual(['L-fourth', 'L-third']);
  });

  it('make room for one large amount out of any number of small ones that are over', async () => {
    const [world, limit] = [worldOf(), quota({ most: 1_000 })];
    await over(limit, 2 * mostReplaced + 50);
    const large = { ...limit, amount: 1_000 };
    expect(await claimed(world, [large], 'L-large', after(morning, 1))).toHaveLength(1);
    expect(await read(limit)).toEqual(['L-large']);
    await refusalOf(claimed(world, [limit], 'L-more', after(morning, 1)));
  });

  it('take no entry away twice', async () => {
    const [world, limit] = [worldOf(), quota({ most: 3 })];
    const claims = await claimed(world, [limit], 'L-one');
    await claimed(world, [limit], 'L-two');
    await takeBack({ ...world }, claims);
    await takeBack({ ...world }, claims);
    const entries = await quotas.read(limit.id);
    await quotas.drop(limit.id, [...claims.map(({ entry }) => entry), ...entries]);
    expect(await read(limit)).toEqual(['L-two']);
    await claimed(world, [limit]);
    await claimed(world, [limit]);
    await refusalOf(claimed(world, [limit]));
  });

  it('read what they wrote: amount, until when, and since when and for whom it counts', async () => {
    const [world, limit] = [worldOf(), quota({ amount: 2 })];
    await claimed(world, [limit], 'L-one', after(morning, 5), 'attempt-one');
    expect(await quotas.read(limit.id)).toEqual([
      { lease: 'L-one', amount: 2, until: limit.until, at: after(morning, 5), by: 'attempt-one' },
    ]);
  });
});
