import { methodsOf, principalMethods, saysWho, strengthOfWay } from '../attestation-terms.ts';
import { type FactName, isAtLeast, type Method } from '../evidence.ts';
import { isGrantRole, looksLikeEntryRole } from '../plan.ts';
import { parseSpiffeId } from '../spiffe-id.ts';
import type { Problem } from './problem.ts';
import type { ContextPolicy, Guardrail } from './schema.ts';
import type { Way } from './schema-attestation.ts';
import type { TrustSources } from './schema-trust.ts';

/** Facts that each method can prove. */
const provenFacts: Readonly<Record<Method, readonly FactName[]>> = {
  aws_iam: ['aws_account', 'aws_role', 'aws_session'],
  aws_web_identity: ['aws_account', 'aws_role', 'aws_org', 'lambda_function', 'ec2_instance', 'ec2_vpc'],
  aws_presigned: ['aws_account', 'aws_role', 'aws_session'],
  spiffe_jwt: ['spiffe_id'],
  spiffe_x509: ['spiffe_id'],
  oidc: ['oidc_issuer', 'oidc_subject'],
  aws_nitro: [],
  aws_ec2_iid: ['aws_account', 'aws_region', 'ec2_instance', 'ec2_image'],
};

/** What is wrong with the ways in which an agent proves its type: inside the guardrail, and by what is trusted. */
export function attestationProblems(
  policy: ContextPolicy,
  guardrail: Guardrail,
  trust: TrustSources,
): Problem[] {
  const { any_of, minimum } = policy.attestation;
  return [
    ...any_of.flatMap((way, i) =>
      [...rolesOf(way, guardrail), ...supported(way), ...contradictory(way), ...trusted(way, trust)].map(
        ({ path, message }) => ({
          path: ['attestation', 'any_of', i, ...path],
          message,
        }),
      ),
    ),
    ...any_of.flatMap((way, i) => {
      const strength = strengthOfWay(methodsOf(way));
      return minimum === undefined || isAtLeast(strength, minimum)
        ? []
        : [
            {
              path: ['attestation', 'any_of', i],
              message: `proves ${strength} at most, which is below the minimum of ${minimum}: nobody could use it`,
            },
          ];
    }),
    ...unprovenFacts(policy),
  ];
}

function rolesOf(way: Way, guardrail: Guardrail): Problem[] {
  const accounts = way.aws_ec2_iid ? [[['aws_ec2_iid', 'account'], way.aws_ec2_iid.account] as const] : [];
  const roles = (['aws_iam', 'aws_web_identity', 'aws_presigned'] as const).flatMap((method) => {
    const role = way[method]?.role;
    return role === undefined ? [] : [[[method, 'role'], role] as const];
  });
  return [
    ...accounts.flatMap(([path, account]) => outside(path, account, guardrail)),
    ...roles.flatMap(([path, role]) => [
      ...outside(path, role.split(':')[4] ?? '', guardrail),
      // What was granted for one lease would get others, from the next broker on and without end.
      ...(isGrantRole(role) ? [{ path, message: 'a grant role is never an agent' }] : []),
      ...(looksLikeEntryRole(role)
        ? [{ path, message: 'the entry role is never an agent: it proves nothing' }]
        : []),
    ]),
  ];
}

function outside(path: readonly string[], account: string, { accounts }: Guardrail): Problem[] {
  return accounts.includes(account)
    ? []
    : [{ path, message: `the guardrail does not list the account ${account}` }];
}

/**
 * Registers that measure code: an enclave's image, its application, who signed it; what a NitroTPM saw booted, and by whose
 * keys. Others measure a kernel that any enclave may have, the role or the instance around it, or what the system of an
 * instance extends as it likes.
 */
const ofCode = ['0', '2', '8', 'tpm4', 'tpm7'];

