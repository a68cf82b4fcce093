import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { compact } from '../../local/people/signing.ts';

/** Members of a JSON object, as a token's header and payload are. */
export type Members = Readonly<Record<string, unknown>>;

/** A key of an issuer, for one algorithm. */
export type JwtKey = {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** As its issuer publishes it. */
  readonly jwk: Members;
};

/** What a token is made of. */
export type JwtParts = { readonly header: Members; readonly claims: Members; readonly key: JwtKey };

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A new key; `use` is what its set says of it. */
export function jwtKey(alg: string, kid: string, use = 'sig'): JwtKey {
  const { privateKey, publicKey } = pairFor(alg);
  return { alg, kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use } };
}

function pairFor(alg: string) {
  const namedCurve = curves[alg];
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
  return namedCurve
    ? generateKeyPairSync('ec', { namedCurve })
    : generateKeyPairSync('rsa', { modulusLength: 2_048 });
}

/** A token of these parts; members that are `undefined` are left out. */
export function written({ header, claims, key }: JwtParts): string {
  return signedText(JSON.stringify(header), JSON.stringify(claims), key);
}

/** Signed as it should be over exactly these texts or bytes, whatever they are. */
export function signedText(header: string | Buffer, payload: string | Buffer, key: JwtKey): string {
  if (key.alg !== 'EdDSA') return compact(header, payload, key.alg, key.privateKey);
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), key.privateKey).toString('base64url')}`;
}

/** One part of a token. */
export function encoded(part: string | Buffer | Members): string {
  const text = typeof part === 'string' || part instanceof Buffer ? part : JSON.stringify(part);
  return Buffer.from(text).toString('base64url');
}

/** The parts of a token as they are sent. */
export function apart(token: string): { header: string; payload: string; signature: string } {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return { header, payload, signature };
}
