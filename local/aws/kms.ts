import { AwsFault } from '../fault.ts';
import type { Authorizer } from '../iam/authorize.ts';
import { contextKeys, encryptionContextOf } from './encryption-context.ts';
import { type JsonBody, parseJsonCall, refuseJson, stringField } from './json-protocol.ts';
import { decrypt, encrypt, keyOfCiphertext } from './kms-encryption.ts';
import type { KmsKey, KmsKeys } from './kms-keys.ts';
import { publicKey, sign } from './kms-signing.ts';
import type { Service } from './service.ts';

/** Account and region of the keys. */
export type KeyPlace = { readonly account: string; readonly region: string };

/** One operation: what it takes beside the key, and what it does. */
type Operation = {
  readonly takes: readonly string[];
  readonly run: (key: KmsKey, body: JsonBody) => Record<string, unknown>;
};

/** KMS API reference: grant tokens, attested recipients and dry runs are refused. */
const operations: Readonly<Record<string, Operation>> = {
  Sign: { takes: ['Message', 'MessageType', 'SigningAlgorithm'], run: sign },
  GetPublicKey: { takes: [], run: publicKey },
  Encrypt: { takes: ['Plaintext', 'EncryptionContext', 'EncryptionAlgorithm'], run: encrypt },
  Decrypt: { takes: ['CiphertextBlob', 'EncryptionContext', 'EncryptionAlgorithm'], run: decrypt },
};

/** KMS: Sign and GetPublicKey of ES256 keys, Encrypt and Decrypt with symmetric ones. */
export function createKms(keys: KmsKeys, authorizer: Authorizer, place: KeyPlace): Service {
  return {
    async handle(request, session) {
      const { operation, body } = parseJsonCall(request, 'TrentService');
      const named = stringField(body, 'KeyId');
      const keyId = named === '' && operation === 'Decrypt' ? keyOfCiphertext(body) : named;
      const key = keys.get(keyId) ?? [...keys.values()].find(({ arn }) => arn.endsWith(`:key/${keyId}`));
      await authorizer.demand(session, {
        action: `kms:${operation}`,
        ...(key ? { resource: key.arn, resourcePolicy: key.policy } : absentKey(keyId, place)),
        context: conditionKeys(body),
      });
      const known = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!known) throw new AwsFault('UnknownOperationException', '');
      refuseUnheard(body, known);
      if (!key) throw noKey(keyId, named);
      return {
        status: 200,
        headers: { 'Content-Type': 'application/x-amz-json-1.1' },
        body: JSON.stringify(known.run(key, body)),
      };
    },
    refuse: (fault, requestId) => refuseJson(fault, '1.1', requestId),
  };
}

function conditionKeys(body: JsonBody): Record<string, string | string[]> {
  const algorithms = ['SigningAlgorithm', 'EncryptionAlgorithm'].filter((name) => stringField(body, name));
  return {
    ...Object.fromEntries(algorithms.map((name) => [`kms:${name}`, stringField(body, name)])),
    ...contextKeys(encryptionContextOf(body)),
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

function refuseUnheard(body: JsonBody, { takes }: Operation): void {
  const unheard = Object.keys(body).find((name) => name !== 'KeyId' && !takes.includes(name));
  if (unheard !== undefined) throw new AwsFault('ValidationException', `${unheard} is not emulated.`);
}

/** A key that only a ciphertext names is no one's to ask about (KMS API reference, Decrypt). */
function noKey(keyId: string, named: string): AwsFault {
  return named === ''
    ? new AwsFault(
        'AccessDenied',
        'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
      )
    : new AwsFault('NotFoundException', `Key '${keyId}' does not exist`);
}
