import {
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
  type EncryptCommandInput,
  GetPublicKeyCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { type Case, refused } from './case.ts';
import type { Target } from './target.ts';

const text = 'a token';
const EncryptionContext = { lease: 'L-1', kind: 'oauth' };

const encrypt = ({ kms, encryptionKeyArns: [KeyId] }: Target, input: Partial<EncryptCommandInput> = {}) =>
  kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(text), EncryptionContext, ...input }));

/** What is decrypted of what {@link encrypt} made, as text. */
async function decrypted(target: Target, input: Partial<DecryptCommandInput>): Promise<string> {
  const { CiphertextBlob } = await encrypt(target);
  const { Plaintext = [] } = await target.kms.send(
    new DecryptCommand({ CiphertextBlob, EncryptionContext, ...input }),
  );
  return Buffer.from(Plaintext).toString();
}

type Changed = (target: Target) => Partial<DecryptCommandInput>;
const decrypts = (name: string, change: Changed, answers: unknown = text): Case => ({
  name: `Decrypt ${name}`,
  run: (target) => decrypted(target, change(target)),
  answers,
});
const encrypts = (name: string, input: Partial<EncryptCommandInput>, answers: unknown): Case => ({
  name: `Encrypt ${name}`,
  run: async (target) => (await encrypt(target, input)).KeyId === target.encryptionKeyArns[0],
  answers,
});

const afterSlash = (arn: string) => arn.split('/')[1] ?? '';
const uuid = '99999999-2222-3333-4444-555555555555';
const noCiphertext = refused('InvalidCiphertextException');

/** KMS API reference, Encrypt. */
const encrypting: Case[] = [
  encrypts('answers the ARN of the key', {}, true),
  encrypts('takes 4,096 bytes', { Plaintext: Buffer.alloc(4_096) }, true),
  encrypts('refuses 4,097 bytes', { Plaintext: Buffer.alloc(4_097) }, refused('ValidationException')),
  encrypts('refuses an empty plaintext', { Plaintext: Buffer.alloc(0) }, refused('ValidationException')),
  encrypts('refuses a key id that does not exist', { KeyId: uuid }, refused('NotFoundException')),
  encrypts(
    'refuses an algorithm of other keys',
    { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
    refused('InvalidKeyUsageException'),
  ),
  encrypts(
    'refuses an algorithm that nobody knows',
    { EncryptionAlgorithm: 'ROT13' as 'SM2PKE' },
    refused('ValidationException'),
  ),
  {
    name: 'Encrypt takes the bare key id and says the algorithm',
    async run(target) {
      const { KeyId, EncryptionAlgorithm } = await encrypt(target, {
        KeyId: afterSlash(target.encryptionKeyArns[0]),
      });
      return [KeyId === target.encryptionKeyArns[0], EncryptionAlgorithm];
    },
    answers: [true, 'SYMMETRIC_DEFAULT'],
  },
  {
    name: 'Encrypt refuses a key that signs',
    run: (target) => encrypt(target, { KeyId: target.keyArn }),
    answers: refused('InvalidKeyUsageException'),
  },
  {
    name: 'Encrypt makes another ciphertext each time',
    async run(target) {
      const [one, two] = [await encrypt(target), await encrypt(target)];
      return (
        Buffer.compare(one.CiphertextBlob ?? Buffer.alloc(0), two.CiphertextBlob ?? Buffer.alloc(0)) !== 0
      );
    },
    answers: true,
  },
];

/** KMS API reference, Decrypt; KMS developer guide, encryption context. */
const decrypting: Case[] = [
  decrypts('finds the key in the ciphertext', () => ({})),
  decrypts('takes the ARN of the key', ({ encryptionKeyArns: [KeyId] }) => ({ KeyId })),
  decrypts('takes the bare key id', ({ encryptionKeyArns: [arn] }) => ({ KeyId: afterSlash(arn) })),
  decrypts('takes the context in any order', () => ({
    EncryptionContext: { kind: 'oauth', lease: 'L-1' },
  })),
  decrypts(
    'refuses another value of the context',
    () => ({ EncryptionContext: { ...EncryptionContext, lease: 'L-2' } }),
    noCiphertext,
  ),
  decrypts(
    'refuses another case of a value',
    () => ({ EncryptionContext: { ...EncryptionContext, lease: 'l-1' } }),
    noCiphertext,
  ),
  decrypts('refuses a part of the context', () => ({ EncryptionContext: { lease: 'L-1' } }), noCiphertext),
  decrypts(
    'refuses more than the context',
    () => ({ EncryptionContext: { ...EncryptionContext, more: 'x' } }),
    noCiphertext,
  ),
  decrypts('refuses a missing context', () => ({ EncryptionContext: undefined }), noCiphertext),
  decrypts(
    'refuses a context whose parts only run together to the same',
    () => ({ EncryptionContext: { leaseL: '-1', kind: 'oauth' } }),
    noCiphertext,
  ),
  decrypts(
    'refuses another key',
    ({ encryptionKeyArns: [, KeyId] }) => ({ KeyId }),
    refused('IncorrectKeyException'),
  ),
  decrypts(
    'refuses a key that signs',
    ({ keyArn }) => ({ KeyId: keyArn }),
    refused('InvalidKeyUsageException'),
  ),
  decrypts('refuses a key id that does not exist', () => ({ KeyId: uuid }), refused('NotFoundException')),
  decrypts(
    'refuses what is no ciphertext',
    () => ({ CiphertextBlob: Buffer.from('no ciphertext') }),
    noCiphertext,
  ),
  decrypts(
    'refuses no ciphertext at all',
    () => ({ CiphertextBlob: Buffer.alloc(0) }),
    refused('ValidationException'),
  ),
  {
    name: 'Decrypt refuses a ciphertext that was changed',
    async run(target) {
      const CiphertextBlob = Buffer.from((await encrypt(target)).CiphertextBlob ?? []);
      CiphertextBlob[CiphertextBlob.length - 1] = (CiphertextBlob.at(-1) ?? 0) ^ 1;
      return decrypted(target, { CiphertextBlob });
    },
    answers: noCiphertext,
  },
  {
    name: 'Decrypt takes no context for an empty one',
    async run(target) {
      const { CiphertextBlob } = await encrypt(target, { EncryptionContext: {} });
      return decrypted(target, { CiphertextBlob, EncryptionContext: undefined });
    },
    answers: text,
  },
  {
    name: 'Decrypt says which key and algorithm it was',
    async run(target) {
      const { CiphertextBlob } = await encrypt(target);
      const answer = await target.kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
      return [answer.KeyId === target.encryptionKeyArns[0], answer.EncryptionAlgorithm];
    },
    answers: [true, 'SYMMETRIC_DEFAULT'],
  },
];

/** KMS API reference, Sign and GetPublicKey: InvalidKeyUsageException and UnsupportedOperationException. */
const otherUses: Case[] = [
  {
    name: 'Sign refuses a symmetric key',
    run: ({ kms, encryptionKeyArns: [KeyId] }) =>
      kms.send(new SignCommand({ KeyId, Message: Buffer.from(text), SigningAlgorithm: 'ECDSA_SHA_256' })),
    answers: refused('InvalidKeyUsageException'),
  },
  {
    name: 'GetPublicKey refuses a symmetric key',
    run: ({ kms, encryptionKeyArns: [KeyId] }) => kms.send(new GetPublicKeyCommand({ KeyId })),
    answers: refused('UnsupportedOperationException'),
  },
];

/** Every case of symmetric keys. */
export const kmsEncryptionCases: Case[] = [...encrypting, ...decrypting, ...otherUses];
