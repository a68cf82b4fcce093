import { randomUUID, type webcrypto } from 'node:crypto';
import { importJWK, type JWK } from 'jose';
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  PrivateKeyJwt,
} from 'openid-client';
import type { ClientSystem } from '../../core/policy/schema-systems.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { jsonObject, member } from '../evidence/compact-jwt.ts';

/** Seconds for which a client's assertion is good: it is used at once. */
const assertionLifetime = 60;

/** Algorithms of private keys, by what RFC 7518 section 6 and RFC 8037 call their kind. */
const algorithms: Readonly<Record<string, string>> = {
  'EC P-256': 'ES256',
  'EC P-384': 'ES384',
  'EC P-521': 'ES512',
  'OKP Ed25519': 'Ed25519',
  'RSA ': 'RS256',
};

/**
 * How a client proves who it is (RFC 6749 section 2.3.1; RFC 7523 section 3 for `private_key_jwt`, its audience the token
 * endpoint). Throws where the secret is none of the kind that the client uses; what it says quotes nothing of it.
 */
export async function clientAuthentication(
  { authentication }: Pick<ClientSystem, 'authentication'>,
  secret: string,
  audience: string,
  now: EpochSeconds,
): Promise<ClientAuth> {
  if (authentication === 'private_key_jwt') return signing(await privateKey(secret), audience, now);
  if (!/^[ -~]{1,4096}$/.test(secret)) throw new Error('the client secret is no printable text');
  return authentication === 'client_secret_basic' ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}

type ClientKey = { readonly key: webcrypto.CryptoKey; readonly kid?: string };

function signing(key: ClientKey, audience: string, now: EpochSeconds): ClientAuth {
  return PrivateKeyJwt(key, {
    [modifyAssertion](_, claims) {
      claims['aud'] = audience;
      // Times are the broker's, as everywhere; a server's clock that is a little behind must not refuse it.
      claims['iat'] = now;
      claims['exp'] = now + assertionLifetime;
      delete claims['nbf'];
      claims['jti'] = randomUUID();
    },
  });
}

/** The private key that a JWK is, for signatures alone. */
async function privateKey(secret: string): Promise<ClientKey> {
  const jwk = jsonObject(Buffer.from(secret));
  const kind = `${jwk && member(jwk, 'kty')} ${(jwk && member(jwk, 'crv')) ?? ''}`;
  const usual = Object.hasOwn(algorithms, kind) ? algorithms[kind] : undefined;
  if (!jwk || !usual || typeof member(jwk, 'd') !== 'string') throw notPrivate();
  const named = member(jwk, 'alg');
  const algorithm = usual === 'RS256' && /^[RP]S(256|384|512)$/.test(String(named)) ? String(named) : usual;
  const kid = member(jwk, 'kid');
  // Without its other members: `ext`, `use` and `key_ops` as somebody exported them are nothing to go by.
  const { kty, crv, x, y, d, n, e, p, q, dp, dq, qi } = jwk;
  const bare = { kty, crv, x, y, d, n, e, p, q, dp, dq, qi };
  const defined = Object.fromEntries(Object.entries(bare).filter(([, value]) => value !== undefined)) as JWK;
  const key = await importJWK(defined, algorithm).catch(() => {
    throw notPrivate();
  });
  if (key instanceof Uint8Array) throw notPrivate();
  return { key, ...(typeof kid === 'string' && { kid }) };
}

function notPrivate(): Error {
  return new Error('the client secret is no private key as a JWK');
}
