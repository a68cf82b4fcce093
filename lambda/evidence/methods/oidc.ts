import { EvidenceFault, type Verify } from '../../../core/evidence.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';
import { boundByAudience } from '../audience-binding.ts';
import { member } from '../compact-jwt.ts';
import { checkTimes, readEvidenceJwt, type SigningTerms, textClaim, verifySignature } from '../signed-jwt.ts';

/**
 * Verifies a token of a configured OpenID Connect issuer (OpenID Connect Core section 2): GitHub Actions, GitLab, Google,
 * the issuer of a Kubernetes cluster, or any other. Which of its claims are needed, the policy says.
 */
export function oidc(
  issuers: ReadonlyMap<string, SigningTerms>,
  publicUrl: string,
): Verify<EvidenceOf<'oidc'>> {
  return async ({ token }, bound) => {
    // GitHub writes the thumbprint of a certificate as well; the key is found without it.
    const jwt = readEvidenceJwt(token, { types: ['JWT'], ignored: ['x5t'] });
    const iss = member(jwt.claims, 'iss');
    const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined;
    if (!issuer || typeof iss !== 'string')
      throw new EvidenceFault('unknown_issuer', 'token', 'its issuer is not one that this broker trusts');
    await verifySignature(token, jwt, issuer);
    const times = checkTimes(jwt, bound.now);
    if (times.iat === undefined) throw new EvidenceFault('claims', 'token', 'the token has no iat');
    const subject = textClaim(jwt, 'sub', /^[ -~]{1,255}$/, 'subject');
    return {
      method: 'oidc',
      principal: `${iss}#${subject}`,
      facts: { oidc_issuer: iss, oidc_subject: subject },
      claims: jwt.claims,
      ...boundByAudience(jwt, iss, times, bound, publicUrl),
    };
  };
}
