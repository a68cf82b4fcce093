import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { AwsFault } from '../fault.ts';
import type { Authorizer } from '../iam/authorize.ts';
import type { PolicyDocument } from '../iam/document.ts';
import { type JsonBody, parseJsonCall, refuseJson, stringField } from './json-protocol.ts';
import type { Service } from './service.ts';

/** An asymmetric signing key; the private half stays in this process. */
export type KmsKey = {
  readonly arn: string;
  readonly policy: PolicyDocument;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
};

/** The account's keys by ARN. */
export type KmsKeys = Map<string, KmsKey>;

/** A new ECC_NIST_P256 key for SIGN_VERIFY. */
export function createKmsKey(arn: string, policy: PolicyDocument): KmsKey {
  return { arn, policy, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}

/** Account and region of the keys. */
export type KeyPlace = { readonly account: string; readonly region: string };

/** Longest message that KMS signs itself, in bytes (KMS API reference, Sign). */
const longestMessage = 4_096;

const operations: Readonly<Record<string, (key: KmsKey, body: JsonBody) => Record<string, unknown>>> = {
  Sign: sign,
  GetPublicKey: (key) => ({
    KeyId: key.arn,
    PublicKey: key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    KeySpec: 'ECC_NIST_P256',
    CustomerMasterKeySpec: 'ECC_NIST_P256',
    KeyUsage: 'SIGN_VERIFY',
    SigningAlgorithms: ['ECDSA_SHA_256'],
  }),
};

/** KMS: Sign and GetPublicKey of ES256 keys. */
export function createKms(keys: KmsKeys, authorizer: Authorizer, place: KeyPlace): Service {
  return {
    async handle(request, session) {
      const { operation, body } = parseJsonCall(request, 'TrentService');
      const keyId = stringField(body, 'KeyId');
      const key = keys.get(keyId) ?? [...keys.values()].find(({ arn }) => arn.endsWith(`:key/${keyId}`));
      const algorithm = stringField(body, 'SigningAlgorithm');
      await authorizer.demand(session, {
        action: `kms:${operation}`,
        ...(key ? { resource: key.arn, resourcePolicy: key.policy } : absentKey(keyId, place)),
        ...(algorithm !== '' && { context: { 'kms:SigningAlgorithm': algorithm } }),
      });
      const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!run) throw new AwsFault('UnknownOperationException', '');
      if (!key) throw new AwsFault('NotFoundException', `Key '${keyId}' does not exist`);
      return {
        status: 200,
        headers: { 'Content-Type': 'application/x-amz-json-1.1' },
        body: JSON.stringify(run(key, body)),
      };
    },
    refuse: (fault, requestId) => refuseJson(fault, '1.1', requestId),
  };
}

/**
 * A key that does not exist has no policy, so IAM alone decides who is told that it does not, as where a key
 * policy leaves the decision to its account.
 */
function absentKey(keyId: string, { account, region }: KeyPlace) {
  if (keyId === '') return { resource: '*' };
  const leave = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
  } as const;
  return {
    resource: keyId.startsWith('arn:') ? keyId : `arn:aws:kms:${region}:${account}:key/${keyId}`,
    resourcePolicy: { Version: '2012-10-17', Statement: [{ ...leave, Resource: '*' }] },
  };
}

/** Every algorithm of KMS; those of other keys are known and refused (KMS API reference, Sign). */
const signingAlgorithms =
  /^(RSASSA_(PSS|PKCS1_V1_5)_SHA_(256|384|512)|ECDSA_SHA_(256|384|512)|SM2DSA|ML_DSA_SHAKE_256|ED25519_(SHA_512|PH_SHA_512))$/;

function sign(key: KmsKey, body: JsonBody): Record<string, unknown> {
  const message = Buffer.from(stringField(body, 'Message'), 'base64');
  const algorithm = stringField(body, 'SigningAlgorithm');
  if (!signingAlgorithms.test(algorithm))
    throw new AwsFault('ValidationException', `${algorithm} is not a signing algorithm.`);
  if (algorithm !== 'ECDSA_SHA_256')
    throw new AwsFault('InvalidKeyUsageException', 'This key signs with ECDSA_SHA_256 only.');
  if (body['MessageType'] !== 'RAW' && body['MessageType'] !== undefined)
    throw new AwsFault('ValidationException', 'Only raw messages are emulated.');
  if (message.length === 0 || message.length > longestMessage)
    throw new AwsFault('ValidationException', `A message holds 1 to ${longestMessage} bytes.`);
  const signature = createSign('SHA256').update(message).sign(key.privateKey).toString('base64');
  return { KeyId: key.arn, Signature: signature, SigningAlgorithm: 'ECDSA_SHA_256' };
}
