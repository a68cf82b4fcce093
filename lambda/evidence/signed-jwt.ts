import { compactVerify, errors } from 'jose';
import { EvidenceFault, TrustUnavailable } from '../../core/evidence.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { type Members, member, takeApart, type UnverifiedJwt } from './compact-jwt.ts';
import type { ProviderKeys } from './provider-keys.ts';
import { skew } from './skew.ts';

/** Characters of a token: what is longer is not looked at. */
const longest = 8_192;

/** By what the signature of a token counts. */
export type SigningTerms = { readonly algorithms: readonly string[]; readonly keys: ProviderKeys };

/** What a header may be, beside `alg` and `kid`: values of `typ`, and members that say nothing to us. */
export type HeaderTerms = { readonly types: readonly string[]; readonly ignored?: readonly string[] };

/** Says in words what a header holds that it may not: addresses and keys above all, whoever signed. */
export function headerFault(header: Members, { types, ignored = [] }: HeaderTerms): string | undefined {
  const { alg, kid, typ, ...others } = header;
  const more = Object.keys(others).filter((name) => !ignored.includes(name));
  if (more.length > 0) return `its header may hold ${['alg', ...ignored, 'kid'].join(', ')} and typ alone`;
  if (typeof alg !== 'string') return 'alg must be text';
  if (typ !== undefined && !types.some((each) => each === typ)) return `typ must be ${types.join(' or ')}`;
  if (kid !== undefined && !(typeof kid === 'string' && /^[ -~]{1,200}$/.test(kid)))
    return 'kid must be 1 to 200 printable ASCII characters';
  return undefined;
}

/** Why no signature was found right, in words, from what jose throws. */
export function signatureFault(cause: unknown): string {
  if (cause instanceof errors.JWKSNoMatchingKey) return 'its issuer has no such key';
  if (cause instanceof errors.JWKSMultipleMatchingKeys) return 'kid must say which key of its issuer signed';
  return 'its signature does not verify with the key of its issuer';
}

/** A token of evidence taken apart, its header as it must be; throws {@link EvidenceFault} `malformed` or `header`. */
export function readEvidenceJwt(token: string, terms: HeaderTerms): UnverifiedJwt {
  const jwt = token.length > longest ? `it is longer than ${longest} characters` : takeApart(token);
  if (typeof jwt === 'string') throw new EvidenceFault('malformed', 'token', `the token is none: ${jwt}`);
  const fault = headerFault(jwt.header, terms);
  if (fault) throw new EvidenceFault('header', 'token', `the token is not valid: ${fault}`);
  return jwt;
}

/**
 * Verifies the signature over exactly what {@link readEvidenceJwt} read (RFC 7515 section 5.2). Throws
 * {@link EvidenceFault} `algorithm`, `unknown_key` or `signature`, TrustUnavailable where there are no keys to be had.
 */
export async function verifySignature(
  token: string,
  { header }: UnverifiedJwt,
  { algorithms, keys }: SigningTerms,
): Promise<void> {
  if (!algorithms.some((each) => each === header['alg']))
    throw new EvidenceFault(
      'algorithm',
      'token',
      'its issuer is not trusted with signatures of this algorithm',
    );
  try {
    await compactVerify(token, keys, { algorithms: [...algorithms] });
  } catch (cause) {
    if (cause instanceof TrustUnavailable) throw cause;
    const unknown =
      cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys;
    throw new EvidenceFault(
      unknown ? 'unknown_key' : 'signature',
      'token',
      `the token is not valid: ${signatureFault(cause)}`,
      cause,
    );
  }
}

/** The times of a token: `iat` is absent where its kind may leave it out and it did. */
export type TokenTimes = { readonly exp: number; readonly iat?: number };

/** Checks `exp`, `iat` and `nbf` (RFC 7519 section 4.1); throws {@link EvidenceFault} `claims`, `expired`, `not_yet_valid`. */
export function checkTimes({ claims }: UnverifiedJwt, now: EpochSeconds): TokenTimes {
  const [exp, iat, nbf] = ['exp', 'iat', 'nbf'].map((name) => momentOf(claims, name));
  if (exp === undefined) throw new EvidenceFault('claims', 'token', 'the token has no exp');
  if (exp <= now - skew) throw new EvidenceFault('expired', 'token', 'the token has expired');
  if ([iat, nbf].some((each) => each !== undefined && each > now + skew))
    throw new EvidenceFault('not_yet_valid', 'token', 'the token is from the future: check the clock');
  return { exp, ...(iat !== undefined && { iat }) };
}

function momentOf(claims: Members, name: string): number | undefined {
  const value = member(claims, name);
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || Number(value) < 0)
    throw new EvidenceFault('claims', 'token', `${name} is not in whole seconds`);
  return Number(value);
}

/** The one audience; with others beside it, each of them could present the token here. */
export function audienceOf({ claims }: UnverifiedJwt): string {
  const aud = member(claims, 'aud');
  const only: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  if (typeof only !== 'string')
    throw new EvidenceFault('audience', 'token', 'the token has not one audience');
  return only;
}

/** A claim that is text; throws {@link EvidenceFault} with this fault where it is none, or not of this shape. */
export function textClaim(
  { claims }: UnverifiedJwt,
  name: string,
  shape: RegExp,
  fault: 'claims' | 'subject',
): string {
  const value = member(claims, name);
  if (typeof value === 'string' && shape.test(value)) return value;
  throw new EvidenceFault(fault, 'token', `${name} of the token is not what it has to be`);
}
