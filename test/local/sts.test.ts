import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type Credentials,
  GetCallerIdentityCommand,
  GetScopedCredentialsCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { addRole, allow, clientConfig, newAccount, policy, stsOf } from './account.ts';

let account: Account;
let sts: STSClient;
const roleArn = 'arn:aws:iam::111122223333:role/worker';

beforeAll(async () => {
  account = await newAccount();
  addRole(account, 'issuer', allow(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']));
  addRole(
    account,
    'worker',
    allow(['s3:GetObject', 'sts:GetScopedCredentials', 'sts:AssumeRole', 'sts:TagSession']),
  );
  addRole(account, 'stranger', allow('s3:GetObject'));
  sts = stsOf(account, 'issuer');
});
afterAll(() => account.stop());

const assume = (input: Partial<AssumeRoleCommandInput> = {}) =>
  sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'task', DurationSeconds: 900, ...input }),
  );
const as = (credentials: Credentials | undefined) => {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials ?? {};
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return new STSClient(clientConfig(account, keys));
};
const secondsLeft = (credentials: Credentials | undefined) =>
  (credentials?.Expiration?.getTime() ?? 0) / 1000 - account.clock.now();
const tags = (count: number) => Array.from({ length: count }, (_, i) => ({ Key: `key${i}`, Value: 'v' }));
const someText = JSON.stringify(policy(allow('s3:GetObject')));

