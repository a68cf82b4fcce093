import { EvidenceFault, type Verify } from '../../../core/evidence.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';
import { parseSpiffeId } from '../../../core/spiffe-id.ts';
import { boundByAudience } from '../audience-binding.ts';
import type { ProviderKeys } from '../provider-keys.ts';
import { checkTimes, readEvidenceJwt, textClaim, verifySignature } from '../signed-jwt.ts';

/** What a JWT-SVID may be signed with (JWT-SVID section 2.1): no EdDSA, and nothing with a shared secret. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];

/**
 * Verifies a JWT-SVID (SPIFFE, JWT-SVID sections 2 and 3) with the keys of the trust domain that its own subject names:
 * no domain's keys vouch for an id of another one. `keysOf` answers undefined for a domain that is not trusted.
 */
export function spiffeJwt(
  keysOf: (trustDomain: string) => ProviderKeys | undefined,
  publicUrl: string,
): Verify<EvidenceOf<'spiffe_jwt'>> {
  return async ({ token }, bound) => {
    const jwt = readEvidenceJwt(token, { types: ['JWT', 'JOSE'] });
    const id = textClaim(jwt, 'sub', /^spiffe:/, 'subject');
    const { trustDomain, path } = parseSpiffeId(id) ?? {};
    // An id without a path is the trust domain's own, and no workload's (SPIFFE-ID section 2.2).
    if (trustDomain === undefined || !path)
      throw new EvidenceFault('subject', 'token', 'sub is not the SPIFFE id of a workload');
    const keys = keysOf(trustDomain);
    if (!keys) throw new EvidenceFault('trust_domain', 'token', 'its trust domain is not trusted');
    await verifySignature(token, jwt, { algorithms, keys });
    const times = checkTimes(jwt, bound.now);
    return {
      method: 'spiffe_jwt',
      principal: id,
      facts: { spiffe_id: id },
      ...boundByAudience(jwt, id, times, bound, publicUrl),
    };
  };
}
