import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Case, refused } from './case.ts';
import { get, invalid, put } from './dynamodb-items.ts';

const unclaimed = 'attribute_not_exists(id)';

/** DynamoDB API reference, PutItem and GetItem. */
const putting: Case[] = [
  {
    name: 'PutItem keeps every type',
    async run(target) {
      const binary = new Uint8Array([0, 255]);
      const item = {
        id: 'types',
        n: -1.5,
        s: '',
        b: true,
        nil: null,
        l: [1, 'two', { three: 3 }],
        m: { a: { b: [] } },
      };
      await put(target, { ...item, strings: new Set(['b', 'a']), numbers: new Set([2, 1]), binary });
      const { binary: read, ...rest } = (await get(target, 'types')) ?? {};
      return { ...rest, bytes: [...read] };
    },
    answers: {
      ...{
        id: 'types',
        n: -1.5,
        s: '',
        b: true,
        nil: null,
        l: [1, 'two', { three: 3 }],
        m: { a: { b: [] } },
      },
      ...{ strings: ['a', 'b'], numbers: [1, 2], bytes: [0, 255] },
    },
  },
  {
    name: 'PutItem under attribute_not_exists writes once',
    async run(target) {
      await put(target, { id: 'once', v: 1 }, { ConditionExpression: unclaimed });
      const second = put(target, { id: 'once', v: 2 }, { ConditionExpression: unclaimed });
      return [await second.catch(({ name }: Error) => name), await get(target, 'once')];
    },
    answers: ['ConditionalCheckFailedException', { id: 'once', v: 1 }],
  },
  {
    name: 'PutItem tells the item that a lost condition met, when asked',
    async run(target) {
      await put(target, { id: 'met', v: 1 });
      const again = put(
        target,
        { id: 'met' },
        { ConditionExpression: unclaimed, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
      );
      // The document client leaves the item of an error as it was on the wire.
      return again.catch(({ name, Item }) => [name, Item]);
    },
    answers: ['ConditionalCheckFailedException', { id: { S: 'met' }, v: { N: '1' } }],
  },
  {
    name: 'PutItem answers the item that it replaced, when asked',
    async run(target) {
      await put(target, { id: 'replaced', v: 1, gone: true });
      const { Attributes } = await put(target, { id: 'replaced', v: 2 }, { ReturnValues: 'ALL_OLD' });
      return [Attributes, await get(target, 'replaced')];
    },
    answers: [
      { id: 'replaced', v: 1, gone: true },
      { id: 'replaced', v: 2 },
    ],
  },
  {
    name: 'PutItem refuses an item without its key',
    run: (target) => put(target, { v: 1 }),
    answers: invalid,
  },
  {
    name: 'PutItem refuses a key of another type',
    run: (target) => put(target, { id: 1 }),
    answers: invalid,
  },
  { name: 'PutItem refuses an empty key', run: (target) => put(target, { id: '' }), answers: invalid },
  {
    name: 'PutItem refuses an index key of another type',
    run: (target) => put(target, { id: 'shard', due_shard: '1', due_at: 1 }),
    answers: invalid,
  },
  {
    name: 'PutItem refuses an item of more than 400 KB',
    run: (target) => put(target, { id: 'large', v: 'v'.repeat(400 * 1_024) }),
    answers: invalid,
  },
  {
    name: 'PutItem refuses a value that no expression uses',
    run: (target) =>
      put(target, { id: 'x' }, { ConditionExpression: unclaimed, ExpressionAttributeValues: { ':v': 1 } }),
    answers: invalid,
  },
  {
    name: 'PutItem refuses a table that does not exist',
    run: ({ dynamo }) => dynamo.send(new PutCommand({ TableName: 'nobodys', Item: { id: '1' } })),
    answers: refused('ResourceNotFoundException'),
  },
];

/** DynamoDB API reference, GetItem. */
const getting: Case[] = [
  {
    name: 'GetItem answers nothing for a key that is not there',
    run: (target) => get(target, 'never'),
    answers: null,
  },
  {
    name: 'GetItem projects nested paths',
    async run(target) {
      await put(target, { id: 'paths', state: 'active', m: { a: 1, b: 2 }, l: [{ c: 3 }, 4] });
      const { Item } = await target.dynamo.send(
        new GetCommand({
          TableName: target.things,
          Key: { id: 'paths' },
          ProjectionExpression: '#state, m.a, l[0].c, absent',
          ExpressionAttributeNames: { '#state': 'state' },
        }),
      );
      return Item;
    },
    answers: { state: 'active', m: { a: 1 }, l: [{ c: 3 }] },
  },
  {
    name: 'GetItem refuses a key with more than the key',
    run: ({ dynamo, things }) => dynamo.send(new GetCommand({ TableName: things, Key: { id: 'x', v: 1 } })),
    answers: invalid,
  },
];

/** DynamoDB API reference, DeleteItem. */
const deleting: Case[] = [
  {
    name: 'DeleteItem under a condition consumes once',
    async run({ dynamo, things, ...target }) {
      await put({ dynamo, things, ...target }, { id: 'nonce', user_id: 'u', expires: 100 });
      const consume = () =>
        dynamo
          .send(
            new DeleteCommand({
              TableName: things,
              Key: { id: 'nonce' },
              ConditionExpression: 'user_id = :user AND expires > :now',
              ExpressionAttributeValues: { ':user': 'u', ':now': 99 },
              ReturnValues: 'ALL_OLD',
            }),
          )
          .then(({ Attributes }) => Attributes)
          .catch(({ name }: Error) => name);
      return [await consume(), await consume()];
    },
    answers: [{ id: 'nonce', user_id: 'u', expires: 100 }, 'ConditionalCheckFailedException'],
  },
  {
    name: 'DeleteItem without a condition takes what is not there for done',
    run: async ({ dynamo, things }) =>
      (
        await dynamo.send(
          new DeleteCommand({ TableName: things, Key: { id: 'never' }, ReturnValues: 'ALL_OLD' }),
        )
      ).Attributes,
    answers: null,
  },
];

/** Every case of PutItem, GetItem and DeleteItem. */
export const dynamoDbItemCases: Case[] = [...putting, ...getting, ...deleting];
