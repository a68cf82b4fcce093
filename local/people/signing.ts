import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A key pair as a provider publishes it. */
export type SigningKey = {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicJwk;
};
export type PublicJwk = { readonly [member: string]: unknown };

/** A new key; its JWK names the algorithm that it is for. */
export function signingKey(alg: 'ES256' | 'RS256', kid: string): SigningKey {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return {
    kid,
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
  };
}

/** A JWS of exactly this header and payload, text or bytes as they are: whatever a well-behaved library refuses to write. */
export function compact(
  header: string | Buffer,
  payload: string | Buffer,
  alg: string,
  key: KeyObject | string,
) {
  const input = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
  return `${input}.${signatureOf(input, alg, key).toString('base64url')}`;
}

function signatureOf(input: string, alg: string, key: KeyObject | string): Buffer {
  const hash = `sha${alg.slice(2)}`;
  if (typeof key === 'string') return createHmac(hash, key).update(input).digest();
  const data = Buffer.from(input);
  if (alg.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  if (alg.startsWith('RS')) return sign(hash, data, key);
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}
