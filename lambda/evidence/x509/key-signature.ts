import { constants, type KeyObject, verify } from 'node:crypto';
import { type KeyKind, kindOf } from './key-kind.ts';

/** How a key of each kind signs: ECDSA as IEEE P1363 has it, RSA as PSS with a salt as long as the digest. */
const algorithms = {
  'P-256': { digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  'P-384': { digest: 'sha384', options: { dsaEncoding: 'ieee-p1363' } },
  RSA: { digest: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
} as const satisfies Readonly<Record<KeyKind, unknown>>;

/** Whether the private half of a key signed the bytes, by the one algorithm of its kind. */
export function isSignedBy(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  const kind = kindOf(key);
  if (!kind) return false;
  const { digest, options } = algorithms[kind];
  return verify(digest, bytes, { key, ...options }, signature);
}
