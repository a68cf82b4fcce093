import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, EncryptCommand, InvalidCiphertextException, KMSClient } from '@aws-sdk/client-kms';

/** ARN of the one symmetric key there is. */
export const grantKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-00000000cafe';

/** A KMS with one symmetric key: it encrypts 4,096 bytes at most, and decrypts with the same encryption context alone. */
export function memorySymmetricKms() {
  const key = randomBytes(32);
  const asked: unknown[] = [];
  let fault: Error | undefined;
  const answer = (command: unknown) => {
    asked.push(command);
    if (fault) throw fault;
    if (command instanceof EncryptCommand) return { CiphertextBlob: encrypted(key, command.input) };
    if (command instanceof DecryptCommand) return { Plaintext: decrypted(key, command.input) };
    throw new Error('AccessDeniedException');
  };
  const kms = new KMSClient({ region: 'eu-central-1' });
  kms.send = async (command: unknown) => answer(command) as never;
  return {
    kms,
    asked,
    failWith: (error?: Error) => {
      fault = error;
    },
  };
}

function encrypted(key: Buffer, { KeyId, Plaintext, EncryptionContext }: EncryptCommand['input']) {
  if (KeyId !== grantKeyArn || !Plaintext || Plaintext.length > 4_096) throw new Error('ValidationException');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(canonical(EncryptionContext));
  const content = [cipher.update(Plaintext), cipher.final()];
  return Buffer.concat([iv, cipher.getAuthTag(), ...content]);
}

function decrypted(key: Buffer, { KeyId, CiphertextBlob, EncryptionContext }: DecryptCommand['input']) {
  const blob = Buffer.from(CiphertextBlob ?? []);
  try {
    if (KeyId !== grantKeyArn) throw new Error('another key');
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12))
      .setAAD(canonical(EncryptionContext))
      .setAuthTag(blob.subarray(12, 28));
    return Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]);
  } catch {
    // As KMS: nothing says which of them was wrong.
    throw new InvalidCiphertextException({ $metadata: {}, message: 'null' });
  }
}

function canonical(context: Readonly<Record<string, string>> = {}): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
