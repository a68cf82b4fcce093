import { createVerify } from 'node:crypto';
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetPublicKeyCommand, KMSClient, ListAliasesCommand, SignCommand } from '@aws-sdk/client-kms';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { createKmsKey } from '../../local/aws/kms-keys.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, policy } from './account.ts';

let account: Account;
const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const tableArn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/things';
const config = (role: string) =>
  clientConfig(account, credentialsOf(account.iam.openServiceSession(role, 'session', 3_600)));
const s3 = (role: string) => new S3Client({ ...config(role), forcePathStyle: true });

beforeAll(async () => {
  account = await newAccount();
  addRole(account, 'all', allow(['s3:*', 'kms:*', 'dynamodb:*']));
  addRole(account, 'reader', allow('s3:GetObject', 'arn:aws:s3:::b/*'));
  addRole(account, 'nobody');
  account.buckets.set('b', { objects: new Map(), policy: undefined });
  const root = { AWS: 'arn:aws:iam::111122223333:root' };
  account.keys.set(
    keyArn,
    createKmsKey(keyArn, policy({ Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' })),
  );
  await account.createTable({
    TableName: 'things',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  });
});
afterAll(() => account.stop());

describe('S3', () => {
  test('keeps what is put, lists it, and forgets what is deleted', async () => {
    const client = s3('all');
    for (const Key of ['a/ü b.txt', 'a/2', 'c'])
      await client.send(new PutObjectCommand({ Bucket: 'b', Key, Body: Key, ContentType: 'text/plain' }));
    const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket: 'b', Key: 'a/ü b.txt' }));
    expect([await Body?.transformToString(), ContentType]).toEqual(['a/ü b.txt', 'text/plain']);
    const head = await client.send(new HeadObjectCommand({ Bucket: 'b', Key: 'c' }));
    expect(head.ContentLength).toBe(1);
    const listed = await client.send(new ListObjectsV2Command({ Bucket: 'b', Prefix: 'a/', MaxKeys: 1 }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['a/2']);
    const ContinuationToken = listed.NextContinuationToken ?? '';
    const next = await client.send(
      new ListObjectsV2Command({ Bucket: 'b', Prefix: 'a/', ContinuationToken }),
    );
    expect(next.Contents?.map(({ Key }) => Key)).toEqual(['a/ü b.txt']);
    await client.send(new DeleteObjectCommand({ Bucket: 'b', Key: 'c' }));
    await expect(client.send(new GetObjectCommand({ Bucket: 'b', Key: 'c' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  test('does not tell who may not list whether a key exists', async () => {
    await expect(s3('reader').send(new GetObjectCommand({ Bucket: 'b', Key: 'none' }))).rejects.toMatchObject(
      {
        name: 'AccessDenied',
      },
    );
  });

  test('refuses who is not allowed before looking, even for a bucket that is not there', async () => {
    const command = new GetObjectCommand({ Bucket: 'nowhere', Key: 'k' });
    await expect(s3('nobody').send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(s3('all').send(command)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  test('refuses an operation that is not emulated instead of taking it for another', async () => {
    const copy = new CopyObjectCommand({ Bucket: 'b', Key: 'copy', CopySource: 'b/a/2' });
    await expect(s3('all').send(copy)).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  test.each([
    ['a precondition', { IfNoneMatch: '*' }],
    ['an expected owner', { ExpectedBucketOwner: '999999999999' }],
    ['tags', { Tagging: 'a=b' }],
    ['encryption', { ServerSideEncryption: 'aws:kms' }],
  ] as const)('refuses %s, which it would not keep, instead of ignoring it', async (_, input) => {
    const command = new PutObjectCommand({ Bucket: 'b', Key: 'more', Body: 'body', ...input });
    await expect(s3('all').send(command)).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  test('refuses a parameter that it would not heed instead of ignoring it', async () => {
    const command = new GetObjectCommand({ Bucket: 'b', Key: 'a/2', ResponseContentType: 'text/html' });
    await expect(s3('all').send(command)).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  test('lets a bucket policy deny what the role allows', async () => {
    const deny = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::closed/*',
    } as const;
    account.buckets.set('closed', { objects: new Map(), policy: policy(deny) });
    const command = new GetObjectCommand({ Bucket: 'closed', Key: 'k' });
    await expect(s3('all').send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('KMS', () => {
  test('signs with ES256 what its public key verifies', async () => {
    const kms = new KMSClient(config('all'));
    const Message = Buffer.from('message');
    const { Signature = new Uint8Array() } = await kms.send(
      new SignCommand({ KeyId: keyArn, Message, SigningAlgorithm: 'ECDSA_SHA_256' }),
    );
    const { PublicKey = new Uint8Array() } = await kms.send(new GetPublicKeyCommand({ KeyId: keyArn }));
    const publicKey = { key: Buffer.from(PublicKey), format: 'der', type: 'spki' } as const;
    expect(createVerify('SHA256').update(Message).verify(publicKey, Signature)).toBe(true);
  });

  test('refuses another algorithm, a message that is too long, and who is not allowed', async () => {
    const sign = (
      role: string,
      input: { Message: Buffer; SigningAlgorithm: 'ECDSA_SHA_256' | 'ECDSA_SHA_384' },
    ) => new KMSClient(config(role)).send(new SignCommand({ KeyId: keyArn, ...input }));
    const Message = Buffer.from('m');
    await expect(sign('all', { Message, SigningAlgorithm: 'ECDSA_SHA_384' })).rejects.toMatchObject({
      name: 'InvalidKeyUsageException',
    });
    await expect(
      sign('all', { Message: Buffer.alloc(4_097), SigningAlgorithm: 'ECDSA_SHA_256' }),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(sign('nobody', { Message, SigningAlgorithm: 'ECDSA_SHA_256' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test('tells only whom IAM allows that a key does not exist', async () => {
    const read = (role: string) =>
      new KMSClient(config(role)).send(new GetPublicKeyCommand({ KeyId: keyArn.replace('1111', '9999') }));
    await expect(read('nobody')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(read('all')).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  test('authorizes an operation before it says that it does not know it', async () => {
    const list = (role: string) => new KMSClient(config(role)).send(new ListAliasesCommand({}));
    await expect(list('nobody')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(list('all')).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });
});

describe('DynamoDB', () => {
  test('keeps items, refuses a lost condition, and who is not allowed', async () => {
    const client = new DynamoDBClient(config('all'));
    const put = new PutItemCommand({
      TableName: 'things',
      Item: { id: { S: '1' } },
      ConditionExpression: 'attribute_not_exists(id)',
    });
    await client.send(put);
    await expect(client.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    const get = new GetItemCommand({ TableName: 'things', Key: { id: { S: '1' } } });
    expect((await client.send(get)).Item).toEqual({ id: { S: '1' } });
    await expect(new DynamoDBClient(config('nobody')).send(get)).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    expect(account.decisions.at(-1)).toMatchObject({ action: 'dynamodb:GetItem', resource: tableArn });
  });

  test('authorizes an operation before it says that it does not know it', async () => {
    const describeTable = new DescribeTableCommand({ TableName: 'things' });
    await expect(new DynamoDBClient(config('all')).send(describeTable)).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });
});
