import { compact } from '../../local/people/signing.ts';
import { apart, encoded, type JwtKey, jwtKey, type Members, signedText, written } from './jwt-signing.ts';
import { jwtKeys } from './jwt-sound.ts';
import { header, type JwtForgery, type JwtWorld, sent, shown } from './jwt-world.ts';

const { stranger } = jwtKeys;
const eddsa = jwtKey('EdDSA', 'edwards');

/** The public key as a secret, for a verifier that lets the token choose. */
function confused(attack: string, secret: (key: JwtKey) => string): JwtForgery {
  return {
    attack,
    fault: 'algorithm',
    write: ({ sound, rsa }) =>
      compact(
        JSON.stringify({ ...sound.header, alg: 'HS256', kid: rsa.kid }),
        JSON.stringify(sound.claims),
        'HS256',
        secret(rsa),
      ),
  };
}

/** Signed by another key than the issuer's, which the header names or shows. */
function by(
  attack: string,
  fault: JwtForgery['fault'],
  key: (world: JwtWorld) => JwtKey,
  change: (key: JwtKey, world: JwtWorld) => Members,
): JwtForgery {
  return {
    attack,
    fault,
    write: (world) => {
      const [other, { sound }] = [key(world), world];
      return written({
        ...sound,
        header: { ...sound.header, alg: other.alg, ...change(other, world) },
        key: other,
      });
    },
  };
}

/** What the header says of the algorithm. */
export const ofAlgorithm: readonly JwtForgery[] = [
  ...['none', 'None', 'NONE', 'nOnE', 'HS256', 'HS512', 'ES256K', 'Ed25519', '', ' ES256', 'es256'].map(
    (alg) => header(`its alg is ${shown(alg)}`, { alg }, 'algorithm'),
  ),
  sent('its alg is none and nothing is signed', 'malformed', (token) => {
    const { payload } = apart(token);
    return `${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.`;
  }),
  ...[undefined, null, ['ES256'], 256, { toString: 'ES256' }].map((alg) =>
    header(`its alg is ${shown(alg)}`, { alg }),
  ),
  confused('the public key as PEM is the secret of HS256', ({ publicKey }) =>
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  ),
  confused('the public key as JWK is the secret of HS256', ({ jwk }) => JSON.stringify(jwk)),
  confused('the modulus is the secret of HS256', ({ jwk }) => String(jwk['n'])),
  by(
    'it is signed with EdDSA',
    'algorithm',
    () => eddsa,
    ({ kid }) => ({ kid }),
  ),
  by(
    'it is signed with RSA under the kid of another kind of key',
    'unknown_key',
    ({ rsa }) => rsa,
    (_, { sound }) => ({ kid: sound.key.kid }),
  ),
];

/** What the header says of the key: nothing but a name counts. */
export const ofKey: readonly JwtForgery[] = [
  by(
    'jwk: the attacker’s key itself',
    'header',
    () => stranger,
    ({ jwk }) => ({ jwk }),
  ),
  ...['jku', 'x5u'].map((name) =>
    by(
      `${name}: the attacker’s keys by address`,
      'header',
      () => stranger,
      ({ kid }) => ({ kid, [name]: 'https://evil.example/keys' }),
    ),
  ),
  by(
    'x5c: the attacker’s certificate',
    'header',
    () => stranger,
    () => ({ x5c: ['MIIB'] }),
  ),
  ...[
    { 'x5t#S256': 'x' },
    { crit: ['exp'], exp: 1 },
    { crit: ['b64'], b64: false },
    { b64: true },
    { zip: 'DEF' },
    { cty: 'JWT' },
    { enc: 'A256GCM' },
    { iss: 'x' },
    { constructor: 1 },
  ].map((change) => header(`its header holds ${Object.keys(change).join(' and ')}`, change)),
  {
    attack: 'its header holds __proto__',
    fault: 'header',
    write: ({ sound }) =>
      signedText(
        JSON.stringify(sound.header).replace('{', '{"__proto__":{"alg":"none"},'),
        JSON.stringify(sound.claims),
        sound.key,
      ),
  },
  ...['', 'x'.repeat(201), 'a\n', 'a\0', 'ключ', 1, null, ['a'], { $ne: '' }].map((kid) =>
    header(`its kid is ${shown(kid)}`, { kid }),
  ),
  ...["' OR 1=1 --", '../../../../dev/null', 'http://169.254.169.254/', '__proto__', '0', 'undefined'].map(
    (kid) => header(`its kid is ${shown(kid)}`, { kid }, 'unknown_key'),
  ),
  header('its kid is absent where two keys could be meant', { kid: undefined }, 'unknown_key'),
  by(
    'it names the other key of its issuer',
    'signature',
    ({ sound }) => sound.key,
    (_, { sibling }) => ({ kid: sibling.kid }),
  ),
  by(
    'the attacker signed it under the kid of its issuer',
    'signature',
    ({ sound }) => (sound.key.alg === stranger.alg ? stranger : jwtKey(sound.key.alg, 'attacker')),
    (_, { sound }) => ({ kid: sound.key.kid }),
  ),
  by(
    'another trusted issuer signed it',
    'unknown_key',
    ({ foreign }) => foreign,
    ({ kid }) => ({ kid }),
  ),
  by(
    'another trusted issuer signed it under the kid of its issuer',
    'signature',
    ({ foreign }) => foreign,
    (_, { sound }) => ({ kid: sound.key.kid }),
  ),
];
