import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { leaseId } from '../../../core/identity.ts';
import { mostEntries, type Quota, type QuotaEntry } from '../../../core/quota.ts';
import { after } from '../../../core/time.ts';
import { mostReplaced, type Quotas } from '../../../core/use-cases/claim-limits.ts';
import { quotaStore } from '../../../lambda/aws/quota-store.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryQuotas } from '../../ports/memory-quotas.ts';
import { dueNow, dynamoLeases, fresh } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

const inMemory = memoryQuotas();

/** Each with a way to have many entries at once: adding a thousand writes the whole record a thousand times. */
const implementations: readonly [string, Quotas, (id: string, entries: readonly QuotaEntry[]) => unknown][] =
  [
    [
      'in memory',
      inMemory,
      (id, entries) => Promise.all(entries.map((entry) => inMemory.add(manyOf(id), entry))),
    ],
    ['in DynamoDB', quotaStore(dynamo, 'leases'), (id, entries) => dynamo.send(recordOf(id, entries))],
  ];

function manyOf(id: string): Quota {
  return { ...quotaOf(10 * mostEntries), id };
}

/** A quota's record as its store writes it. */
function recordOf(id: string, entries: readonly QuotaEntry[]): PutCommand {
  const stored = entries.map(({ lease, amount, until, at, by }) => [lease, [amount, until, at, by]]);
  const counts = { total: entries.reduce((sum, { amount }) => sum + amount, 0), entries: entries.length };
  return new PutCommand({ TableName: 'leases', Item: { id, ...counts, ...Object.fromEntries(stored) } });
}

/** A quota that nothing was counted by, which takes so much of all that is added. */
function quotaOf(most: number, amount = 1): Quota {
  const until = after(morning, 300);
  return {
    id: fresh('limit#hour#type-'),
    rule: 'limits.per_hour',
    most,
    unit: 1,
    live: false,
    amount,
    until,
  };
}

/** The entry of a lease that no other has. */
function entryOf({ amount, until }: Quota): QuotaEntry {
  return { lease: leaseId('role', 'key', fresh('lease')), amount, until, at: morning, by: fresh('attempt') };
}

const sorted = (entries: readonly QuotaEntry[]) => entries.toSorted((a, b) => (a.lease < b.lease ? -1 : 1));

