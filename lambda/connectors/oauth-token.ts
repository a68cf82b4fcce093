import { member } from '../evidence/compact-jwt.ts';
import { errorIn, type Said } from './oauth-asking.ts';
import { accessTokenType } from './oauth-terms.ts';

/** What was asked for, as far as the answer is held to it. */
export type TokenTerms = {
  readonly scope: string | undefined;
  /** Seconds that a token may live. */
  readonly longest: number;
  readonly isExchange: boolean;
};

/** A token that is what was asked for. */
export type Token = {
  readonly access_token: string;
  readonly scope: string | undefined;
  /** Seconds from when it was asked for. */
  readonly seconds: number;
};

/** Characters of a token: leases keep each one sealed, and services take no longer headers than some 8 KB. */
export const longestAccessToken = 4_096;

/** The token of an answer (RFC 6749 section 5.1, RFC 8693 section 2.2.1), or in words for a log why there is none to use. */
export function tokenIn(said: Said, terms: TokenTerms): Token | string {
  const { members, status } = said;
  if (status !== 200) return `the authorization server refused: ${errorIn(said) ?? `status ${status}`}`;
  const access_token = givenAway(said);
  if (access_token === undefined) return 'its answer holds no token, or names a member twice';
  if (!/^[!-~]+$/.test(access_token)) return 'the token holds characters that no header may';
  if (access_token.length > longestAccessToken)
    return `the token is longer than ${longestAccessToken} characters`;
  if (!isBearer(members)) return 'the token is not of type Bearer';
  if (terms.isExchange && member(members, 'issued_token_type') !== accessTokenType)
    return 'it gave something else than an access token in exchange';
  const seconds = lifetimeOf(member(members, 'expires_in'));
  if (seconds === undefined) return 'the server does not say how long the token lives';
  if (seconds > terms.longest) return `the token lives longer than ${terms.longest} s`;
  const scope = scopeOf(member(members, 'scope'), terms.scope);
  if (scope.isWider) return 'the scope of the token is wider than asked';
  if (!said.isJson || !said.isSound) return 'its answer is not as RFC 6749 has it';
  return { access_token, seconds, scope: scope.scope };
}

/** The token that a server gave away with this answer, whatever else is wrong with it. */
export function givenAway({ members }: Said): string | undefined {
  const token = member(members, 'access_token');
  return typeof token === 'string' && token !== '' ? token : undefined;
}

function isBearer(members: Said['members']): boolean {
  const type = member(members, 'token_type');
  return typeof type === 'string' && type.toLowerCase() === 'bearer';
}

/** Whole seconds, also where a server writes them as text; undefined for what is no time to live. */
function lifetimeOf(value: unknown): number | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined;
}

/** None said is the one that was asked for (RFC 6749 section 5.1); where none was asked for, any is the server's choice. */
function scopeOf(said: unknown, asked: string | undefined): { scope: string | undefined; isWider: boolean } {
  if (said === undefined || said === '') return { scope: asked, isWider: false };
  const isScope =
    typeof said === 'string' && /^[!#-[\]-~]+( [!#-[\]-~]+)*$/.test(said) && said.length <= 2_020;
  if (!isScope) return { scope: undefined, isWider: true };
  const within = asked?.split(' ');
  return { scope: said, isWider: !said.split(' ').every((each) => within?.includes(each) ?? true) };
}
