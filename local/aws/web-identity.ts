import type { JsonWebKey } from 'node:crypto';
import { type EpochSeconds, epochSeconds, toIso } from '../../core/time.ts';
import { AwsFault } from '../fault.ts';
import { type Federation, federationContext } from '../iam/federation.ts';
import type { OidcProvider } from '../iam/oidc-providers.ts';
import { isSignedByOneOf, type JsonWebToken, parseJwt } from './json-web-token.ts';
import type { StsWorld } from './sts-session.ts';

/** Who a provider says that somebody is, verified. */
export type WebIdentity = {
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
  readonly federation: Federation;
  readonly claims: Readonly<Record<string, unknown>>;
};

/** Milliseconds in which a provider must tell its keys. */
const patience = 5_000;

/** Seconds by which a provider's clock may be ahead. */
const skew = 300;

/**
 * Verifies a token by the provider that an account registered for its issuer, as AssumeRoleWithWebIdentity does (STS API
 * reference). Throws InvalidIdentityToken, ExpiredTokenException and IDPCommunicationError.
 */
export async function verifyWebIdentity(
  world: StsWorld,
  account: string,
  token: string,
): Promise<WebIdentity> {
  const jwt = parseJwt(token);
  if (!jwt) throw untrue('The ID Token provided is not a valid JWT.');
  const { iss: issuer, sub: subject } = jwt.claims;
  if (typeof issuer !== 'string' || typeof subject !== 'string' || subject === '')
    throw untrue('Missing a required claim: iss, sub');
  if (world.issuers.isIssuer(issuer)) throw untrue('Tokens of STS are not for federation into AWS.');
  const provider = world.providers.find(account, issuer);
  if (!provider) throw untrue(`No OpenIDConnect provider found in your account for ${issuer}`);
  const audience = audienceOf(jwt, provider);
  checkTimes(jwt, world.clock.now());
  if (!isSignedByOneOf(jwt, await keysOf(provider)))
    throw untrue("Couldn't retrieve verification key from your identity provider.");
  const federation = { provider: provider.arn, context: federationContext(issuer, jwt.claims) };
  return { subject, issuer, audience, federation, claims: jwt.claims };
}

/** Who the token was given to: the authorized party, or else its one audience. */
function audienceOf({ claims }: JsonWebToken, { clientIds }: OidcProvider): string {
  const [only, ...others] = [claims['aud']].flat();
  const audience = claims['azp'] ?? (others.length === 0 ? only : undefined);
  if (typeof audience !== 'string' || !clientIds.includes(audience)) throw untrue('Incorrect token audience');
  return audience;
}

function checkTimes({ claims }: JsonWebToken, now: EpochSeconds): void {
  const { exp, iat, nbf } = claims;
  if (!isTime(exp) || !isTime(iat)) throw untrue('Missing a required claim: exp, iat');
  if (exp <= now) {
    throw new AwsFault(
      'ExpiredTokenException',
      `Token expired: current date/time ${toIso(now)} must be before the expiration date/time ${toIso(epochSeconds(exp))}`,
    );
  }
  if (iat > now + skew) throw untrue('The token was issued in the future');
  if (nbf !== undefined && (!isTime(nbf) || nbf > now + skew)) throw untrue('The token is not valid yet');
}

/** Timestamps must be integers (STS API reference). */
function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

async function keysOf({ jwksUri }: OidcProvider): Promise<readonly JsonWebKey[]> {
  try {
    const response = await fetch(jwksUri, { redirect: 'error', signal: AbortSignal.timeout(patience) });
    const set: unknown = response.ok ? await response.json() : undefined;
    if (isKeySet(set)) return set.keys;
  } catch {
    // A provider that cannot be reached and one that answers no keys are the same.
  }
  throw new AwsFault(
    'IDPCommunicationError',
    'The identity provider that was asked to verify the token could not be reached.',
  );
}

function isKeySet(value: unknown): value is { keys: JsonWebKey[] } {
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}

function untrue(message: string): AwsFault {
  return new AwsFault('InvalidIdentityToken', message);
}
