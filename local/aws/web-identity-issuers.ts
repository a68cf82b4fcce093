import { createHash, generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';

/** What STS signs tokens by (STS API reference, GetWebIdentityToken). */
export const signingAlgorithms = ['RS256', 'ES384'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

type Key = { readonly kid: string; readonly private: KeyObject; readonly public: KeyObject };
type Keys = Readonly<Record<SigningAlgorithm, Key>>;

/** Below which path of the endpoint the issuers stand: no bucket may be called so. */
const root = '/_tokens/';

const make = promisify(generateKeyPair);

/**
 * STS as an issuer of web identity tokens: one for each account, with keys of its own, made when they are first needed
 * (IAM user guide, outbound identity federation).
 */
export class WebIdentityIssuers {
  /** Accounts that have not enabled tokens. */
  readonly disabled = new Set<string>();
  readonly #endpoint: () => string;
  readonly #accounts = new Map<string, string>();
  readonly #keys = new Map<string, Promise<Keys>>();

  /** `endpoint` tells the address of the endpoint of all services. */
  constructor(endpoint: () => string) {
    this.#endpoint = endpoint;
  }

  /** The issuer of an account: an address that does not tell the account. */
  issuer(account: string): string {
    const id = idOf(account);
    this.#accounts.set(id, account);
    return `${this.#endpoint()}${root}${id}`;
  }

  /** Whether this is the issuer of any account. */
  isIssuer(issuer: unknown): boolean {
    return typeof issuer === 'string' && issuer.startsWith(`${this.#endpoint()}${root}`);
  }

  /** Signs claims, as JSON, in the name of an account. */
  async sign(account: string, alg: SigningAlgorithm, claims: string): Promise<string> {
    const { kid, private: key } = (await this.#keysOf(account))[alg];
    const header = JSON.stringify({ alg, kid, typ: 'JWT' });
    const input = [header, claims].map((part) => Buffer.from(part).toString('base64url')).join('.');
    const hash = alg === 'RS256' ? 'sha256' : 'sha384';
    const signature = sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  }

  /** What an issuer publishes at a path of the endpoint; undefined where there is nothing. */
  published(path: string): { readonly name: string; read(): Promise<object> } | undefined {
    const [, id = '', name = ''] = /^\/_tokens\/([0-9a-f-]{36})\/\.well-known\/([a-z.-]+)$/.exec(path) ?? [];
    const account = this.#accounts.get(id);
    if (account === undefined) return undefined;
    if (name === 'jwks.json') return { name, read: async () => keySet(await this.#keysOf(account)) };
    const discovery = discoveryOf(this.issuer(account));
    return name === 'openid-configuration' ? { name, read: async () => discovery } : undefined;
  }

  #keysOf(account: string): Promise<Keys> {
    const keys = this.#keys.get(account) ?? makeKeys();
    this.#keys.set(account, keys);
    return keys;
  }
}

/** An id in the form of a UUID, the same for an account each time. */
function idOf(account: string): string {
  const digest = createHash('sha256').update(`issuer of ${account}`).digest('hex').slice(0, 32);
  return digest.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

async function makeKeys(): Promise<Keys> {
  const [rsa, ec] = await Promise.all([
    make('rsa', { modulusLength: 2_048 }),
    make('ec', { namedCurve: 'P-384' }),
  ]);
  return {
    RS256: { kid: 'RSA_0', private: rsa.privateKey, public: rsa.publicKey },
    ES384: { kid: 'EC384_0', private: ec.privateKey, public: ec.publicKey },
  };
}

function keySet(keys: Keys): object {
  const publicKeys = signingAlgorithms.map((alg) => {
    const { kid, public: key } = keys[alg];
    return { ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' };
  });
  return { keys: publicKeys };
}

function discoveryOf(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: signingAlgorithms,
  };
}
