import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Case } from './case.ts';
import { invalid } from './dynamodb-items.ts';
import type { Target } from './target.ts';

type Asked = 'ALL_OLD' | 'NONE' | undefined;
type Key = { readonly id: string; readonly sequence: number };

/** Each write that takes a condition, under one that only the value of `a` decides. */
const writes = {
  PutItem: ({ dynamo, events }: Target, key: Key, rest: object) =>
    dynamo.send(new PutCommand({ TableName: events, Item: { ...key, a: 'put' }, ...rest })),
  UpdateItem: ({ dynamo, events }: Target, Key: Key, rest: object) =>
    dynamo.send(new UpdateCommand({ TableName: events, Key, UpdateExpression: 'SET b = :a', ...rest })),
  DeleteItem: ({ dynamo, events }: Target, Key: Key, rest: object) =>
    dynamo.send(new DeleteCommand({ TableName: events, Key, ...rest })),
};
type WriteName = keyof typeof writes;
const names = Object.keys(writes) as WriteName[];

/** Writes over an item, or where none is, under a condition on `a`; the item that the refusal holds, if any. */
async function written(target: Target, name: WriteName, key: Key, there: boolean, a: string, asked: Asked) {
  const { dynamo, events } = target;
  if (there)
    await dynamo.send(new PutCommand({ TableName: events, Item: { ...key, a: 'met', m: { n: 1 } } }));
  const rest = {
    ConditionExpression: 'a = :a',
    ExpressionAttributeValues: { ':a': a },
    ...(asked && { ReturnValuesOnConditionCheckFailure: asked }),
  };
  try {
    return await writes[name](target, key, rest);
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { lost: error.Item ?? null };
  }
}

/** DynamoDB API reference, PutItem, UpdateItem and DeleteItem: ReturnValuesOnConditionCheckFailure. */
const caseOf = (
  name: WriteName,
  what: string,
  [there, a, asked]: [there: boolean, a: string, asked: Asked],
  answersOf: (key: Key) => unknown,
): Case => {
  const key = { id: `conflict ${name} ${what}`, sequence: -1.5 };
  return {
    name: `${name} that lost its condition ${what}`,
    run: (target) => written(target, name, key, there, a, asked),
    answers: answersOf(key),
  };
};

const met = ({ id }: Key) => ({
  lost: { id: { S: id }, sequence: { N: '-1.5' }, a: { S: 'met' }, m: { M: { n: { N: '1' } } } },
});

/** Every case of what a write that lost its condition tells of the item. */
export const dynamoDbConflictCases: Case[] = names.flatMap((name) => [
  caseOf(name, 'tells the item that it met, when asked', [true, 'other', 'ALL_OLD'], met),
  caseOf(name, 'tells nothing where nothing was', [false, 'other', 'ALL_OLD'], () => ({ lost: null })),
  caseOf(name, 'tells nothing when not asked', [true, 'other', undefined], () => ({ lost: null })),
  caseOf(name, 'tells nothing when asked for nothing', [true, 'other', 'NONE'], () => ({ lost: null })),
  caseOf(name, 'refuses to tell anything else', [true, 'other', 'ALL_NEW' as Asked], () => invalid),
  {
    ...caseOf(name, '', [true, 'met', 'ALL_OLD'], () => 'accepted'),
    name: `${name} that holds its condition is as without the question`,
  },
]);
