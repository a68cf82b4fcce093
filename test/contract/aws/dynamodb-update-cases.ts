import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Case } from './case.ts';
import { invalid, lost, updating } from './dynamodb-items.ts';

const values = (all: Record<string, unknown>) => ({ ExpressionAttributeValues: all });
const state = { ExpressionAttributeNames: { '#state': 'state' } };

/** DynamoDB developer guide, update expressions. */
const expressions: Case[] = [
  updating(
    'sets and removes',
    { a: 1, b: 2, c: 3 },
    { UpdateExpression: 'SET a = :a REMOVE b, c', ...values({ ':a': 9 }) },
    { a: 9 },
  ),
  updating(
    'sets a reserved word by its placeholder',
    { state: 'issuing' },
    { UpdateExpression: 'SET #state = :s', ...state, ...values({ ':s': 'active' }) },
    { state: 'active' },
  ),
  updating(
    'refuses a reserved word',
    { state: 'issuing' },
    { UpdateExpression: 'SET state = :s', ...values({ ':s': 'active' }) },
    invalid,
  ),
  updating(
    'creates what is not there',
    undefined,
    { UpdateExpression: 'SET a = :a', ...values({ ':a': 1 }) },
    { a: 1 },
  ),
  updating(
    'appends to a list',
    { l: [1] },
    { UpdateExpression: 'SET l = list_append(l, :l)', ...values({ ':l': [2] }) },
    { l: [1, 2] },
  ),
  updating(
    'begins a list that is absent',
    {},
    {
      UpdateExpression: 'SET l = list_append(if_not_exists(l, :none), :l)',
      ...values({ ':none': [], ':l': [2] }),
    },
    { l: [2] },
  ),
  updating(
    'adds and subtracts',
    { a: 1, b: 1 },
    { UpdateExpression: 'SET a = a + :n, b = b - :n', ...values({ ':n': 2 }) },
    { a: 3, b: -1 },
  ),
  updating(
    'refuses arithmetic with what is absent',
    {},
    { UpdateExpression: 'SET a = a + :n', ...values({ ':n': 2 }) },
    invalid,
  ),
  updating(
    'counts by ADD from nothing',
    {},
    { UpdateExpression: 'ADD a :n', ...values({ ':n': 2 }) },
    { a: 2 },
  ),
  updating(
    'adds to a set and takes from one',
    { s: new Set(['a', 'b']), t: new Set(['x', 'y']) },
    { UpdateExpression: 'ADD s :s DELETE t :t', ...values({ ':s': new Set(['c']), ':t': new Set(['x']) }) },
    { s: ['a', 'b', 'c'], t: ['y'] },
  ),
  updating(
    'takes the last of a set away with the set',
    { s: new Set(['a']) },
    { UpdateExpression: 'DELETE s :s', ...values({ ':s': new Set(['a']) }) },
    {},
  ),
  updating(
    'sets inside a map and a list',
    { m: { a: 1 }, l: [1, 2] },
    { UpdateExpression: 'SET m.b = :v, l[1] = :v', ...values({ ':v': 9 }) },
    { m: { a: 1, b: 9 }, l: [1, 9] },
  ),
  updating('removes from a list', { l: [1, 2, 3] }, { UpdateExpression: 'REMOVE l[1]' }, { l: [1, 3] }),
  updating(
    'refuses a path into what is absent',
    {},
    { UpdateExpression: 'SET m.b = :v', ...values({ ':v': 9 }) },
    invalid,
  ),
  updating(
    'reads every value before it writes one',
    { a: 1, b: 2 },
    { UpdateExpression: 'SET a = b, b = a' },
    { a: 2, b: 1 },
  ),
  updating(
    'refuses the key',
    { a: 1 },
    { UpdateExpression: 'SET id = :id', ...values({ ':id': 'other' }) },
    invalid,
  ),
  updating(
    'refuses overlapping paths',
    { m: {} },
    { UpdateExpression: 'SET m = :v, m.a = :v', ...values({ ':v': {} }) },
    invalid,
  ),
  updating('refuses a value that is not given', {}, { UpdateExpression: 'SET a = :a' }, invalid),
  updating('refuses a name that no expression uses', {}, { UpdateExpression: 'REMOVE a', ...state }, invalid),
  updating('refuses an expression that is none', {}, { UpdateExpression: 'SET' }, invalid),
];

/** DynamoDB API reference, UpdateItem: ReturnValues. */
const returned = (['ALL_NEW', 'ALL_OLD', 'UPDATED_NEW', 'UPDATED_OLD', 'NONE'] as const).map(
  (ReturnValues): Case => {
    const answers = {
      ALL_NEW: { a: 2, b: 1 },
      ALL_OLD: { a: 1, b: 1 },
      UPDATED_NEW: { a: 2 },
      UPDATED_OLD: { a: 1 },
      NONE: null,
    };
    return {
      name: `UpdateItem answers ${ReturnValues}`,
      async run({ dynamo, things: TableName }) {
        const Key = { id: `returned ${ReturnValues}` };
        const set = (UpdateExpression: string, all: Record<string, unknown>) =>
          dynamo.send(new UpdateCommand({ TableName, Key, UpdateExpression, ReturnValues, ...values(all) }));
        await set('SET a = :a, b = :a', { ':a': 1 });
        const { Attributes } = await set('SET a = a + :a', { ':a': 1 });
        if (!Attributes) return Attributes;
        const { id: _, ...rest } = Attributes;
        return rest;
      },
      answers: answers[ReturnValues],
    };
  },
);

const nothing: Case = {
  name: 'UpdateItem under a condition creates nothing where nothing is',
  async run({ dynamo, things }) {
    const update = new UpdateCommand({
      TableName: things,
      Key: { id: 'nothing' },
      UpdateExpression: 'SET #state = :active',
      ConditionExpression: '#state = :issuing',
      ...state,
      ...values({ ':active': 'active', ':issuing': 'issuing' }),
    });
    return dynamo.send(update);
  },
  answers: lost,
};

/** Every case of UpdateItem without a condition, and one with. */
export const dynamoDbUpdateCases: Case[] = [...expressions, ...returned, nothing];
