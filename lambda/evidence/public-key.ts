import type { JWK } from 'jose';

/** A coordinate on P-256: 32 bytes in base64url, whose last character has two bits that are none of its own. */
const coordinate = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/**
 * Exactly the members of the public P-256 key in a header, so that whatever else it holds is not passed on; or what is
 * wrong with it. One key has one form, as its thumbprint is over the form (RFC 7518 section 6.2.1).
 */
export function publicP256(jwk: JWK | undefined): JWK | string {
  if (jwk?.kty !== 'EC' || jwk.crv !== 'P-256' || !isCoordinate(jwk.x) || !isCoordinate(jwk.y))
    return 'holds no P-256 key';
  if (jwk.d !== undefined) return 'holds a private key: that key is burnt, make a new one';
  return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && coordinate.test(value);
}
