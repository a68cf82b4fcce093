import { BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount } from './account.ts';

let account: Account;
const arn = (table: string) => `arn:aws:dynamodb:eu-central-1:111122223333:table/${table}`;

beforeAll(async () => {
  account = await newAccount();
  const key = { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] };
  for (const TableName of ['one-table', 'two-table'])
    await account.createTable({
      TableName,
      ...key,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    });
  addRole(account, 'reader', allow('dynamodb:BatchGetItem', arn('one-table')));
});
afterAll(() => account.stop());

const read = (...tables: string[]) => {
  const session = account.iam.openServiceSession('reader', 'session', 900);
  const Keys = [{ id: { S: 'x' } }];
  const RequestItems = Object.fromEntries(tables.map((table) => [table, { Keys }]));
  return new DynamoDBClient(clientConfig(account, credentialsOf(session))).send(
    new BatchGetItemCommand({ RequestItems }),
  );
};

test('a batch over a table that the role may read is read', async () => {
  await expect(read('one-table')).resolves.toMatchObject({ Responses: { 'one-table': [] } });
});

test('a batch that hides a forbidden table behind an allowed one is refused whole', async () => {
  const before = account.decisions.length;
  await expect(read('one-table', 'two-table')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const decided = account.decisions.slice(before).map(({ resource, allowed }) => [resource, allowed]);
  expect(decided).toEqual([
    [arn('one-table'), true],
    [arn('two-table'), false],
  ]);
});
