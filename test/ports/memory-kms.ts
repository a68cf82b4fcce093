import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  GetPublicKeyCommand,
  type GetPublicKeyCommandOutput,
  KMSClient,
  SignCommand,
  type SignCommandOutput,
} from '@aws-sdk/client-kms';

/** ARN of the one key there is. */
export const attestationKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/0000-attestation';

/** A KMS with one P-256 key, which signs as KMS does: ECDSA over SHA-256, DER. Everything else is refused. */
export function memoryKms(): { kms: KMSClient; publicKey: KeyObject; reads: () => number } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let reads = 0;
  const answer = (command: unknown): Partial<SignCommandOutput & GetPublicKeyCommandOutput> => {
    if (command instanceof SignCommand) {
      const { Message, SigningAlgorithm, MessageType, KeyId } = command.input;
      if (
        KeyId !== attestationKeyArn ||
        SigningAlgorithm !== 'ECDSA_SHA_256' ||
        MessageType !== 'RAW' ||
        !Message
      )
        throw new Error('ValidationException');
      return { Signature: sign('sha256', Message, privateKey) };
    }
    if (command instanceof GetPublicKeyCommand && command.input.KeyId === attestationKeyArn) {
      reads++;
      return { PublicKey: publicKey.export({ format: 'der', type: 'spki' }) };
    }
    throw new Error('AccessDeniedException');
  };
  const kms = new KMSClient({ region: 'eu-central-1' });
  kms.send = async (command: unknown) => answer(command) as never;
  return { kms, publicKey, reads: () => reads };
}
