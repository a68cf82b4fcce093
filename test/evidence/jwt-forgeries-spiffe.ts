import { type JwtKey, type Members, written } from './jwt-signing.ts';
import { jwtKeys, spiffeId } from './jwt-sound.ts';
import { header, type JwtForgery, values } from './jwt-world.ts';

/** Of another trust domain than whose key signed it. */
function ofDomain(sub: string, kid: string, fault: JwtForgery['fault'], attack: string): JwtForgery {
  return {
    attack,
    fault,
    write: ({ sound }) =>
      written({
        ...sound,
        header: { ...sound.header, kid },
        claims: { ...sound.claims, sub },
      }),
  };
}

function by(key: JwtKey, change: Members, fault: JwtForgery['fault'], attack: string): JwtForgery {
  return {
    attack,
    fault,
    write: ({ sound }) =>
      written({
        ...sound,
        header: { ...sound.header, alg: key.alg, kid: key.kid, ...change },
        key,
      }),
  };
}

const path = '/ns/agents/sa/invoice';

/** Forgeries of a JWT-SVID, beside those of any JWT and of audiences. */
export const svidTokenForgeries: readonly JwtForgery[] = [
  ...values('sub', 'subject', undefined, null, '', 1, [spiffeId], { id: spiffeId }),
  ...values(
    'sub',
    'subject',
    `https://example.org${path}`,
    `SPIFFE://example.org${path}`,
    `Spiffe://example.org${path}`,
    `spiffe:/example.org${path}`,
    `spiffe:example.org${path}`,
    `spiffe://EXAMPLE.org${path}`,
    `spiffe://example.org:443${path}`,
    `spiffe://admin@example.org${path}`,
    `spiffe://${path}`,
    `spiffe://exаmple.org${path}`,
    `spiffe://example.org%2f${path}`,
    `${spiffeId}?x=1`,
    `${spiffeId}#x`,
    `${spiffeId}/`,
    `${spiffeId} `,
    `${spiffeId}\n`,
    `${spiffeId}\0`,
    ` ${spiffeId}`,
    `${spiffeId}/../admin`,
    `${spiffeId}/..`,
    `${spiffeId}/./x`,
    `${spiffeId}/%2e%2e/admin`,
    `${spiffeId}/%61`,
    `${spiffeId}//x`,
    `${spiffeId}/é`,
    `${spiffeId}/*`,
    `${spiffeId}/${'x'.repeat(2_048)}`,
    'spiffe://example.org',
    'spiffe://example.org/',
  ),
  ...values(
    'sub',
    'trust_domain',
    `spiffe://other.example${path}`,
    `spiffe://a.example.org${path}`,
    `spiffe://example.org.${path}`,
    `spiffe://example.org.evil.example${path}`,
    `spiffe://__proto__${path}`,
    `spiffe://constructor${path}`,
  ),
  ofDomain(
    `spiffe://partner.example${path}`,
    jwtKeys.spire.kid,
    'unknown_key',
    'it is of a partner’s trust domain, signed with a key of this one',
  ),
  ofDomain(
    `spiffe://partner.example${path}`,
    jwtKeys.partner.kid,
    'signature',
    'it is of a partner’s trust domain and names the partner’s key, which did not sign it',
  ),
  by(jwtKeys.partner, {}, 'unknown_key', 'a partner’s trust domain signed it'),
  header('its header has the thumbprint of a certificate', { x5t: 'x' }),
];
