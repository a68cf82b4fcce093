import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { functionOf, type SmallStack, startSmall } from './small-stack.ts';

let stack: SmallStack;
const arnOf = (table: string) => `arn:aws:dynamodb:eu-central-1:111122223333:table/${table}`;
const allow = (Action: string, Resource: string, Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const leading = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['4711'] } };

beforeAll(async () => {
  stack = await startSmall({
    ...functionOf('lookup', [
      allow('dynamodb:GetItem', arnOf('orders')),
      allow('dynamodb:GetItem', arnOf('lines')),
      allow('dynamodb:GetItem', arnOf('limited'), leading),
      allow('s3:GetObject', 'arn:aws:s3:::records/*'),
    ]),
  });
  const { broker } = stack;
  await broker.createTable('orders', { partition: 'order' }, [
    {
      order: '4711',
      state: 'open',
      amount: 420.5,
      paid: false,
      note: null,
      tags: new Set(['a', 'b']),
      counts: new Set([1, 2]),
      positions: [1, 'two', { deep: true }],
      customer: { name: 'acme', country: 'DE' },
    },
  ]);
  const sort = { name: 'line', type: 'N' } as const;
  await broker.createTable('lines', { partition: 'order', sort }, [{ order: '4711', line: 1.5, what: 'x' }]);
  for (const table of ['secret', 'limited'])
    await broker.createTable(table, { partition: { name: 'id', type: 'N' } }, [{ id: 1 }]);
  broker.createBucket('records');
  broker.putObject('records', 'big', '0123456789');
});
afterAll(() => stack.stop());

const configOf = (role: string) => {
  const { region, endpoint, credentialsFor } = stack.broker;
  return { region, endpoint, credentials: credentialsFor(role, 'test'), maxAttempts: 1 };
};
const read = async (TableName: string, Key: Record<string, unknown>, rest: object = {}) => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(configOf('lookup-role')));
  return (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true, ...rest }))).Item;
};
const denied = { name: 'AccessDeniedException' };

describe('a table of another owner', () => {
  test('is read by a function that may, with every type of value', async () => {
    expect(await read('orders', { order: '4711' })).toEqual({
      order: '4711',
      state: 'open',
      amount: 420.5,
      paid: false,
      note: null,
      tags: new Set(['a', 'b']),
      counts: new Set([1, 2]),
      positions: [1, 'two', { deep: true }],
      customer: { name: 'acme', country: 'DE' },
    });
    expect(await read('orders', { order: '4712' })).toBeUndefined();
  });

  test('tells only what is asked for, by placeholders for words that are reserved', async () => {
    const asked = {
      ProjectionExpression: '#s, customer.#n, positions[0]',
      ExpressionAttributeNames: { '#s': 'state', '#n': 'name' },
    };
    expect(await read('orders', { order: '4711' }, asked)).toEqual({
      state: 'open',
      customer: { name: 'acme' },
      positions: [1],
    });
    await expect(read('orders', { order: '4711' }, { ProjectionExpression: 'state' })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  test('may have a key of two parts, text and number', async () => {
    expect(await read('lines', { order: '4711', line: 1.5 })).toMatchObject({ what: 'x' });
    expect(await read('lines', { order: '4711', line: 2 })).toBeUndefined();
    await expect(read('lines', { order: '4711' })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('is closed to who may read others only, and to writes of who may only read', async () => {
    await expect(read('secret', { id: 1 })).rejects.toMatchObject(denied);
    expect(stack.broker.decisions.at(-1)).toMatchObject({
      action: 'dynamodb:GetItem',
      resource: arnOf('secret'),
      allowed: false,
    });
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(configOf('lookup-role')));
    const put = new PutCommand({ TableName: 'orders', Item: { order: '1' } });
    await expect(client.send(put)).rejects.toMatchObject(denied);
  });

  test('changes as its owner changes it, and outlives another deployment', async () => {
    await stack.broker.putItem('orders', { order: '4713', state: 'new' });
    await stack.broker.putItem('orders', { order: '4713', state: 'paid' });
    await stack.broker.redeploy();
    expect(await read('orders', { order: '4713' })).toEqual({ order: '4713', state: 'paid' });
  });

  test('is made once, and takes items with its key only, of values that items have', async () => {
    const { broker } = stack;
    await expect(broker.createTable('orders', { partition: 'id' })).rejects.toThrow('ResourceInUse');
    await expect(broker.putItem('orders', { other: '1' })).rejects.toThrow('table orders');
    await expect(broker.putItem('gone', { id: '1' })).rejects.toThrow('table gone');
    expect(() => broker.putItem('orders', { order: '1', n: Number.NaN })).toThrow('NaN');
    expect(() => broker.putItem('orders', { order: '1', s: new Set<string>() })).toThrow('at least one');
  });
});

describe('a condition on what is not known of a request to DynamoDB', () => {
  test('denies instead of passing, also where a missing key would satisfy it', async () => {
    await expect(read('limited', { id: 1 })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('dynamodb:LeadingKeys is not emulated'),
    });
  });

  test('on one table changes nothing for others', async () => {
    expect(await read('orders', { order: '4711' })).toBeDefined();
  });

  test('is judged where a question says what the request would have', async () => {
    const question = { action: 'dynamodb:GetItem', resource: arnOf('limited') };
    const ask = (key: string) =>
      stack.broker.mayDo(
        { role: 'lookup-role' },
        { ...question, context: { 'dynamodb:LeadingKeys': [key] } },
      );
    expect((await ask('4711')).allowed).toBe(true);
    expect((await ask('4712')).allowed).toBe(false);
    await expect(stack.broker.mayDo({ role: 'lookup-role' }, question)).rejects.toThrow('not emulated');
  });
});

describe('a part of an object', () => {
  const client = (role: string) => new S3Client({ ...configOf(role), forcePathStyle: true });
  const part = async (Range: string, role = 'lookup-role') => {
    const reply = await client(role).send(new GetObjectCommand({ Bucket: 'records', Key: 'big', Range }));
    return [await reply.Body?.transformToString(), reply.ContentRange, reply.$metadata.httpStatusCode];
  };

  test('is read by a function that may read the object, and by nobody else', async () => {
    expect(await part('bytes=2-4')).toEqual(['234', 'bytes 2-4/10', 206]);
    await expect(part('bytes=2-4', 'tester')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test.each([
    'bytes=0-1,4-5',
    'bytes=4-2',
    'bytes=-',
    'lines=1-2',
  ])('that is %s is refused', async (range) => {
    await expect(part(range)).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  test('cannot be put, and is of the whole in its entity tag', async () => {
    stack.broker.createRole('putter', [allow('s3:PutObject', 'arn:aws:s3:::records/*') as never]);
    const put = new PutObjectCommand({ Bucket: 'records', Key: 'big', Body: 'x' });
    put.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers['range'] = 'bytes=0-1';
        return next(args);
      },
      { step: 'build' },
    );
    await expect(client('putter').send(put)).rejects.toMatchObject({ name: 'NotImplemented' });
    const whole = await client('lookup-role').send(new HeadObjectCommand({ Bucket: 'records', Key: 'big' }));
    const some = await client('lookup-role').send(
      new HeadObjectCommand({ Bucket: 'records', Key: 'big', Range: 'bytes=0-0' }),
    );
    expect([some.ETag, some.ContentLength]).toEqual([whole.ETag, 1]);
  });
});
