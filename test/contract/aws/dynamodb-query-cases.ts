import { PutCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { type Case, refused } from './case.ts';
import { invalid } from './dynamodb-items.ts';

/** Five events of an id of its own, numbered from 1, then a query of them. */
const query = (
  name: string,
  input: Partial<QueryCommandInput>,
  values: Record<string, unknown>,
  answers: unknown,
): Case => ({
  name: `Query ${name}`,
  async run({ dynamo, events }) {
    for (let sequence = 1; sequence <= 5; sequence++) {
      const even = sequence % 2 === 0;
      await dynamo.send(
        new PutCommand({ TableName: events, Item: { id: name, sequence, even, note: 'text' } }),
      );
    }
    const { Items, Count, ScannedCount, LastEvaluatedKey } = await dynamo.send(
      new QueryCommand({
        TableName: events,
        KeyConditionExpression: 'id = :id',
        ExpressionAttributeValues: { ':id': name, ...values },
        ...input,
      }),
    );
    return {
      found: Items?.map(({ sequence }) => sequence),
      Count,
      ScannedCount,
      last: LastEvaluatedKey?.['sequence'],
    };
  },
  answers,
});

const found = (...sequences: number[]) => ({
  found: sequences,
  Count: sequences.length,
  ScannedCount: sequences.length,
});

/** DynamoDB API reference, Query; developer guide, key condition expressions. */
export const dynamoDbQueryCases: Case[] = [
  query('answers in the order of the sort key, numbers as numbers', {}, {}, found(1, 2, 3, 4, 5)),
  query('answers backwards', { ScanIndexForward: false }, {}, found(5, 4, 3, 2, 1)),
  query(
    'answers up to a sort key',
    { KeyConditionExpression: 'id = :id AND #n <= :n', ExpressionAttributeNames: { '#n': 'sequence' } },
    { ':n': 2 },
    found(1, 2),
  ),
  query(
    'answers between two sort keys',
    {
      KeyConditionExpression: 'id = :id AND #n BETWEEN :a AND :b',
      ExpressionAttributeNames: { '#n': 'sequence' },
    },
    { ':a': 2, ':b': 4 },
    found(2, 3, 4),
  ),
  query('stops at its limit and says where', { Limit: 2 }, {}, { ...found(1, 2), last: 2 }),
  query('whose limit is met at the end says so too', { Limit: 5 }, {}, { ...found(1, 2, 3, 4, 5), last: 5 }),
  query(
    'goes on behind a key',
    { ExclusiveStartKey: { id: 'goes on behind a key', sequence: 3 } },
    {},
    found(4, 5),
  ),
  query(
    'filters what it read',
    { FilterExpression: 'even = :yes' },
    { ':yes': true },
    { found: [2, 4], Count: 2, ScannedCount: 5 },
  ),
  query(
    'counts its limit before it filters',
    { FilterExpression: 'even = :yes', Limit: 3 },
    { ':yes': true },
    { found: [2], Count: 1, ScannedCount: 3, last: 3 },
  ),
  query('counts without answering items', { Select: 'COUNT' }, {}, { Count: 5, ScannedCount: 5 }),
  query(
    'projects',
    { ProjectionExpression: 'note' },
    {},
    { found: [null, null, null, null, null], Count: 5, ScannedCount: 5 },
  ),
  query('refuses a key condition that is no equality', { KeyConditionExpression: 'id > :id' }, {}, invalid),
  query(
    'refuses a sort key alone',
    {
      KeyConditionExpression: '#n = :n',
      ExpressionAttributeNames: { '#n': 'sequence' },
      ExpressionAttributeValues: { ':n': 1 },
    },
    {},
    invalid,
  ),
  query(
    'refuses an attribute that is no key',
    { KeyConditionExpression: 'id = :id AND even = :e' },
    { ':e': true },
    invalid,
  ),
  query('refuses a key of another type', { ExpressionAttributeValues: { ':id': 1 } }, {}, invalid),
  query('refuses a filter by the key', { FilterExpression: 'id = :id' }, {}, invalid),
  query('refuses a limit of nothing', { Limit: 0 }, {}, invalid),
  query('refuses an index that does not exist', { IndexName: 'absent' }, {}, invalid),
  query(
    'refuses a table that does not exist',
    { TableName: 'nobodys' },
    {},
    refused('ResourceNotFoundException'),
  ),
];
