import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mostEntries, type QuotaEntry } from '../../core/quota.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import type { Quotas } from '../../core/use-cases/claim-limits.ts';
import { happened } from './conditional.ts';

/** Seconds that a quota is kept after its last entry: none of its others counts longer. */
const keptQuota = 32 * 86_400;

/** An entry as an attribute of its quota, named by its lease: amount, until when it counts, when and by whom it was counted. */
type Stored = readonly [amount: number, until: EpochSeconds, at: EpochSeconds, by: string];

/**
 * Quotas in the table of the leases: an attribute for each lease that counts, and their `total` and `entries` in the same
 * write, so that the condition on them is exact however many ask at one time.
 */
export function quotaStore(dynamo: DynamoDBDocumentClient, table: string): Quotas {
  const update = (
    id: string,
    lease: string,
    expression: string,
    condition: string,
    values: Record<string, unknown>,
    names: Record<string, string> = {},
  ) =>
    happened(
      dynamo.send(
        new UpdateCommand({
          TableName: table,
          Key: { id },
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#lease': lease, '#total': 'total', ...names },
          ExpressionAttributeValues: values,
        }),
      ),
    );
  const entriesOf = async (id: string) => {
    const get = new GetCommand({ TableName: table, Key: { id }, ConsistentRead: true });
    return readEntries((await dynamo.send(get)).Item ?? {});
  };
  return {
    async add(quota, entry) {
      return update(
        quota.id,
        entry.lease,
        'SET #lease = :entry, #ttl = :ttl ADD #total :amount, #entries :one',
        'attribute_not_exists(#lease) AND (attribute_not_exists(#total) OR (#total <= :room AND #entries < :most))',
        {
          ...entryValues(entry),
          ':one': 1,
          ':room': quota.most - quota.amount,
          ':most': mostEntries,
        },
        counters,
      );
    },
    read: entriesOf,
    async replace(quota, entry, gone) {
      const { names, removed, all, freed } = taking(gone);
      return update(
        quota.id,
        entry.lease,
        `SET #lease = :entry, #ttl = :ttl${removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : ''} ADD #total :change, #entries :more`,
        ['attribute_not_exists(#lease)', '(attribute_not_exists(#total) OR #total <= :room)', ...all].join(
          ' AND ',
        ),
        {
          ...entryValues(entry, false),
          ':change': entry.amount - freed,
          ':more': 1 - gone.length,
          ':room': quota.most - quota.amount + freed,
        },
        { ...counters, ...names },
      );
    },
    async drop(id, gone) {
      const [first, ...others] = gone;
      if (!first) return;
      const { names, removed, all, freed } = taking(others);
      await update(
        id,
        first.lease,
        `REMOVE ${['#lease', ...removed].join(', ')} ADD #total :change, #entries :less`,
        ['attribute_exists(#lease)', ...all].join(' AND '),
        { ':change': -(first.amount + freed), ':less': -gone.length },
        { '#entries': 'entries', ...names },
      );
    },
    async remove(id, entry) {
      await update(
        id,
        entry.lease,
        'REMOVE #lease ADD #total :change, #entries :less',
        'attribute_exists(#lease)',
        { ':change': -entry.amount, ':less': -1 },
        { '#entries': 'entries' },
      );
    },
  };
}

/** What the expressions of a write say that takes these entries away. */
function taking(gone: readonly QuotaEntry[]) {
  const names = Object.fromEntries(gone.map(({ lease }, i) => [`#gone${i}`, lease]));
  const removed = Object.keys(names);
  const all = removed.map((name) => `attribute_exists(${name})`);
  return { names, removed, all, freed: gone.reduce((sum, { amount }) => sum + amount, 0) };
}

const counters = { '#entries': 'entries', '#ttl': 'ttl' } as const;

function entryValues({ amount, until, at, by }: QuotaEntry, withAmount = true) {
  return {
    ':entry': [amount, until, at, by] satisfies Stored,
    ':ttl': after(until, keptQuota),
    ...(withAmount && { ':amount': amount }),
  };
}

function readEntries(item: Record<string, unknown>): QuotaEntry[] {
  return Object.entries(item).flatMap(([lease, value]) => {
    if (!Array.isArray(value)) return [];
    const [amount, until, at, by] = value as unknown as Stored;
    return [{ lease, amount, until, at, by }];
  });
}