describe('AssumeRole', () => {
  test('gives a session of the role that says who it is', async () => {
    const { Credentials, AssumedRoleUser } = await assume({ SourceIdentity: 'L-1' });
    const { Arn } = await as(Credentials).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe('arn:aws:sts::111122223333:assumed-role/worker/task');
    expect(AssumedRoleUser?.Arn).toBe(Arn);
    expect([899, 900]).toContain(secondsLeft(Credentials));
  });

  test.each<[string, Partial<AssumeRoleCommandInput>]>([
    ['a duration below 900 s', { DurationSeconds: 899 }],
    ['a duration above what role chaining allows', { DurationSeconds: 3_601 }],
    ['a session name of one character', { RoleSessionName: 'x' }],
    ['a session name with a slash', { RoleSessionName: 'a/b' }],
    ['a session name of 65 characters', { RoleSessionName: 'x'.repeat(65) }],
    ['a source identity of AWS itself', { SourceIdentity: 'aws:me' }],
    ['an external id of one character', { ExternalId: 'x' }],
    ['51 tags', { Tags: tags(51) }],
    ['a tag key twice', { Tags: [...tags(1), { Key: 'KEY0', Value: 'other' }] }],
    ['a tag key of AWS itself', { Tags: [{ Key: 'aws:x', Value: 'v' }] }],
    ['a tag value of 257 characters', { Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] }],
    ['a transitive key without its tag', { TransitiveTagKeys: ['absent'] }],
    [
      '11 policy ARNs',
      { PolicyArns: Array.from({ length: 11 }, () => ({ arn: 'arn:aws:iam::aws:policy/x' })) },
    ],
    ['a policy of 2,049 characters', { Policy: someText.padEnd(2_049) }],
    [
      'a policy and policy ARNs of 2,049 characters',
      { Policy: someText.padEnd(2_024), PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/x' }] },
    ],
  ])('refuses %s', async (_, input) => {
    await expect(assume(input)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('takes a policy of exactly 2,048 characters', async () => {
    await expect(assume({ Policy: someText.padEnd(2_048) })).resolves.toBeDefined();
  });

  test.each([
    ['that is no JSON', '{'],
    ['without statements', '{"Version":"2012-10-17"}'],
    ['with an unknown element', '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Comment":"x"}}'],
    ['with characters beyond U+00FF', someText.replace('s3', 's3€')],
  ])('refuses a policy %s as malformed', async (_, text) => {
    await expect(assume({ Policy: text })).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
  });

  test('refuses what would make the session token larger than 4,096 bytes', async () => {
    const random = () => Array.from({ length: 250 }, () => Math.random().toString(36).charAt(2)).join('');
    const Tags = Array.from({ length: 24 }, (_, i) => ({ Key: `key${i}`, Value: random() }));
    await expect(assume({ Tags })).rejects.toMatchObject({ name: 'PackedPolicyTooLargeException' });
  });

  test('refuses a caller whose own policies do not allow it', async () => {
    const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'task' });
    await expect(stsOf(account, 'stranger').send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('refuses a role that does not exist in the words of one that may not be assumed', async () => {
    await expect(assume({ RoleArn: `${roleArn}-gone` })).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('does not let a chained session change its source identity', async () => {
    const { Credentials } = await assume({ SourceIdentity: 'L-1' });
    const chained = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: 'two',
      SourceIdentity: 'L-2',
    });
    await expect(as(Credentials).send(chained)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('does not let a chained session set a transitive tag again', async () => {
    const Tags = [{ Key: 'agent', Value: 'a' }];
    const { Credentials } = await assume({ Tags, TransitiveTagKeys: ['agent'] });
    const chained = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'two', Tags });
    await expect(as(Credentials).send(chained)).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('GetScopedCredentials', () => {
  const scope = (
    credentials: Credentials | undefined,
    input: { Policy?: string; DurationSeconds?: number },
  ) => as(credentials).send(new GetScopedCredentialsCommand(input));

  test('keeps who the session is and shortens its life to any second', async () => {
    const { Credentials } = await assume({ SourceIdentity: 'L-1', Tags: tags(1) });
    const scoped = await scope(Credentials, { DurationSeconds: 1, Policy: someText });
    expect(scoped.SourceIdentity).toBe('L-1');
    expect(scoped.SessionInfo?.Arn).toBe('arn:aws:sts::111122223333:assumed-role/worker/task');
    expect(scoped.ScopedPoliciesCount).toBe(1);
    expect(secondsLeft(scoped.Credentials)).toBeLessThanOrEqual(1);
  });

  test('without a duration inherits the expiry of the calling session', async () => {
    const { Credentials } = await assume();
    const scoped = await scope(Credentials, { Policy: someText });
    expect(scoped.Credentials?.Expiration).toEqual(Credentials?.Expiration);
  });

  test('does not outlive the calling session', async () => {
    const { Credentials } = await assume();
    await expect(scope(Credentials, { DurationSeconds: 901 })).rejects.toMatchObject({
      name: 'InsufficientSessionLifetimeException',
    });
  });

  test.each([
    ['nothing to change', {}],
    ['no seconds at all', { DurationSeconds: 0 }],
    ['more than 36 hours', { DurationSeconds: 129_601 }],
    ['a policy of 2,049 characters', { Policy: someText.padEnd(2_049) }],
  ])('refuses %s', async (_, input) => {
    const { Credentials } = await assume();
    await expect(scope(Credentials, input)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('stacks three policies and refuses the fourth', async () => {
    let { Credentials } = await assume();
    const layer = JSON.stringify(policy(allow(['s3:GetObject', 'sts:GetScopedCredentials'])));
    for (const count of [1, 2, 3]) {
      const scoped = await scope(Credentials, { Policy: layer });
      expect(scoped.ScopedPoliciesCount).toBe(count);
      Credentials = scoped.Credentials;
    }
    await expect(scope(Credentials, { Policy: layer })).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('needs to be allowed by every policy that it stacks upon', async () => {
    const { Credentials } = await assume();
    const scoped = await scope(Credentials, { Policy: someText });
    await expect(scope(scoped.Credentials, { DurationSeconds: 10 })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test('ends on the second: what it gave is refused as expired', async () => {
    const own = await newAccount();
    addRole(own, 'worker', allow('sts:GetScopedCredentials'));
    const { Credentials } = await stsOf(own, 'worker').send(
      new GetScopedCredentialsCommand({ DurationSeconds: 144 }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    const client = new STSClient(clientConfig(own, keys));
    own.clock.advance(140);
    await expect(client.send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
    own.clock.advance(4);
    await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'ExpiredToken',
    });
    await own.stop();
  });
});
