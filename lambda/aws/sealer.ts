import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';

/** What is sealed belongs to one grant of one lease, and opens for no other. */
export type SealContext = { readonly lease: string; readonly grant: string };

/** Encrypts what a lease keeps for its end. */
export type Sealer = {
  seal(text: string, context: SealContext): Promise<string>;
  /** Throws where it was sealed for another grant, by another key or not at all. */
  unseal(sealed: string, context: SealContext): Promise<string>;
};

const cipher = 'aes-256-gcm';
const [keyBytes, ivBytes, tagBytes] = [32, 12, 16];

/** The only form there is: version, encrypted data key, initialization vector, cipher text with its tag. */
const form = /^v1\.([\w-]{1,1024})\.([\w-]{16})\.([\w-]{22,})$/;

/**
 * Seals under a symmetric KMS key, always by an envelope, since KMS encrypts 4,096 bytes at most: a data key made here
 * encrypts the text, KMS encrypts the data key with the grant as its encryption context (KMS API reference, Encrypt).
 */
export function sealer(kms: KMSClient, keyArn: string): Sealer {
  return {
    async seal(text, context) {
      const [key, iv] = [randomBytes(keyBytes), randomBytes(ivBytes)];
      const encryptedKey = await encrypted(kms, keyArn, key, context);
      const sealing = createCipheriv(cipher, key, iv, { authTagLength: tagBytes }).setAAD(bound(context));
      const parts = [sealing.update(text, 'utf8'), sealing.final(), sealing.getAuthTag()];
      key.fill(0);
      return ['v1', ...[encryptedKey, iv, Buffer.concat(parts)].map(base64Url)].join('.');
    },
    async unseal(sealed, context) {
      const [encryptedKey, iv, content] = partsOf(sealed);
      const key = await decrypted(kms, keyArn, encryptedKey, context);
      try {
        const opening = createDecipheriv(cipher, key, iv, { authTagLength: tagBytes })
          .setAAD(bound(context))
          .setAuthTag(content.subarray(-tagBytes));
        return Buffer.concat([opening.update(content.subarray(0, -tagBytes)), opening.final()]).toString();
      } catch {
        throw new Error('what was sealed was changed, or is of another grant');
      } finally {
        key.fill(0);
      }
    },
  };
}

async function encrypted(kms: KMSClient, KeyId: string, key: Buffer, context: SealContext) {
  const encrypt = new EncryptCommand({ KeyId, Plaintext: key, EncryptionContext: contextOf(context) });
  const { CiphertextBlob } = await kms.send(encrypt).catch(fault('cannot seal'));
  if (!CiphertextBlob) throw new Error('KMS answered without a cipher text');
  return Buffer.from(CiphertextBlob);
}

async function decrypted(kms: KMSClient, KeyId: string, CiphertextBlob: Buffer, context: SealContext) {
  const decrypt = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: contextOf(context) });
  const { Plaintext } = await kms.send(decrypt).catch(fault('cannot open what was sealed'));
  if (Plaintext?.length !== keyBytes) throw new Error('KMS answered without a data key');
  return Buffer.from(Plaintext);
}

/** The name of what KMS said and no cause: an SDK that cannot read an answer keeps the answer in its error. */
function fault(what: string) {
  return (error: unknown): never => {
    const name = error instanceof Error && /^[A-Za-z]{1,64}$/.test(error.name) ? error.name : 'unknown';
    throw new Error(`KMS ${what}: ${name}`);
  };
}

function contextOf({ lease, grant }: SealContext): Record<string, string> {
  return { lease, grant };
}

function bound({ lease, grant }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([lease, grant]));
}

function partsOf(sealed: string): [Buffer, Buffer, Buffer] {
  const [, key, iv, content] = form.exec(sealed) ?? [];
  if (!key || !iv || !content) throw new Error('this was not sealed here');
  return [Buffer.from(key, 'base64url'), Buffer.from(iv, 'base64url'), Buffer.from(content, 'base64url')];
}

function base64Url(bytes: Buffer): string {
  return bytes.toString('base64url');
}
