import { type Bound, EvidenceFault, evidenceAudience, type Proven } from '../../core/evidence.ts';
import { sha256Base64Url } from '../../core/hash.ts';
import { after, type EpochSeconds, epochSeconds } from '../../core/time.ts';
import { member, type UnverifiedJwt } from './compact-jwt.ts';
import { audienceOf, type TokenTimes } from './signed-jwt.ts';
import { skew } from './skew.ts';

/** Seconds that a token may live which is not bound to a nonce: so long is it remembered who used it first. */
const longestPlain = 86_400;

/**
 * How a token is bound to nonce and key by its audience: `<broker>/<binding>`; or, where a policy takes such tokens, an
 * audience without a binding, which then belongs to the first key that uses it. Throws {@link EvidenceFault} `binding` for
 * one made for another nonce or key, `audience` for any other, `claims` where a plain one cannot be told from the next.
 */
export function boundByAudience(
  jwt: UnverifiedJwt,
  issuer: string,
  { exp, iat }: TokenTimes,
  { binding, plainAudiences = [] }: Pick<Bound, 'binding' | 'plainAudiences'>,
  publicUrl: string,
): Pick<Proven, 'plainAudience' | 'reusable'> {
  const audience = audienceOf(jwt);
  if (audience === evidenceAudience(publicUrl, binding)) return {};
  if (!plainAudiences.includes(audience)) {
    throw audience.startsWith(`${publicUrl}/`)
      ? new EvidenceFault('binding', 'token', 'the token is not bound to this nonce and key')
      : new EvidenceFault('audience', 'token', 'the token is not for this broker');
  }
  const jti = member(jwt.claims, 'jti');
  if (iat === undefined || exp - iat > longestPlain || (jti !== undefined && typeof jti !== 'string'))
    throw new EvidenceFault(
      'claims',
      'token',
      'a token without a nonce needs iat, a jti that is text if it has one, and at most a day to live',
    );
  const until: EpochSeconds = after(epochSeconds(exp), skew);
  const sub = member(jwt.claims, 'sub');
  const id = sha256Base64Url(JSON.stringify(jti === undefined ? [issuer, sub, iat, exp] : [issuer, jti]));
  return { plainAudience: audience, reusable: { id, until } };
}
