import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';

/** A signed JWT taken apart (RFC 7515, compact serialization); nothing of it is verified. */
export type JsonWebToken = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly input: Buffer;
  readonly signature: Buffer;
};

/** Algorithms that STS takes of a provider (STS API reference, AssumeRoleWithWebIdentity): hash, and type of key or its curve. */
const algorithms: Readonly<Record<string, { readonly hash: string; readonly key: string }>> = {
  RS256: { hash: 'sha256', key: 'rsa' },
  RS384: { hash: 'sha384', key: 'rsa' },
  RS512: { hash: 'sha512', key: 'rsa' },
  ES256: { hash: 'sha256', key: 'prime256v1' },
  ES384: { hash: 'sha384', key: 'secp384r1' },
  ES512: { hash: 'sha512', key: 'secp521r1' },
};

/** Takes a token apart; undefined when it is none. */
export function parseJwt(token: string): JsonWebToken | undefined {
  const [header = '', claims = '', signature = ''] = token.split('.');
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  const [headerObject, claimsObject] = [objectOf(header), objectOf(claims)];
  if (!headerObject || !claimsObject) return undefined;
  const input = Buffer.from(`${header}.${claims}`);
  return {
    header: headerObject,
    claims: claimsObject,
    input,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** Whether the key of a set that the token names signed it, by an algorithm that is for such keys. */
export function isSignedByOneOf(token: JsonWebToken, keys: readonly JsonWebKey[]): boolean {
  const { kid, alg } = token.header;
  const algorithm = typeof alg === 'string' && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined;
  const jwk = keys.find((each) => each['kid'] === kid);
  const key = algorithm && jwk && publicKeyOf(jwk);
  if (!key || kindOf(key) !== algorithm.key) return false;
  return verify(algorithm.hash, token.input, { key, dsaEncoding: 'ieee-p1363' }, token.signature);
}

function kindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  return asymmetricKeyType === 'ec' ? asymmetricKeyDetails?.namedCurve : asymmetricKeyType;
}

function publicKeyOf(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function objectOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
