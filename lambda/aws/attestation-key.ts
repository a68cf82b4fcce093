import { createPublicKey, type KeyObject } from 'node:crypto';
import { GetPublicKeyCommand, type KMSClient, SignCommand } from '@aws-sdk/client-kms';

/** Reads the public half of a KMS ES256 key once; a failed read is tried again at the next call. */
export function publicKeyReader(kms: KMSClient, keyArn: string): () => Promise<KeyObject> {
  let pending: Promise<KeyObject> | undefined;
  return () => {
    pending ??= read(kms, keyArn).catch((error) => {
      pending = undefined;
      throw error;
    });
    return pending;
  };
}

async function read(kms: KMSClient, keyArn: string): Promise<KeyObject> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  if (!PublicKey) throw new Error('KMS answered without a public key');
  return createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
}

/** Signs bytes with ES256 inside KMS and answers the JOSE form r ‖ s, 64 bytes (RFC 7518 section 3.4). */
export async function signEs256(kms: KMSClient, keyArn: string, message: Uint8Array): Promise<Uint8Array> {
  const { Signature } = await kms.send(
    new SignCommand({
      KeyId: keyArn,
      Message: message,
      MessageType: 'RAW',
      SigningAlgorithm: 'ECDSA_SHA_256',
    }),
  );
  if (!Signature) throw new Error('KMS answered without a signature');
  return joseForm(Signature);
}

/** The `kid` of a KMS key: its key id. */
export function keyId(keyArn: string): string {
  return keyArn.split('/').at(-1) ?? keyArn;
}

/** DER `SEQUENCE { INTEGER r, INTEGER s }` (RFC 3279 section 2.2.3) to r ‖ s, each 32 bytes, big-endian. */
function joseForm(der: Uint8Array): Uint8Array {
  const r = integerAt(der, 2);
  const s = integerAt(der, 4 + (der[3] ?? 0));
  return Buffer.concat([r, s]);
}

function integerAt(der: Uint8Array, offset: number): Buffer {
  const length = der[offset + 1] ?? 0;
  const value = Buffer.from(der.subarray(offset + 2, offset + 2 + length));
  if (der[offset] !== 2 || value.length !== length) throw new Error('KMS answered a malformed signature');
  // DER integers are signed and shortest: strip the sign byte, restore leading zeros.
  return Buffer.concat([Buffer.alloc(32), value]).subarray(-32);
}
