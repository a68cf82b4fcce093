import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetScopedCredentialsCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, policy } from './account.ts';

const elsewhere = '444455556666';
let account: Account;
beforeAll(async () => {
  account = await newAccount();
  addRole(account, 'namesake');
});
afterAll(() => account.stop());

/** Clients of a role of the other account that has a namesake in this one. */
function clientsOf(...actions: string[]) {
  const inline = new Map([['own', policy(allow(actions))]]);
  const rest = { managed: [], boundary: undefined, maxSession: 3_600, trust: policy() };
  account.iam.putRole({ name: 'namesake', path: '/', account: elsewhere, inline, ...rest });
  const session = account.iam.openServiceSession('namesake', 'session', 3_600, elsewhere);
  const config = clientConfig(account, credentialsOf(session));
  return { sts: new STSClient(config), s3: new S3Client({ ...config, forcePathStyle: true }) };
}

test('a role of another account is somebody else than its namesake here', async () => {
  const {
    Account: owner,
    Arn,
    UserId,
  } = await clientsOf('s3:GetObject').sts.send(new GetCallerIdentityCommand({}));
  expect({ owner, Arn }).toEqual({
    owner: elsewhere,
    Arn: `arn:aws:sts::${elsewhere}:assumed-role/namesake/session`,
  });
  expect(UserId).not.toContain(account.iam.role('namesake')?.id);
});

test('what has no resource is asked of its own account', async () => {
  const narrow = new GetScopedCredentialsCommand({ DurationSeconds: 60 });
  await expect(clientsOf('sts:GetScopedCredentials').sts.send(narrow)).resolves.toHaveProperty('Credentials');
  await expect(clientsOf('s3:GetObject').sts.send(narrow)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a bucket here opens to it when both accounts allow', async () => {
  const read = new GetObjectCommand({ Bucket: 'shared', Key: 'key' });
  const bucket = (statements: ReturnType<typeof policy> | undefined) =>
    account.buckets.set('shared', {
      objects: new Map([
        ['key', { body: Buffer.from('{}'), type: 'application/json', modified: new Date() }],
      ]),
      policy: statements,
    });
  const opened = { ...allow('s3:GetObject'), Principal: { AWS: `arn:aws:iam::${elsewhere}:root` } };

  bucket(undefined);
  await expect(clientsOf('s3:GetObject').s3.send(read)).rejects.toMatchObject({ name: 'AccessDenied' });
  bucket(policy(opened));
  await expect(clientsOf('s3:PutObject').s3.send(read)).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(clientsOf('s3:GetObject').s3.send(read)).resolves.toHaveProperty('Body');
});

test('a role here is not assumed by the other account unless its trust names that', async () => {
  const RoleArn = account.iam.role('namesake')?.arn ?? '';
  const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'from-elsewhere' });
  await expect(clientsOf('sts:AssumeRole').sts.send(assume)).rejects.toMatchObject({ name: 'AccessDenied' });
});
