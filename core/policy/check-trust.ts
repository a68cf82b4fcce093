import type { Problem } from './problem.ts';
import type { TrustSources } from './schema-trust.ts';

/**
 * Names of which a second one would never be asked, or be asked in place of the first; and issuers of AWS among those of
 * OpenID Connect, where nobody asks whether the role of a token calls, or is one that is never an agent.
 */
export function trustProblems(trust: TrustSources): Problem[] {
  return [
    ...twice(
      'aws_web_identity',
      'account',
      trust.aws_web_identity.map(({ account }) => account),
    ),
    ...twice(
      'aws_web_identity',
      'issuer',
      trust.aws_web_identity.map(({ issuer }) => issuer),
    ),
    ...twice(
      'oidc',
      'issuer',
      trust.oidc.map(({ issuer }) => issuer),
    ),
    ...twice(
      'spiffe',
      'trust_domain',
      trust.spiffe.map(({ trust_domain }) => trust_domain),
    ),
    ...twice(
      'aws_ec2_iid',
      'region',
      trust.aws_ec2_iid.map(({ region }) => region),
    ),
    ...trust.oidc.flatMap(({ issuer }, i) =>
      isOfAws(issuer, trust)
        ? [
            {
              path: ['trust_sources', 'oidc', i, 'issuer'],
              message: 'issues tokens of IAM roles: name it under aws_web_identity, which looks at the role',
            },
          ]
        : [],
    ),
  ];
}

/** What iam:EnableOutboundWebIdentityFederation answers is `https://<id>.tokens.sts.global.api.aws`. */
function isOfAws(issuer: string, { aws_web_identity }: TrustSources): boolean {
  return (
    aws_web_identity.some((each) => each.issuer === issuer) || /^https:\/\/[^/]+\.tokens\.sts\./i.test(issuer)
  );
}

function twice(section: string, field: string, names: readonly string[]): Problem[] {
  return names.flatMap((name, i) =>
    names.indexOf(name) < i
      ? [{ path: ['trust_sources', section, i, field], message: `this ${field} is named twice` }]
      : [],
  );
}
