import { createHash, createVerify } from 'node:crypto';
import { GetPublicKeyCommand, SignCommand, type SignCommandInput } from '@aws-sdk/client-kms';
import { type Case, refused } from './case.ts';
import type { Target } from './target.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const Message = Buffer.from('a message');

const sign = ({ kms, keyArn }: Target, input: Partial<SignCommandInput> = {}) =>
  kms.send(new SignCommand({ KeyId: keyArn, Message, SigningAlgorithm: 'ECDSA_SHA_256', ...input }));

/** Whether what was signed is the signature of a message, by the public key that KMS gives. */
async function verified(
  target: Target,
  input: Partial<SignCommandInput>,
  signed: Uint8Array,
): Promise<boolean> {
  const { Signature = new Uint8Array() } = await sign(target, input);
  const { PublicKey = new Uint8Array() } = await target.kms.send(
    new GetPublicKeyCommand({ KeyId: target.keyArn }),
  );
  const key = { key: Buffer.from(PublicKey), format: 'der', type: 'spki' } as const;
  return createVerify('SHA256').update(signed).verify(key, Signature);
}

const signs = (name: string, input: Partial<SignCommandInput>, answers: unknown = true): Case => ({
  name: `Sign ${name}`,
  run: (target) => verified(target, input, input.Message ?? Message),
  answers,
});

const uuid = '99999999-2222-3333-4444-555555555555';
const otherKeyArn = `arn:aws:kms:eu-central-1:111122223333:key/${uuid}`;
const afterSlash = (arn: string) => arn.split('/')[1] ?? '';

/** KMS API reference, Sign. */
const signing: Case[] = [
  signs('makes what the public key verifies', {}),
  signs('takes a raw message by name', { MessageType: 'RAW' }),
  signs('takes 4,096 bytes', { Message: Buffer.alloc(4_096) }),
  signs('refuses 4,097 bytes', { Message: Buffer.alloc(4_097) }, refused('ValidationException')),
  signs('refuses an empty message', { Message: Buffer.alloc(0) }, refused('ValidationException')),
  signs(
    'refuses an algorithm of other keys',
    { SigningAlgorithm: 'ECDSA_SHA_384' },
    refused('InvalidKeyUsageException'),
  ),
  signs(
    'refuses an RSA algorithm',
    { SigningAlgorithm: 'RSASSA_PSS_SHA_256' },
    refused('InvalidKeyUsageException'),
  ),
  signs(
    'refuses an algorithm that nobody knows',
    { SigningAlgorithm: 'ES256' as 'ECDSA_SHA_256' },
    refused('ValidationException'),
  ),
  signs(
    'refuses a call without an algorithm',
    { SigningAlgorithm: undefined },
    refused('ValidationException'),
  ),
  signs(
    'refuses a message type that nobody knows',
    { MessageType: 'COOKED' as 'RAW' },
    refused('ValidationException'),
  ),
  signs('refuses a digest of another length', { MessageType: 'DIGEST' }, refused('ValidationException')),
  signs('refuses a key id that does not exist', { KeyId: uuid }, refused('NotFoundException')),
  signs('refuses a key ARN that does not exist', { KeyId: otherKeyArn }, refused('NotFoundException')),
  signs('refuses an alias that does not exist', { KeyId: 'alias/absent' }, refused('NotFoundException')),
  {
    name: 'Sign takes a digest instead of the message',
    run: (target) => verified(target, { MessageType: 'DIGEST', Message: sha256(Message) }, Message),
    answers: true,
  },
  {
    name: 'Sign takes the bare key id and answers the ARN',
    async run(target) {
      const answer = await sign(target, { KeyId: afterSlash(target.keyArn) });
      return [answer.KeyId === target.keyArn, answer.SigningAlgorithm];
    },
    answers: [true, 'ECDSA_SHA_256'],
  },
  {
    name: 'Sign answers DER, not the form of JOSE',
    run: async (target) => (await sign(target)).Signature?.[0],
    answers: 0x30,
  },
];

/** KMS API reference, GetPublicKey. */
const publicKeys: Case[] = [
  {
    name: 'GetPublicKey says what the key is for',
    async run({ kms, keyArn }) {
      const answer = await kms.send(new GetPublicKeyCommand({ KeyId: keyArn }));
      const { KeySpec, CustomerMasterKeySpec, KeyUsage, SigningAlgorithms, EncryptionAlgorithms } = answer;
      return {
        sameKey: answer.KeyId === keyArn,
        bytes: answer.PublicKey?.length,
        ...{ KeySpec, CustomerMasterKeySpec, KeyUsage, SigningAlgorithms, EncryptionAlgorithms },
      };
    },
    answers: {
      sameKey: true,
      bytes: 91,
      KeySpec: 'ECC_NIST_P256',
      CustomerMasterKeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      SigningAlgorithms: ['ECDSA_SHA_256'],
    },
  },
  {
    name: 'GetPublicKey takes the bare key id',
    run: async ({ kms, keyArn }) =>
      (await kms.send(new GetPublicKeyCommand({ KeyId: afterSlash(keyArn) }))).KeyId === keyArn,
    answers: true,
  },
  {
    name: 'GetPublicKey refuses a key that does not exist',
    run: ({ kms }) => kms.send(new GetPublicKeyCommand({ KeyId: otherKeyArn })),
    answers: refused('NotFoundException'),
  },
];

/** Every case of KMS. */
export const kmsCases: Case[] = [...signing, ...publicKeys];
