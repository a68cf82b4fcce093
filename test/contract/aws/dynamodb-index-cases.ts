import { PutCommand, QueryCommand, type QueryCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Case } from './case.ts';
import { invalid } from './dynamodb-items.ts';
import type { Target } from './target.ts';

const due = ({ dynamo, things }: Target, shard: number, input: Partial<QueryCommandInput> = {}) =>
  dynamo.send(
    new QueryCommand({
      TableName: things,
      IndexName: 'due',
      KeyConditionExpression: 'due_shard = :shard AND due_at <= :now',
      ExpressionAttributeValues: { ':shard': shard, ':now': 100 },
      ...input,
    }),
  );

async function fill({ dynamo, things }: Target, shard: number): Promise<void> {
  const dueAt = [100, 50, 101, undefined, 100];
  for (const [i, due_at] of dueAt.entries()) {
    const Item = {
      id: `due ${shard}.${i}`,
      due_shard: shard,
      note: 'not projected',
      ...(due_at && { due_at }),
    };
    await dynamo.send(new PutCommand({ TableName: things, Item }));
  }
}

/** DynamoDB developer guide, global secondary indexes: sparse, projected, only eventually consistent. */
export const dynamoDbIndexCases: Case[] = [
  {
    name: 'Query of a sparse index answers keys of what is due, by its time',
    async run(target) {
      await fill(target, 1);
      const { Items = [] } = await due(target, 1);
      return [Items.map((each) => each['due_at']), Object.keys(Items[0] ?? {}).sort()];
    },
    answers: [
      [50, 100, 100],
      ['due_at', 'due_shard', 'id'],
    ],
  },
  {
    name: 'Query of an index pages through equal sort keys without losing one',
    async run(target) {
      await fill(target, 2);
      const ids: unknown[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const page = await due(target, 2, { Limit: 1, ...(start && { ExclusiveStartKey: start }) });
        ids.push(...(page.Items ?? []).map((each) => each['id']));
        start = page.LastEvaluatedKey;
      } while (start);
      return [ids[0], ids.slice(1).sort()];
    },
    answers: ['due 2.1', ['due 2.0', 'due 2.4']],
  },
  {
    name: 'Query of an index no longer finds what left it',
    async run(target) {
      await fill(target, 3);
      for (const i of [0, 1])
        await target.dynamo.send(
          new UpdateCommand({
            TableName: target.things,
            Key: { id: `due 3.${i}` },
            UpdateExpression: 'REMOVE due_shard, due_at',
          }),
        );
      return (await due(target, 3)).Items?.map((each) => each['id']);
    },
    answers: ['due 3.4'],
  },
  {
    name: 'Query of a global index refuses a consistent read',
    run: (target) => due(target, 4, { ConsistentRead: true }),
    answers: invalid,
  },
  {
    name: 'Query of a keys-only index refuses all attributes',
    run: (target) => due(target, 4, { Select: 'ALL_ATTRIBUTES' }),
    answers: invalid,
  },
];
