import { createSign } from 'node:crypto';
import { AwsFault } from '../fault.ts';
import { type JsonBody, stringField } from './json-protocol.ts';
import type { KmsKey } from './kms-keys.ts';

/** Longest message that KMS signs itself, in bytes (KMS API reference, Sign). */
const longestMessage = 4_096;

/** Every algorithm of KMS; those of other keys are known and refused (KMS API reference, Sign). */
const signingAlgorithms =
  /^(RSASSA_(PSS|PKCS1_V1_5)_SHA_(256|384|512)|ECDSA_SHA_(256|384|512)|SM2DSA|ML_DSA_SHAKE_256|ED25519_(SHA_512|PH_SHA_512))$/;

/** Sign (KMS API reference): raw messages, with ES256. */
export function sign(key: KmsKey, body: JsonBody): Record<string, unknown> {
  const message = Buffer.from(stringField(body, 'Message'), 'base64');
  const algorithm = stringField(body, 'SigningAlgorithm');
  if (!signingAlgorithms.test(algorithm))
    throw new AwsFault('ValidationException', `${algorithm} is not a signing algorithm.`);
  if (key.spec !== 'ECC_NIST_P256')
    throw new AwsFault(
      'InvalidKeyUsageException',
      `${key.arn} key usage is ENCRYPT_DECRYPT which is not valid for signing.`,
    );
  if (algorithm !== 'ECDSA_SHA_256')
    throw new AwsFault('InvalidKeyUsageException', 'This key signs with ECDSA_SHA_256 only.');
  if (body['MessageType'] !== 'RAW' && body['MessageType'] !== undefined)
    throw new AwsFault('ValidationException', 'Only raw messages are emulated.');
  if (message.length === 0 || message.length > longestMessage)
    throw new AwsFault('ValidationException', `A message holds 1 to ${longestMessage} bytes.`);
  const signature = createSign('SHA256').update(message).sign(key.privateKey).toString('base64');
  return { KeyId: key.arn, Signature: signature, SigningAlgorithm: 'ECDSA_SHA_256' };
}

/** GetPublicKey (KMS API reference); a symmetric key has none. */
export function publicKey(key: KmsKey): Record<string, unknown> {
  if (key.spec !== 'ECC_NIST_P256')
    throw new AwsFault('UnsupportedOperationException', `${key.arn} is symmetric and has no public key.`);
  return {
    KeyId: key.arn,
    PublicKey: key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    KeySpec: 'ECC_NIST_P256',
    CustomerMasterKeySpec: 'ECC_NIST_P256',
    KeyUsage: 'SIGN_VERIFY',
    SigningAlgorithms: ['ECDSA_SHA_256'],
  };
}
