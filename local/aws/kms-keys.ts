import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { PolicyDocument } from '../iam/document.ts';

/** What a key is for: ES256 signatures (SIGN_VERIFY), or texts up to 4,096 bytes (ENCRYPT_DECRYPT). */
export type KeySpec = 'ECC_NIST_P256' | 'SYMMETRIC_DEFAULT';

/** An asymmetric signing key; the private half stays in this process. */
export type SigningKey = {
  readonly spec: 'ECC_NIST_P256';
  readonly arn: string;
  readonly policy: PolicyDocument;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
};

/** A symmetric key; its bytes stay in this process. */
export type EncryptionKey = {
  readonly spec: 'SYMMETRIC_DEFAULT';
  readonly arn: string;
  readonly policy: PolicyDocument;
  /** 32 bytes. */
  readonly bytes: Buffer;
};

/** A key of KMS. */
export type KmsKey = SigningKey | EncryptionKey;

/** The account's keys by ARN. */
export type KmsKeys = Map<string, KmsKey>;

/** A new key; of ES256 where nothing else is said. */
export function createKmsKey(arn: string, policy: PolicyDocument, spec: KeySpec = 'ECC_NIST_P256'): KmsKey {
  return spec === 'SYMMETRIC_DEFAULT'
    ? { spec, arn, policy, bytes: randomBytes(32) }
    : { spec, arn, policy, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}
