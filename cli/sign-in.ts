import type { Configuration } from 'openid-client';
import type { IdentityProvider } from '../core/policy/identity-providers.ts';
import { Failure, UsageError } from './cli-error.ts';
import { awaitRedirect, type Visit } from './redirect.ts';
import type { World } from './world.ts';

/** How somebody signs in. */
export type SignIn = {
  /** What the ID token must carry: the hash of what is decided with it. */
  readonly nonce: string;
  /** Opens an address in a browser; where it fails, the person opens the printed address. */
  readonly open: (url: string) => void | Promise<void>;
  /** Seconds until the waiting ends; five minutes when absent. */
  readonly patience?: number;
};

type Library = typeof import('openid-client');

/** Seconds since the person proved who they are: what the broker demands of an approver. */
const freshSeconds = 300;

/**
 * Signs a person in at their provider by authorization code with PKCE, in the browser (RFC 8252), with an authentication
 * made for this, and answers the raw ID token, which the broker verifies. Throws {@link Failure}, {@link UsageError}
 * where the provider is not set up for it.
 */
export async function signIn(
  { issuer, sign_in }: Pick<IdentityProvider, 'issuer' | 'sign_in'>,
  { nonce, open, patience = freshSeconds }: SignIn,
  world: Pick<World, 'err'>,
): Promise<string> {
  if (!sign_in)
    throw new UsageError(`${issuer} has no sign_in in identity-providers.yaml: name its client_id`);
  // Nobody but who signs in waits for the library to load.
  const oidc = await import('openid-client');
  const provider = await discover(oidc, issuer, sign_in.client_id);
  const state = oidc.randomState();
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const redirect = await awaitRedirect(state);
  try {
    const address = addressOf(oidc, provider, {
      redirect_uri: redirect.url,
      scope: 'openid',
      state,
      nonce,
      max_age: '0',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    world.err(`Sign in at ${address}`);
    void openOrSay(open, address, world);
    const visit = await redirect.visit(patience);
    if (!visit) throw new Failure(`nobody signed in within ${patience} s: nothing was done`);
    const checks = { pkceCodeVerifier, expectedState: state, expectedNonce: nonce, maxAge: freshSeconds };
    return await tokenOf(visit, () => oidc.authorizationCodeGrant(provider, visit.url, checks));
  } finally {
    redirect.close();
  }
}

async function discover(oidc: Library, issuer: string, clientId: string): Promise<Configuration> {
  const server = new URL(issuer);
  const execute = isOfThisMachine(server) ? [oidc.allowInsecureRequests] : [];
  try {
    return await oidc.discovery(server, clientId, undefined, oidc.None(), { execute });
  } catch (cause) {
    const advice = `Is ${issuer} reachable from here? It must serve /.well-known/openid-configuration.`;
    throw new Failure(`the identity provider cannot be asked how to sign in: ${why(cause)}`, advice, cause);
  }
}

/** Where the browser is sent: never to a file or a script that a provider may name. */
function addressOf(oidc: Library, provider: Configuration, parameters: Record<string, string>): string {
  try {
    return oidc.buildAuthorizationUrl(provider, parameters).href;
  } catch (cause) {
    throw new Failure(`the identity provider has no page to sign in at: ${why(cause)}`, undefined, cause);
  }
}

/** Tells the browser how it went, whichever way. */
async function tokenOf(
  visit: Visit,
  exchange: () => Promise<{ readonly id_token?: string }>,
): Promise<string> {
  try {
    const { id_token } = await exchange();
    if (!id_token) throw new Failure('the identity provider gave no ID token');
    visit.show('You are signed in. Close this window and go back to the terminal.');
    return id_token;
  } catch (cause) {
    visit.show('You are not signed in. The terminal says why.');
    throw cause instanceof Failure
      ? cause
      : new Failure(`signing in failed: ${why(cause)}`, undefined, cause);
  }
}

async function openOrSay(open: SignIn['open'], address: string, world: Pick<World, 'err'>): Promise<void> {
  try {
    await open(address);
  } catch {
    world.err('The browser cannot be opened from here: open the address yourself.');
  }
}

/** What the provider says where it says something, what the library says otherwise; never a token. */
function why(error: unknown): string {
  if (!(error instanceof Error)) return 'for an unknown reason';
  const { error: code, error_description: description } = error as {
    error?: unknown;
    error_description?: unknown;
  };
  if (typeof code !== 'string') return error.message;
  return typeof description === 'string' ? `${code}, ${description}` : code;
}

/** A provider of a local run, which has no certificate. */
function isOfThisMachine({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && (hostname === '127.0.0.1' || hostname === 'localhost');
}