/** What runs somewhere is nobody yet: such evidence stands beside some that says who. */
function supported(way: Way): Problem[] {
  const methods = methodsOf(way);
  const isBeside = (others: readonly Method[]) => methods.some((method) => others.includes(method));
  const besideAws = ['aws_iam', 'aws_web_identity', 'aws_presigned'] as const;
  return [
    ...(way.aws_ec2_iid && !isBeside(besideAws)
      ? [{ path: ['aws_ec2_iid'], message: `can be copied: put it beside one of ${besideAws.join(', ')}` }]
      : []),
    ...(way.aws_nitro && !saysWho(methods)
      ? [
          {
            path: ['aws_nitro'],
            message: `says what runs, not whose it is: put it beside one of ${principalMethods.join(', ')}`,
          },
        ]
      : []),
    ...(way.aws_nitro && !Object.keys(way.aws_nitro.pcrs).some((name) => ofCode.includes(name))
      ? [
          {
            path: ['aws_nitro', 'pcrs'],
            message: `measures no code by these registers: name at least one of ${ofCode.join(', ')}`,
          },
        ]
      : []),
    ...(way.oidc && way.oidc.subject === undefined && way.oidc.claims === undefined
      ? [{ path: ['oidc'], message: 'name `subject` or `claims`: everybody has tokens of this issuer' }]
      : []),
  ];
}

/** All pieces of a way speak of one runtime: of terms that differ, nobody could prove both. */
function contradictory(way: Way): Problem[] {
  const { aws_iam, aws_web_identity, aws_presigned, spiffe_jwt, spiffe_x509, aws_ec2_iid } = way;
  const role = aws_iam?.role ?? aws_web_identity?.role ?? aws_presigned?.role;
  const id = spiffe_jwt?.id ?? spiffe_x509?.id;
  const account = role?.split(':')[4];
  const other = (
    path: readonly string[],
    what: string,
    asked: string | undefined,
    first: string | undefined,
  ) =>
    asked === undefined || first === undefined || asked === first
      ? []
      : [{ path, message: `not the same ${what} as beside it, ${first}: nobody could prove both` }];
  return [
    ...other(['aws_web_identity', 'role'], 'role', aws_web_identity?.role, role),
    ...other(['aws_presigned', 'role'], 'role', aws_presigned?.role, role),
    ...other(['spiffe_x509', 'id'], 'SPIFFE id', spiffe_x509?.id, id),
    ...other(['aws_ec2_iid', 'account'], 'account', aws_ec2_iid?.account, account),
  ];
}

/** Nothing that a policy says makes anybody's word count: trust-sources.yaml does. */
function trusted(way: Way, trust: TrustSources): Problem[] {
  const untrusted = (path: readonly string[], what: string) => ({
    path,
    message: `trust-sources.yaml lists ${what}`,
  });
  const webIdentity = way.aws_web_identity?.role.split(':')[4];
  const domains = (['spiffe_jwt', 'spiffe_x509'] as const).flatMap((method) => {
    const id = way[method]?.id;
    return id === undefined ? [] : [{ method, domain: parseSpiffeId(id)?.trustDomain ?? '' }];
  });
  return [
    ...(webIdentity !== undefined && !trust.aws_web_identity.some(({ account }) => account === webIdentity)
      ? [
          untrusted(
            ['aws_web_identity', 'role'],
            `no issuer for the account ${webIdentity} under aws_web_identity`,
          ),
        ]
      : []),
    ...(way.aws_presigned && !trust.aws_presigned
      ? [untrusted(['aws_presigned'], 'no regions under aws_presigned')]
      : []),
    ...domains
      .filter(({ domain }) => !trust.spiffe.some(({ trust_domain }) => trust_domain === domain))
      .map(({ method, domain }) => untrusted([method, 'id'], `no trust domain ${domain} under spiffe`)),
    ...(way.oidc && !trust.oidc.some(({ issuer }) => issuer === way.oidc?.issuer)
      ? [untrusted(['oidc', 'issuer'], `no issuer ${way.oidc.issuer} under oidc`)]
      : []),
    ...(way.aws_nitro && !trust.aws_nitro ? [untrusted(['aws_nitro'], 'no aws_nitro')] : []),
    ...(way.aws_ec2_iid && trust.aws_ec2_iid.length === 0
      ? [untrusted(['aws_ec2_iid'], 'no certificate under aws_ec2_iid')]
      : []),
  ];
}

/** A parameter that is taken from the attestation needs a fact that every way can prove. */
function unprovenFacts({ attestation, parameters }: ContextPolicy): Problem[] {
  return Object.entries(parameters).flatMap(([name, { source }]) => {
    const fact = typeof source === 'object' && 'attestation' in source ? source.attestation : undefined;
    if (fact === undefined) return [];
    const without = attestation.any_of.findIndex(
      (way) => !methodsOf(way).some((method) => provenFacts[method].includes(fact)),
    );
    return without < 0
      ? []
      : [
          {
            path: ['parameters', name, 'source', 'attestation'],
            message: `attestation.any_of.${without} cannot prove ${fact}`,
          },
        ];
  });
}
