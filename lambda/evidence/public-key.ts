import type { JWK } from 'jose';

/**
 * Exactly the members of the public P-256 key in a header, so that whatever else it holds is not passed on; or what is
 * wrong with it.
 */
export function publicP256(jwk: JWK | undefined): JWK | string {
  if (jwk?.kty !== 'EC' || jwk.crv !== 'P-256' || !jwk.x || !jwk.y) return 'holds no P-256 key';
  if (jwk.d !== undefined) return 'holds a private key: that key is burnt, make a new one';
  return { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y };
}
