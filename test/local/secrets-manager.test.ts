import {
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount } from './account.ts';
import { type SmallStack, startSmall } from './small-stack.ts';

let account: Account;
const prefix = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:';
const arn = `${prefix}db/crm-AbCdEf`;
const client = (role: string) =>
  new SecretsManagerClient(
    clientConfig(account, credentialsOf(account.iam.openServiceSession(role, 'session', 3_600))),
  );
const read = (role: string, input: Partial<GetSecretValueCommandInput> = {}) =>
  client(role).send(new GetSecretValueCommand({ SecretId: arn, ...input }));
const refusal = (name: string) => ({ name, $metadata: { httpStatusCode: 400 } });

beforeAll(async () => {
  account = await newAccount();
  addRole(account, 'all', allow('secretsmanager:*'));
  addRole(account, 'crm', allow('secretsmanager:GetSecretValue', arn));
  addRole(account, 'nobody');
  const current = { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } };
  addRole(account, 'current', { ...allow('secretsmanager:GetSecretValue', arn), Condition: current });
  account.secrets.create(arn, 'first');
  account.secrets.create(`${prefix}db/other-AbCdEf`, 'another');
  account.secrets.rotate(arn, 'second');
});
afterAll(() => account.stop());

describe('who may read a secret', () => {
  test('is asked of its whole ARN, by whichever name it is called', async () => {
    expect((await read('crm')).SecretString).toBe('second');
    expect((await read('crm', { SecretId: 'db/crm' })).SecretString).toBe('second');
    for (const SecretId of ['db/other', `${prefix}db/other-AbCdEf`])
      await expect(read('crm', { SecretId })).rejects.toMatchObject(refusal('AccessDeniedException'));
    expect(account.decisions.at(-1)).toMatchObject({
      action: 'secretsmanager:GetSecretValue',
      resource: `${prefix}db/other-AbCdEf`,
      context: { 'secretsmanager:SecretId': `${prefix}db/other-AbCdEf` },
    });
  });

  test('may hang on the version that is asked for', async () => {
    expect((await read('current', { VersionStage: 'AWSCURRENT' })).SecretString).toBe('second');
    for (const VersionStage of ['AWSPREVIOUS', undefined])
      await expect(read('current', { VersionStage })).rejects.toMatchObject(refusal('AccessDeniedException'));
  });

  test('is asked before a secret is looked for: only whom IAM allows hears that there is none', async () => {
    for (const SecretId of ['gone', `${prefix}gone-AbCdEf`, `${prefix}db/crm`]) {
      await expect(read('crm', { SecretId })).rejects.toMatchObject(refusal('AccessDeniedException'));
      await expect(read('all', { SecretId })).rejects.toMatchObject(refusal('ResourceNotFoundException'));
    }
  });

  test('is asked before an operation is said to be unknown, and nothing is written', async () => {
    const put = new PutSecretValueCommand({ SecretId: arn, SecretString: 'third' });
    await expect(client('crm').send(put)).rejects.toMatchObject(refusal('AccessDeniedException'));
    await expect(client('all').send(put)).rejects.toMatchObject(refusal('UnknownOperationException'));
    const list = new ListSecretsCommand({});
    await expect(client('nobody').send(list)).rejects.toMatchObject(refusal('AccessDeniedException'));
    await expect(client('all').send(list)).rejects.toMatchObject(refusal('UnknownOperationException'));
    expect((await read('all')).SecretString).toBe('second');
  });

  test('of a role without any permission is nobody', async () => {
    await expect(read('nobody')).rejects.toMatchObject(refusal('AccessDeniedException'));
  });
});

test('what is remembered of calls and decisions holds no secret', async () => {
  account.secrets.create(`${prefix}quiet-AbCdEf`, 'nobody-sees-this');
  expect((await read('all', { SecretId: 'quiet' })).SecretString).toBe('nobody-sees-this');
  expect(account.calls.at(-1)).toMatchObject({ service: 'secretsmanager', operation: 'GetSecretValue' });
  expect(JSON.stringify([account.calls, account.decisions])).not.toContain('nobody-sees-this');
});

test('a version that two rotations left behind is there by its id alone', async () => {
  const id = `${prefix}turned-AbCdEf`;
  account.secrets.create(id, 'one');
  const { VersionId } = await read('all', { SecretId: id });
  account.secrets.rotate(id, 'two');
  account.secrets.rotate(id, 'three');
  const old = await read('all', { SecretId: id, VersionId });
  expect([old.SecretString, old.VersionStages]).toEqual(['one', undefined]);
  expect((await read('all', { SecretId: id, VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('two');
});

describe('the controls', () => {
  let stack: SmallStack;
  beforeAll(async () => {
    stack = await startSmall({});
  });
  afterAll(() => stack.stop());

  test.each([
    ['is no ARN', 'db/crm'],
    ['lacks the six characters', `${prefix}db/crm`],
    ['is of another account', arn.replace('111122223333', '999999999999')],
    ['is of another region', arn.replace('eu-central-1', 'us-east-1')],
    ['is of another service', arn.replace('secretsmanager', 's3')],
    ['holds what no name does', `${prefix}db crm-AbCdEf`],
  ])('make no secret whose ARN %s', (_, text) => {
    expect(() => stack.broker.createSecret(text, 'text')).toThrow('is no ARN of a secret of');
  });

  test('make no second secret of one name, and rotate none that is not there', () => {
    stack.broker.createSecret(arn, 'first');
    expect(() => stack.broker.createSecret(arn, 'again')).toThrow('there is a secret named db/crm');
    expect(() => stack.broker.createSecret(`${prefix}db/crm-GhIjKl`, 'again')).toThrow('named db/crm');
    expect(() => stack.broker.rotateSecret(`${prefix}gone-AbCdEf`, 'x')).toThrow('there is no secret');
  });

  test('make secrets that outlive another deployment and the broker', async () => {
    const { broker } = stack;
    broker.createRole('reader', [allow('secretsmanager:GetSecretValue')]);
    broker.rotateSecret(arn, 'second');
    await broker.redeploy();
    await broker.stopBroker();
    const { region, endpoint } = broker;
    const secrets = new SecretsManagerClient({
      region,
      endpoint,
      credentials: broker.credentialsFor('reader', 's'),
    });
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(SecretString).toBe('second');
  });
});
