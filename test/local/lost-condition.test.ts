import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount } from './account.ts';

let account: Account;
let writer: DynamoDBClient;

beforeAll(async () => {
  account = await newAccount();
  addRole(account, 'writer', allow(['dynamodb:PutItem', 'dynamodb:UpdateItem']));
  const session = account.iam.openServiceSession('writer', 'session', 900);
  writer = new DynamoDBClient(clientConfig(account, credentialsOf(session)));
  await account.createTable({
    TableName: 'counters',
    KeySchema: [
      { AttributeName: 'id', KeyType: 'HASH' },
      { AttributeName: 'number', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'number', AttributeType: 'N' },
    ],
  });
});
afterAll(() => account.stop());

/** Counts on from a number that is believed to be there; answers what was there when it was another. */
async function countFrom(believed: number, number: string): Promise<number | 'counted'> {
  const update = new UpdateItemCommand({
    TableName: 'counters',
    Key: { id: { S: 'one' }, number: { N: number } },
    UpdateExpression: 'SET n = n + :one',
    ConditionExpression: 'n = :believed',
    ExpressionAttributeValues: { ':one': { N: '1' }, ':believed': { N: String(believed) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await writer.send(update);
    return 'counted';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return Number(error.Item?.['n']?.N);
  }
}

test('writes at once, by whatever spelling of a number in the key, are each told what their condition met', async () => {
  const Item = { id: { S: 'one' }, number: { N: '10' }, n: { N: '0' } };
  await writer.send(new PutItemCommand({ TableName: 'counters', Item }));
  const spellings = ['10', '10.0', '1e1'];
  const believed = Array.from({ length: 60 }, (_, i) => i % 12);
  const told = await Promise.all(believed.map((n, i) => countFrom(n, spellings[i % 3] ?? '')));
  const counted = told.filter((each) => each === 'counted').length;
  expect(counted).toBeGreaterThan(0);
  for (const [i, each] of told.entries()) {
    expect(each).not.toBe(believed[i]);
    if (each !== 'counted') expect(each).toBeLessThanOrEqual(counted);
  }
  expect(await countFrom(-1, '10')).toBe(counted);
});

test('who may write and not read is told all the same, as in AWS', async () => {
  await countFrom(-1, '10');
  expect(account.decisions.at(-1)).toMatchObject({ action: 'dynamodb:UpdateItem', allowed: true });
  expect(account.decisions.filter(({ action }) => action === 'dynamodb:GetItem')).toEqual([]);
});