describe.each(implementations)('quotas %s', (_, quotas, fill) => {
  /** So many entries that were counted. */
  async function counted(quota: Quota, many: number): Promise<QuotaEntry[]> {
    const entries = Array.from({ length: many }, () => entryOf(quota));
    for (let i = 0; i < many; i += 50) {
      const some = entries.slice(i, i + 50).map((entry) => quotas.add(quota, entry));
      expect((await Promise.all(some)).filter(Boolean)).toHaveLength(some.length);
    }
    return entries;
  }
  const holds = async ({ id }: Quota, entries: readonly QuotaEntry[]) =>
    expect(sorted(await quotas.read(id))).toEqual(sorted(entries));

  it('hold nothing of what nothing was counted by', async () => {
    const quota = quotaOf(3);
    await holds(quota, []);
    await quotas.remove(quota.id, entryOf(quota));
    await quotas.drop(quota.id, [entryOf(quota)]);
    await quotas.drop(quota.id, []);
    await holds(quota, []);
  });

  it('count to the last that fits, and nothing beyond', async () => {
    const quota = quotaOf(3);
    const entries = await counted(quota, 3);
    expect(await quotas.add(quota, entryOf(quota))).toBe(false);
    await holds(quota, entries);
  });

  it('count a lease once, whoever asks again', async () => {
    const quota = quotaOf(3);
    const [entry] = await counted(quota, 1);
    if (!entry) throw new Error('nothing was counted');
    expect(await quotas.add(quota, entry)).toBe(false);
    expect(await quotas.add(quota, { ...entry, until: after(entry.until, 5) })).toBe(false);
    expect(await quotas.replace(quota, entry, [])).toBe(false);
    await holds(quota, [entry]);
  });

  it('are exact under two hundred at one moment', async () => {
    const quota = quotaOf(50);
    const entries = Array.from({ length: 200 }, () => entryOf(quota));
    const answers = await Promise.all(entries.map((entry) => quotas.add(quota, entry)));
    const fitted = entries.filter((_, i) => answers[i]);
    expect(fitted).toHaveLength(50);
    await holds(quota, fitted);
  });

  it('are exact where many take the places of others at one moment', async () => {
    const quota = quotaOf(10);
    const gone = await counted(quota, 10);
    const entries = Array.from({ length: 40 }, () => entryOf(quota));
    const answers = await Promise.all(
      entries.map((entry, i) => quotas.replace(quota, entry, gone.slice(i % 10, (i % 10) + 1))),
    );
    const fitted = entries.filter((_, i) => answers[i]);
    expect(fitted).toHaveLength(10);
    await holds(quota, fitted);
  });

  it('add up amounts, whatever order they come in', async () => {
    const quota = quotaOf(1_000, 400);
    const [first] = await counted(quota, 2);
    if (!first) throw new Error('nothing was counted');
    expect(await quotas.add(quota, entryOf(quota))).toBe(false);
    const rest = { ...quota, amount: 200 };
    expect(await quotas.add(rest, entryOf(rest))).toBe(true);
    expect(await quotas.add({ ...quota, amount: 1 }, entryOf({ ...quota, amount: 1 }))).toBe(false);
    await quotas.remove(quota.id, first);
    expect(await quotas.add(quota, entryOf(quota))).toBe(true);
  });

  it('round nothing: a thousand millions are told apart to the last millionth', async () => {
    const most = 1_000_000_000 * 1_000_000;
    const quota = quotaOf(most, most - 1);
    const [large] = await counted(quota, 1);
    const [smallest, another] = [entryOf({ ...quota, amount: 1 }), entryOf({ ...quota, amount: 1 })];
    expect(await quotas.add({ ...quota, amount: 1 }, smallest)).toBe(true);
    expect(await quotas.add({ ...quota, amount: 1 }, another)).toBe(false);
    if (!large) throw new Error('nothing was counted');
    await holds(quota, [large, smallest]);
    await quotas.remove(quota.id, large);
    expect(await quotas.add(quota, entryOf(quota))).toBe(true);
    expect(await quotas.add({ ...quota, amount: 1 }, another)).toBe(false);
  });

  it('give a lease the place of those that count no longer', async () => {
    const quota = quotaOf(3);
    const [one, two, three] = await counted(quota, 3);
    if (!one || !two || !three) throw new Error('three were counted');
    const entry = entryOf(quota);
    expect(await quotas.replace(quota, entry, [])).toBe(false);
    expect(await quotas.replace(quota, entry, [one, two])).toBe(true);
    await holds(quota, [three, entry]);
    expect(await quotas.add(quota, entryOf(quota))).toBe(true);
    expect(await quotas.add(quota, entryOf(quota))).toBe(false);
  });

  it('give no place where one of those is gone already: somebody else has got it', async () => {
    const quota = quotaOf(3);
    const [one, two, three] = await counted(quota, 3);
    if (!one || !two || !three) throw new Error('three were counted');
    expect(await quotas.replace(quota, entryOf(quota), [one])).toBe(true);
    const before = await quotas.read(quota.id);
    expect(await quotas.replace(quota, entryOf(quota), [one, two])).toBe(false);
    await quotas.drop(quota.id, [one, two]);
    await holds(quota, before);
  });

  it('give no place that is too small', async () => {
    const quota = quotaOf(10, 5);
    const entries = await counted(quota, 2);
    const large = { ...quota, amount: 6 };
    expect(await quotas.replace(large, entryOf(large), entries.slice(0, 1))).toBe(false);
    await holds(quota, entries);
    expect(await quotas.replace(large, entryOf(large), entries)).toBe(true);
  });

  it('make room for whom is taken back, once', async () => {
    const quota = quotaOf(2);
    const [one, two] = await counted(quota, 2);
    if (!one || !two) throw new Error('two were counted');
    await quotas.remove(quota.id, one);
    await quotas.remove(quota.id, one);
    await holds(quota, [two]);
    expect(await quotas.add(quota, entryOf(quota))).toBe(true);
    expect(await quotas.add(quota, entryOf(quota))).toBe(false);
  });

  it(`take ${mostReplaced} away in one write, and those exactly`, async () => {
    const quota = quotaOf(mostReplaced + 20);
    const entries = await counted(quota, mostReplaced + 20);
    const entry = entryOf(quota);
    expect(await quotas.replace(quota, entry, entries.slice(0, mostReplaced))).toBe(true);
    await holds(quota, [...entries.slice(mostReplaced), entry]);
    const more = await counted(quota, mostReplaced - 1);
    await quotas.drop(quota.id, [entry, ...more]);
    await holds(quota, entries.slice(mostReplaced));
    await counted(quota, mostReplaced);
    expect(await quotas.add(quota, entryOf(quota))).toBe(false);
  });

  it(`hold ${mostEntries} entries and no more, whatever would fit`, async () => {
    const quota = quotaOf(10 * mostEntries);
    const all = Array.from({ length: mostEntries }, () => entryOf(quota));
    await fill(quota.id, all);
    const [first] = await quotas.read(quota.id);
    const entry = entryOf(quota);
    expect(await quotas.add(quota, entry)).toBe(false);
    if (!first) throw new Error('a thousand were counted');
    expect(await quotas.replace(quota, entry, [first])).toBe(true);
    expect(await quotas.read(quota.id)).toHaveLength(mostEntries);
  });
});

it('a quota is no lease, and never due', async () => {
  const quota = quotaOf(3);
  await quotaStore(dynamo, 'leases').add(quota, entryOf(quota));
  const leases = dynamoLeases(dynamo);
  expect(
    await leases.ofType('invoice_processor', morning, after(morning, 1_000))[Symbol.asyncIterator]().next(),
  ).toMatchObject({ done: true });
  expect(await dueNow(leases, after(morning, 1_000_000))).toEqual([]);
});
