import {
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
  type EncryptCommandInput,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { createKmsKey } from '../../local/aws/kms-keys.ts';
import type { PolicyStatement } from '../../local/iam/document.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, policy } from './account.ts';

let account: Account;
const keys = 'arn:aws:kms:eu-central-1:111122223333:key/';
const keyArn = `${keys}11111111-2222-3333-4444-555555555555`;
const otherArn = `${keys}22222222-2222-3333-4444-555555555555`;
const root = { AWS: 'arn:aws:iam::111122223333:root' };
const open = policy({ Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' });
const kms = (role: string) =>
  new KMSClient(clientConfig(account, credentialsOf(account.iam.openServiceSession(role, 'session', 3_600))));
const EncryptionContext = { lease: 'L-1', kind: 'oauth' };
const encrypt = (role: string, input: Partial<EncryptCommandInput> = {}) =>
  kms(role).send(
    new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('token'), EncryptionContext, ...input }),
  );
const decrypt = (role: string, input: Partial<DecryptCommandInput>) =>
  kms(role).send(new DecryptCommand({ EncryptionContext, ...input }));
const refusal = (name: string) => ({ name, $metadata: { httpStatusCode: 400 } });

beforeAll(async () => {
  account = await newAccount();
  for (const arn of [keyArn, otherArn]) account.keys.set(arn, createKmsKey(arn, open, 'SYMMETRIC_DEFAULT'));
  addRole(account, 'all', allow('kms:*'));
  addRole(account, 'one-key', allow('kms:*', keyArn));
  addRole(account, 'nobody');
});
afterAll(() => account.stop());

test('a ciphertext is another one each time, and does not show its text', async () => {
  const [one, two] = [await encrypt('all'), await encrypt('all')];
  expect(one.CiphertextBlob).not.toEqual(two.CiphertextBlob);
  expect(Buffer.from(one.CiphertextBlob ?? []).toString('latin1')).not.toContain('token');
});

test('a ciphertext that was changed in any one byte is none', async () => {
  const { CiphertextBlob = new Uint8Array() } = await encrypt('all');
  expect(CiphertextBlob.length).toBeGreaterThan(100);
  const answers = new Set<string>();
  for (const i of CiphertextBlob.keys()) {
    const changed = Uint8Array.from(CiphertextBlob);
    changed[i] = (changed[i] ?? 0) ^ 1;
    await decrypt('one-key', { CiphertextBlob: changed, KeyId: keyArn }).then(
      () => answers.add(`byte ${i} does not matter`),
      (error: Error) => answers.add(error.name),
    );
  }
  // A changed name of the key is another key.
  expect([...answers].sort()).toEqual(['IncorrectKeyException', 'InvalidCiphertextException']);
});

test.each([0, 1, 3, 27, 28, 40, 99])('the first %i bytes of a ciphertext are none', async (length) => {
  const { CiphertextBlob = new Uint8Array() } = await encrypt('all');
  const cut = { CiphertextBlob: CiphertextBlob.subarray(0, length) };
  const name = length === 0 ? 'ValidationException' : 'InvalidCiphertextException';
  await expect(decrypt('one-key', { ...cut, KeyId: keyArn })).rejects.toMatchObject(refusal(name));
  await expect(decrypt('one-key', cut)).rejects.toMatchObject(refusal(name));
});

describe('who may decrypt', () => {
  test('is asked of the key that the ciphertext names, where the call names none', async () => {
    const mine = await encrypt('one-key');
    expect(Buffer.from((await decrypt('one-key', mine)).Plaintext ?? []).toString()).toBe('token');
    const { CiphertextBlob } = await encrypt('all', { KeyId: otherArn });
    await expect(decrypt('one-key', { CiphertextBlob })).rejects.toMatchObject(
      refusal('AccessDeniedException'),
    );
    expect(account.decisions.at(-1)).toMatchObject({ action: 'kms:Decrypt', resource: otherArn });
  });

  test('is asked of the key that the call names, and it must be the right one', async () => {
    const { CiphertextBlob } = await encrypt('all', { KeyId: otherArn });
    await expect(decrypt('one-key', { CiphertextBlob, KeyId: keyArn })).rejects.toMatchObject(
      refusal('IncorrectKeyException'),
    );
    await expect(decrypt('one-key', { CiphertextBlob, KeyId: otherArn })).rejects.toMatchObject(
      refusal('AccessDeniedException'),
    );
  });

  test('is not told whether a key that only a ciphertext names is there', async () => {
    const gone = `${keys}33333333-2222-3333-4444-555555555555`;
    account.keys.set(gone, createKmsKey(gone, open, 'SYMMETRIC_DEFAULT'));
    const { CiphertextBlob } = await encrypt('all', { KeyId: gone });
    account.keys.delete(gone);
    for (const role of ['all', 'nobody'])
      await expect(decrypt(role, { CiphertextBlob })).rejects.toMatchObject(refusal('AccessDeniedException'));
  });

  const conditions: readonly [string, PolicyStatement['Condition'], boolean][] = [
    ['a pair of the context', { StringEquals: { 'kms:EncryptionContext:lease': 'L-1' } }, true],
    ['another value of a pair', { StringEquals: { 'kms:EncryptionContext:lease': 'L-2' } }, false],
    ['a pair that is not there', { StringEquals: { 'kms:EncryptionContext:agent': 'a' } }, false],
    [
      'all names of the context',
      { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['lease', 'kind'] } },
      true,
    ],
    ['fewer names', { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['lease'] } }, false],
    ['one of the names', { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'kind' } }, true],
    [
      'a name that is not there',
      { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'agent' } },
      false,
    ],
    ['no context', { Null: { 'kms:EncryptionContextKeys': 'true' } }, false],
  ];

  test.each(conditions)('may hang on %s', async (name, Condition, allowed) => {
    addRole(account, name.replaceAll(' ', '-'), {
      ...allow('kms:*', keyArn),
      ...(Condition && { Condition }),
    });
    const ciphertext = await encrypt('all');
    const outcome = await decrypt(name.replaceAll(' ', '-'), ciphertext).then(
      () => true,
      (error: Error) => error.name !== 'AccessDeniedException',
    );
    expect(outcome).toBe(allowed);
  });
});

test.each([
  [
    'Sign',
    () => new SignCommand({ KeyId: keyArn, Message: Buffer.from('m'), SigningAlgorithm: 'ECDSA_SHA_256' }),
  ],
  ['GetPublicKey', () => new GetPublicKeyCommand({ KeyId: keyArn })],
  ['GenerateDataKey', () => new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256' })],
] as const)('%s of a symmetric key is refused, after IAM was asked', async (operation, command) => {
  const names = {
    Sign: 'InvalidKeyUsageException',
    GetPublicKey: 'UnsupportedOperationException',
    GenerateDataKey: 'UnknownOperationException',
  };
  const send = (role: string) => kms(role).send(command() as GetPublicKeyCommand);
  await expect(send('one-key')).rejects.toMatchObject(refusal(names[operation]));
  await expect(send('nobody')).rejects.toMatchObject(refusal('AccessDeniedException'));
});

test.each([
  ['grant tokens', { GrantTokens: ['token'] }],
  ['a dry run', { DryRun: true }],
  ['names of the context that differ by case alone', { EncryptionContext: { a: '1', A: '2' } }],
])('%s are refused instead of ignored', async (_, input) => {
  await expect(encrypt('all', input)).rejects.toMatchObject(refusal('ValidationException'));
});
