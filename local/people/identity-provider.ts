import type { ServerResponse } from 'node:http';
import type { IdentityProvider } from '../../core/policy/identity-providers.ts';
import { type Loopback, loopback, sendJson } from './loopback.ts';
import { type BrowserUser, signInEndpoints } from './sign-in.ts';
import { compact, type SigningKey, signingKey } from './signing.ts';

/** What to change in a token that is right in every way; `undefined` takes a member out. */
export type TokenChanges = {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** How it is signed: ES256 when absent, RS and PS with the RSA key. */
  readonly alg?: string;
};

/** An OpenID Connect provider with real keys on a loopback server. */
export type LocalIdentityProvider = Loopback & {
  /** This provider as a policy folder would configure it. */
  readonly provider: IdentityProvider;
  /** A token for this broker of alice, who just signed in with MFA, changed as said. */
  token(changes?: TokenChanges): string;
  /** The key that signs by this algorithm now. */
  keyFor(alg: string): SigningKey;
  /** New keys; the old ones are no longer published. */
  rotate(): void;
  /** What the key set's address answers; without one, the keys. */
  answerKeysWith(answer?: (response: ServerResponse) => void): void;
  /** Whom the browser shows to the authorization endpoint; nobody: access is denied. */
  browserIsOf(person: BrowserUser | undefined, honoursMaxAge?: boolean): void;
  /** Lets whoever sits at the browser say which of these they are. */
  browserChooses(people: readonly BrowserUser[]): void;
};

/** Starts a provider whose tokens are made by this clock, in epoch seconds. */
export async function startIdentityProvider(
  clock = () => Math.floor(Date.now() / 1_000),
): Promise<LocalIdentityProvider> {
  let keys: Readonly<Record<'EC' | 'RSA', SigningKey>>;
  let generation = 0;
  let answerKeys: ((response: ServerResponse) => void) | undefined;
  const keyFor = (alg: string) => keys[alg.startsWith('ES') ? 'EC' : 'RSA'];
  const token = ({ claims, header, alg = 'ES256' }: TokenChanges = {}) => {
    const all = { ...rightClaims(server.url, clock()), ...claims };
    const { privateKey, kid } = keyFor(alg);
    return compact(JSON.stringify({ alg, kid, typ: 'JWT', ...header }), JSON.stringify(all), alg, privateKey);
  };
  const signIn = signInEndpoints(clock, (claims) => token({ claims }));
  const server = await loopback((request, response) => {
    const { pathname } = new URL(request.url ?? '/', server.url);
    if (pathname === '/keys' && answerKeys) answerKeys(response);
    else if (pathname === '/keys') sendJson(response, { keys: [keys.EC.jwk, keys.RSA.jwk] });
    else if (pathname === '/.well-known/openid-configuration') sendJson(response, discovery(server.url));
    else if (pathname === '/authorize') signIn.authorize(request, response);
    else if (pathname === '/token') void signIn.token(request, response);
    else sendJson(response, {}, 404);
  });
  const rotate = () => {
    generation += 1;
    keys = { EC: signingKey('ES256', `ec-${generation}`), RSA: signingKey('RS256', `rsa-${generation}`) };
  };
  rotate();
  return {
    ...server,
    provider: providerOf(server.url),
    token,
    keyFor,
    rotate,
    answerKeysWith: (answer) => {
      answerKeys = answer;
    },
    browserIsOf: signIn.browserIsOf,
    browserChooses: signIn.browserChooses,
  };
}

/** The configuration of a test provider, with what may differ from one test to the next. */
export function providerOf(url: string, changes: Partial<IdentityProvider> = {}): IdentityProvider {
  return {
    issuer: url,
    jwks_uri: `${url}/keys`,
    audience: 'mayfly',
    algorithms: ['RS256', 'PS256', 'ES256'],
    private_network: false,
    mfa: { amr: ['mfa'], acr: [] },
    groups: 'groups',
    sign_in: { client_id: 'mayfly-cli' },
    ...changes,
  };
}

function rightClaims(iss: string, now: number) {
  const amr = ['pwd', 'mfa'];
  return {
    iss,
    aud: 'mayfly',
    sub: 'alice',
    iat: now,
    exp: now + 300,
    auth_time: now,
    amr,
    groups: ['staff'],
  };
}

function discovery(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  };
}
