import type { Person } from '../../core/person.ts';
import type { IdentityProvider } from '../../core/policy/identity-providers.ts';
import { type EpochSeconds, epochSeconds } from '../../core/time.ts';
import { type Members, member } from './compact-jwt.ts';
import { skew } from './skew.ts';

/** A person, with what their token was made for: `nonce` is absent where the token has none. */
export type IdentifiedPerson = Person & { readonly nonce?: string };

type Rule = {
  readonly says: string;
  readonly holds: (
    claim: (name: string) => unknown,
    now: EpochSeconds,
    provider: IdentityProvider,
  ) => boolean;
};

/** Groups that a person may be in: beyond, a provider sends a reference, which nobody here follows. */
const mostGroups = 500;

/** What the claims must be (OpenID Connect Core sections 2 and 3.1.3.7), told in this order. */
const rules: readonly Rule[] = [
  {
    says: 'aud must be this broker alone',
    holds: (claim, _, provider) => audiencesOf(provider).includes(only(claim('aud'))),
  },
  {
    says: 'sub must be 1 to 255 printable ASCII characters',
    holds: (claim) => /^[!-~](?:[ -~]{0,253}[!-~])?$/.test(textOf(claim('sub'))),
  },
  {
    says: 'exp and iat must be whole seconds',
    holds: (claim) => isMoment(claim('exp')) && isMoment(claim('iat')),
  },
  { says: 'it has expired', holds: (claim, now) => Number(claim('exp')) > now - skew },
  { says: 'iat lies in the future: check the clock', holds: (claim, now) => !isAhead(claim('iat'), now) },
  {
    says: 'nbf must be whole seconds, and have come',
    holds: (claim, now) =>
      claim('nbf') === undefined || (isMoment(claim('nbf')) && !isAhead(claim('nbf'), now)),
  },
  {
    says: 'auth_time must be whole seconds, and not in the future',
    holds: (claim, now) =>
      claim('auth_time') === undefined || (isMoment(claim('auth_time')) && !isAhead(claim('auth_time'), now)),
  },
  { says: 'nonce must be text', holds: (claim) => isAbsentOrText(claim('nonce')) },
  { says: 'acr must be text', holds: (claim) => isAbsentOrText(claim('acr')) },
  { says: 'amr must be a list of texts', holds: (claim) => isAbsentOrTexts(claim('amr')) },
  {
    says: `the groups must be a list of at most ${mostGroups} texts`,
    holds: (claim, _, { groups }) =>
      isAbsentOrTexts(claim(groups)) && textsOf(claim(groups)).length <= mostGroups,
  },
];

/** What is wrong with the claims of a token of this provider, in words; undefined when nothing is. */
export function claimsFault(
  claims: Members,
  provider: IdentityProvider,
  now: EpochSeconds,
): string | undefined {
  const claim = (name: string) => member(claims, name);
  return rules.find(({ holds }) => !holds(claim, now, provider))?.says;
}

/** The person of claims that were verified and that {@link claimsFault} finds nothing wrong with. */
export function personOf(claims: Members, provider: IdentityProvider): IdentifiedPerson {
  const claim = (name: string) => member(claims, name);
  const { amr, acr } = provider.mfa;
  const authenticatedAt = claim('auth_time');
  return {
    issuer: provider.issuer,
    subject: textOf(claim('sub')),
    mfa: textsOf(claim('amr')).some((each) => amr.includes(each)) || acr.includes(textOf(claim('acr'))),
    ...(authenticatedAt !== undefined && { authenticated_at: epochSeconds(Number(authenticatedAt)) }),
    groups: textsOf(claim(provider.groups)),
    claims,
    ...(claim('nonce') !== undefined && { nonce: textOf(claim('nonce')) }),
  };
}

/** Whom tokens may be for: this broker, and its own command line, as an ID token's audience is who signed in. */
export function audiencesOf({ audience, sign_in }: IdentityProvider): string[] {
  return sign_in ? [audience, sign_in.client_id] : [audience];
}

/** The one audience; with others beside it, each of them could present the token here. */
function only(audience: unknown): string {
  return textOf(Array.isArray(audience) && audience.length === 1 ? audience[0] : audience);
}

function isMoment(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isAhead(value: unknown, now: EpochSeconds): boolean {
  return Number(value) > now + skew;
}

function isAbsentOrText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isAbsentOrTexts(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
}

/** The text, or none, which no rule accepts. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value : [];
}
