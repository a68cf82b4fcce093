import { BatchGetCommand, type BatchGetCommandInput, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Case, refused } from './case.ts';
import { get, invalid, put } from './dynamodb-items.ts';
import type { Target } from './target.ts';

type Requests = NonNullable<BatchGetCommandInput['RequestItems']>;

/** What a batch gives, sorted, since its order is undefined: the items of `things` by id, those of `events` by sequence. */
async function batch(target: Target, RequestItems: Requests) {
  const { Responses, UnprocessedKeys } = await target.dynamo.send(new BatchGetCommand({ RequestItems }));
  const sorted = (table: string, key: string) =>
    [...(Responses?.[table] ?? [])].sort((a, b) => (a[key] < b[key] ? -1 : 1));
  return {
    things: sorted(target.things, 'id'),
    events: sorted(target.events, 'sequence'),
    left: Object.keys(UnprocessedKeys ?? {}).length,
  };
}

const ids = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `${name} ${i}` }));

const refuses = (name: string, requests: (target: Target) => Requests, answers = invalid): Case => ({
  name: `BatchGetItem refuses ${name}`,
  run: (target) => batch(target, requests(target)),
  answers,
});

/** DynamoDB API reference, BatchGetItem. */
export const dynamoDbBatchCases: Case[] = [
  {
    name: 'BatchGetItem reads several tables and leaves out what is not there',
    async run(target) {
      await put(target, { id: 'batch 0', value: 1 });
      await put(target, { id: 'batch 1', value: 2 });
      const Item = { id: 'batch', sequence: 7, value: 3 };
      await target.dynamo.send(new PutCommand({ TableName: target.events, Item }));
      return batch(target, {
        [target.things]: { Keys: ids('batch', 3), ConsistentRead: true },
        [target.events]: { Keys: [{ id: 'batch', sequence: 7 }], ConsistentRead: true },
      });
    },
    answers: {
      things: [
        { id: 'batch 0', value: 1 },
        { id: 'batch 1', value: 2 },
      ],
      events: [{ id: 'batch', sequence: 7, value: 3 }],
      left: 0,
    },
  },
  {
    name: 'BatchGetItem gives only what is projected, by names that are escaped',
    async run(target) {
      await put(target, { id: 'batch projected 0', state: 'active', secret: 'x' });
      const projected = {
        Keys: ids('batch projected', 1),
        ProjectionExpression: '#s',
        ExpressionAttributeNames: { '#s': 'state' },
      };
      return (await batch(target, { [target.things]: projected })).things;
    },
    answers: [{ state: 'active' }],
  },
  {
    name: 'BatchGetItem reads what a write before it left, consistently',
    async run(target) {
      await put(target, { id: 'batch again 0', value: 1 });
      await put(target, { id: 'batch again 0', value: 2 });
      const [read] = (
        await batch(target, { [target.things]: { Keys: ids('batch again', 1), ConsistentRead: true } })
      ).things;
      return [read, await get(target, 'batch again 0')];
    },
    answers: [
      { id: 'batch again 0', value: 2 },
      { id: 'batch again 0', value: 2 },
    ],
  },
  {
    name: 'BatchGetItem takes 100 keys',
    run: async (target) => batch(target, { [target.things]: { Keys: ids('absent', 100) } }),
    answers: { things: [], events: [], left: 0 },
  },
  refuses('101 keys', ({ things }) => ({ [things]: { Keys: ids('absent', 101) } })),
  refuses('101 keys of two tables', ({ things, events }) => ({
    [things]: { Keys: ids('absent', 100) },
    [events]: { Keys: [{ id: 'absent', sequence: 1 }] },
  })),
  refuses('a key twice', ({ things }) => ({ [things]: { Keys: [{ id: 'same' }, { id: 'same' }] } })),
  refuses('a table without keys', ({ things }) => ({ [things]: { Keys: [] } })),
  refuses('no table at all', () => ({})),
  refuses('a key that is not the whole key', ({ events }) => ({ [events]: { Keys: [{ id: 'x' }] } })),
  refuses(
    'a table that does not exist, though others do',
    ({ things }) => ({
      [things]: { Keys: ids('absent', 1) },
      [`${things}-gone`]: { Keys: ids('absent', 1) },
    }),
    refused('ResourceNotFoundException'),
  ),
];
