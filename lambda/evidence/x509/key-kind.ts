import type { KeyObject } from 'node:crypto';

/** Kinds of public keys that are taken; RSA from 2048 bits on. */
export type KeyKind = 'P-256' | 'P-384' | 'RSA';

/** The kind of a public key, or undefined where it is none of those taken. */
export function kindOf(key: KeyObject): KeyKind | undefined {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'P-256';
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'secp384r1') return 'P-384';
  return key.asymmetricKeyType === 'rsa' && modulusLength >= 2_048 ? 'RSA' : undefined;
}
