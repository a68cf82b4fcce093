import {
  apart,
  changed,
  encoded,
  type HostileToken,
  type HostileWorld,
  keyConfusion,
  pointing,
  signedText,
} from './hostile-crafts.ts';

const headerHolds = 'its header may hold alg, kid and typ alone';
const kidIs = 'kid must be 1 to 200 printable';
const algorithm = 'an algorithm that its issuer is trusted with';
const noKey = 'its issuer has no such key';
const signature = 'its signature does not verify';

/** Tokens that choose how they are judged, or are signed by somebody else. */
export const hostileKeys: readonly HostileToken[] = [
  ...['none', 'None', 'NONE', 'nOnE'].map((alg) => ({
    name: `no signature: alg ${alg}`,
    write: ({ issuer }: HostileWorld) => `${encoded({ alg })}.${apart(issuer.token()).payload}.x`,
    says: algorithm,
  })),
  {
    name: 'no algorithm',
    write: changed(() => ({ header: { alg: undefined } })),
    says: 'alg must be text',
  },
  {
    name: 'a list of algorithms',
    write: changed(() => ({ header: { alg: ['ES256'] } })),
    says: 'alg must be text',
  },
  {
    name: 'HS256 with the public key as PEM',
    write: (world) =>
      keyConfusion(world, ({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    says: algorithm,
  },
  {
    name: 'HS256 with the public key as JWK',
    write: (world) => keyConfusion(world, ({ jwk }) => JSON.stringify(jwk)),
    says: algorithm,
  },
  {
    name: 'HS256 with the modulus of the public key',
    write: (world) => keyConfusion(world, ({ jwk }) => String(jwk['n'])),
    says: algorithm,
  },
  {
    name: 'an algorithm that is not listed, though the key could',
    write: changed(() => ({ alg: 'RS512' })),
    says: algorithm,
  },
  {
    name: 'another padding than the published key is for',
    write: changed(() => ({ alg: 'PS256' })),
    says: algorithm,
  },
  {
    name: 'signed by another trusted provider',
    write: ({ issuer, other }) => other.token({ claims: { iss: issuer.url } }),
    says: signature,
    needsKeys: true,
  },
  {
    name: 'signed by the attacker under a kid of the provider',
    write: (world) => pointing(world, { kid: world.issuer.keyFor('ES256').kid }),
    says: signature,
    needsKeys: true,
  },
  {
    name: 'RS256 under the kid of the ES256 key',
    write: changed(({ issuer }) => ({ alg: 'RS256', header: { kid: issuer.keyFor('ES256').kid } })),
    says: noKey,
    needsKeys: true,
  },
  {
    name: 'claims changed after signing',
    write: ({ issuer }) => {
      const { header, payloadText, signature } = apart(issuer.token());
      return `${header}.${encoded(payloadText.replace('alice', 'mallory'))}.${signature}`;
    },
    says: signature,
    needsKeys: true,
  },
  {
    name: 'a signature of zeros, which some verifiers took for any text',
    write: ({ issuer }) => issuer.token().replace(/[^.]*$/, Buffer.alloc(64).toString('base64url')),
    says: signature,
    needsKeys: true,
  },
  {
    name: 'a signature cut short',
    write: ({ issuer }) => issuer.token().slice(0, -10),
    says: signature,
    needsKeys: true,
  },
  ...['jku', 'x5u'].map((member) => ({
    name: `${member}: the attacker's keys by address`,
    write: (world: HostileWorld) => pointing(world, { [member]: `${world.attacker.url}/keys` }),
    says: headerHolds,
  })),
  {
    name: "jwk: the attacker's key itself",
    write: (world) => pointing(world, { jwk: world.attacker.key.jwk }),
    says: headerHolds,
  },
  {
    name: "x5c: the attacker's certificate",
    write: (world) => pointing(world, { x5c: ['MIIB'] }),
    says: headerHolds,
  },
  { name: 'x5t', write: changed(() => ({ header: { x5t: 'x' } })), says: headerHolds },
  {
    name: 'crit',
    write: changed(() => ({ header: { crit: ['exp'], exp: 1 } })),
    says: headerHolds,
  },
  {
    name: 'a payload that is not encoded: b64',
    write: changed(() => ({ header: { b64: false, crit: ['b64'] } })),
    says: headerHolds,
  },
  {
    name: 'a member called __proto__',
    write: (world) =>
      signedText(world, (header, payload) => [header.replace('{', '{"__proto__":{"alg":"none"},'), payload]),
    says: headerHolds,
  },
  ...['dpop+jwt', 'logout+jwt', 'mayfly-attestation+jwt', 'jwt', '', 1].map((typ) => ({
    name: `a token of another kind: typ ${JSON.stringify(typ)}`,
    write: changed(() => ({ header: { typ } })),
    says: 'typ must be JWT',
  })),
  ...['../../../../dev/null', "' OR 1=1 --", 'http://169.254.169.254/', '__proto__'].map((kid) => ({
    name: `a kid that means something elsewhere: ${kid}`,
    write: changed(() => ({ header: { kid } })),
    says: noKey,
    needsKeys: true as const,
  })),
  ...['', 'x'.repeat(201), 'ec-1\n', 'ec-1\u0000', 'ключ', 1, ['ec-1'], { $ne: '' }, null].map((kid) => ({
    name: `a kid that is none: ${JSON.stringify(kid).slice(0, 20)}`,
    write: changed(() => ({ header: { kid } })),
    says: kidIs,
  })),
  {
    name: 'a kid of 10 KB',
    write: changed(() => ({ header: { kid: 'x'.repeat(10_240) } })),
    says: 'longer than 8192',
  },
];
