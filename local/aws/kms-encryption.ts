import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AwsFault } from '../fault.ts';
import { contextBytes, type EncryptionContext, encryptionContextOf } from './encryption-context.ts';
import { type JsonBody, stringField } from './json-protocol.ts';
import type { EncryptionKey, KmsKey } from './kms-keys.ts';

/** Most bytes of a plaintext and of a ciphertext (KMS API reference, Encrypt and Decrypt). */
const longest = { plaintext: 4_096, ciphertext: 6_144 } as const;

/** Every algorithm of KMS; those of other keys are known and refused (KMS API reference, Encrypt). */
const encryptionAlgorithms = /^(SYMMETRIC_DEFAULT|RSAES_OAEP_SHA_(1|256)|SM2PKE)$/;

/** Lengths in bytes; the form is our own, as nobody outside KMS reads its. */
const ivLength = 12;
const tagLength = 16;
const cipher = 'aes-256-gcm';

/** A ciphertext in its parts: the header names the key. */
type Parts = { readonly arn: string; readonly header: Buffer; readonly sealed: Buffer };

/** Encrypt (KMS API reference): up to 4,096 bytes under a symmetric key, bound to the encryption context. */
export function encrypt(key: KmsKey, body: JsonBody): Record<string, unknown> {
  const symmetric = usable(key, body, 'Encrypt');
  const plaintext = Buffer.from(stringField(body, 'Plaintext'), 'base64');
  if (plaintext.length === 0 || plaintext.length > longest.plaintext)
    throw new AwsFault('ValidationException', `A plaintext holds 1 to ${longest.plaintext} bytes.`);
  const header = headerOf(key.arn);
  const iv = randomBytes(ivLength);
  const sealing = createCipheriv(cipher, symmetric.bytes, iv, { authTagLength: tagLength });
  sealing.setAAD(boundTo(header, encryptionContextOf(body)));
  const text = Buffer.concat([sealing.update(plaintext), sealing.final()]);
  const blob = Buffer.concat([header, iv, sealing.getAuthTag(), text]);
  return {
    KeyId: key.arn,
    CiphertextBlob: blob.toString('base64'),
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  };
}

/**
 * Decrypt (KMS API reference): what {@link encrypt} made, with the same encryption context. A key that is named must be
 * the one that the ciphertext was made with.
 */
export function decrypt(key: KmsKey, body: JsonBody): Record<string, unknown> {
  const symmetric = usable(key, body, 'Decrypt');
  const { arn, header, sealed } = partsOf(body) ?? notReadable();
  if (arn !== key.arn)
    throw new AwsFault('IncorrectKeyException', 'The key ID in the request does not identify the key used.');
  const [iv, tag, text] = [
    sealed.subarray(0, ivLength),
    sealed.subarray(ivLength, ivLength + tagLength),
    sealed.subarray(ivLength + tagLength),
  ];
  const opening = createDecipheriv(cipher, symmetric.bytes, iv, { authTagLength: tagLength });
  opening.setAAD(boundTo(header, encryptionContextOf(body)));
  opening.setAuthTag(tag);
  return {
    KeyId: key.arn,
    Plaintext: opened(() => Buffer.concat([opening.update(text), opening.final()])).toString('base64'),
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  };
}

/** The key that a ciphertext says it was made with; throws where it says none. */
export function keyOfCiphertext(body: JsonBody): string {
  return (partsOf(body) ?? notReadable()).arn;
}

/** The key, if it is one that encrypts by the algorithm of the call. */
function usable(key: KmsKey, body: JsonBody, operation: string): EncryptionKey {
  const algorithm = stringField(body, 'EncryptionAlgorithm') || 'SYMMETRIC_DEFAULT';
  if (!encryptionAlgorithms.test(algorithm))
    throw new AwsFault('ValidationException', `${algorithm} is not an encryption algorithm.`);
  if (key.spec !== 'SYMMETRIC_DEFAULT')
    throw new AwsFault(
      'InvalidKeyUsageException',
      `${key.arn} key usage is SIGN_VERIFY which is not valid for ${operation}.`,
    );
  if (algorithm !== 'SYMMETRIC_DEFAULT')
    throw new AwsFault('InvalidKeyUsageException', 'This key encrypts with SYMMETRIC_DEFAULT only.');
  return key;
}

function headerOf(arn: string): Buffer {
  const header = Buffer.alloc(3 + arn.length);
  header.writeUInt8(1, 0);
  header.writeUInt16BE(arn.length, 1);
  header.write(arn, 3, 'latin1');
  return header;
}

/** The parts of a ciphertext, undefined where it is none; throws where its length is none. */
function partsOf(body: JsonBody): Parts | undefined {
  const blob = Buffer.from(stringField(body, 'CiphertextBlob'), 'base64');
  if (blob.length === 0 || blob.length > longest.ciphertext)
    throw new AwsFault('ValidationException', `A ciphertext holds 1 to ${longest.ciphertext} bytes.`);
  const length = blob.length > 3 && blob[0] === 1 ? 3 + blob.readUInt16BE(1) : blob.length;
  const [header, sealed] = [blob.subarray(0, length), blob.subarray(length)];
  const arn = header.toString('latin1', 3);
  const isKey = /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(arn);
  return isKey && sealed.length > ivLength + tagLength ? { arn, header, sealed } : undefined;
}

/** What is authenticated beside the text. */
function boundTo(header: Buffer, context: EncryptionContext): Buffer {
  return Buffer.concat([header, contextBytes(context)]);
}

function opened(open: () => Buffer): Buffer {
  try {
    return open();
  } catch {
    return notReadable();
  }
}

function notReadable(): never {
  throw new AwsFault('InvalidCiphertextException', '');
}
