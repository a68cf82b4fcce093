import { jwtVerify } from 'jose';
import { BrokerError } from '../../core/broker-error.ts';
import { TrustUnavailable } from '../../core/evidence.ts';
import type { IdentityProvider } from '../../core/policy/identity-providers.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { type Members, takeApart } from './compact-jwt.ts';
import { audiencesOf, claimsFault, type IdentifiedPerson, personOf } from './id-token-claims.ts';
import { type ProviderKeys, providerKeys, type TrustSourceOptions } from './provider-keys.ts';
import { headerFault, signatureFault } from './signed-jwt.ts';
import { skew } from './skew.ts';

/**
 * Verifies the token with which a person proves who they are; `path` leads to it in the request. Throws `invalid_token`
 * with the cause, `temporarily_unavailable` when the provider's keys cannot be had.
 */
export type IdTokenVerifier = (token: string, path: string) => Promise<IdentifiedPerson>;

/** Characters of a token. */
const longest = 8_192;

/**
 * Verifies ID tokens (OpenID Connect Core section 3.1.3.7) of these providers. Make it once per process: it keeps their
 * keys. All that can be told without a key is told before any is fetched, and only from the provider's own address.
 */
export function idTokenVerifier(
  providers: readonly IdentityProvider[],
  clock: () => EpochSeconds,
  how: TrustSourceOptions = {},
): IdTokenVerifier {
  const known = new Map<unknown, { provider: IdentityProvider; keys: ProviderKeys }>(
    providers.map((provider) => [
      provider.issuer,
      {
        provider,
        keys: providerKeys(provider.jwks_uri, clock, { ...how, privateNetwork: provider.private_network }),
      },
    ]),
  );
  return async (token, path) => {
    const refused = (fault: string, cause?: unknown) =>
      new BrokerError('invalid_token', `the identity token is not valid: ${fault}`, { path }, cause);
    if (token.length > longest) throw refused(`it is longer than ${longest} characters`);
    const jwt = takeApart(token);
    if (typeof jwt === 'string') throw refused(jwt);
    const shape = headerFault(jwt.header, { types: ['JWT', 'at+jwt'] });
    if (shape) throw refused(shape);
    const issuer = known.get(jwt.claims['iss']);
    if (!issuer) throw refused('its issuer is not one that this broker trusts');
    const { provider, keys } = issuer;
    const now = clock();
    const fault = algorithmFault(jwt.header, provider) ?? claimsFault(jwt.claims, provider, now);
    if (fault) throw refused(fault);
    try {
      return personOf(await verifiedClaims(token, provider, keys, now), provider);
    } catch (cause) {
      if (cause instanceof TrustUnavailable) throw unavailable(path, cause);
      throw refused(signatureFault(cause), cause);
    }
  };
}

function algorithmFault({ alg }: Members, { algorithms }: IdentityProvider): string | undefined {
  return algorithms.some((each) => each === alg)
    ? undefined
    : 'it is not signed with an algorithm that its issuer is trusted with';
}

/** The payload once its signature is proven; jose judges issuer, audience and times a second time. */
async function verifiedClaims(
  token: string,
  provider: IdentityProvider,
  keys: ProviderKeys,
  now: EpochSeconds,
): Promise<Members> {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: provider.algorithms,
    issuer: provider.issuer,
    audience: audiencesOf(provider),
    requiredClaims: ['sub', 'iat', 'exp'],
    clockTolerance: skew,
    currentDate: new Date(now * 1000),
  });
  return payload;
}

function unavailable(path: string, cause: unknown): BrokerError {
  const detail = 'the identity provider does not answer with its keys: ask again';
  return new BrokerError('temporarily_unavailable', detail, { path, retryAfter: 5 }, cause);
}
