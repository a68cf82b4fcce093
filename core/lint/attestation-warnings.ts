import { methodsOf, strengthOfWay } from '../attestation-terms.ts';
import { strengths } from '../evidence.ts';
import type { Problem } from '../policy/problem.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Way } from '../policy/schema-attestation.ts';
import type { TrustSources } from '../policy/schema-trust.ts';

/** Where the ways of a policy prove less than one might think. `trust` is what the deployment trusts. */
export function attestationWarnings(policy: ContextPolicy, trust: TrustSources | undefined): Problem[] {
  return [
    ...policy.attestation.any_of.flatMap((way, i) =>
      [
        ...githubWarnings(way),
        ...starWarnings(way),
        ...plainWarnings(way),
        ...roleAlone(way, trust),
        ...anywhere(way, policy),
        ...manySubjects(way, policy),
        ...namedLikeInstances(way),
      ].map(({ path, message }) => ({ path: ['attestation', 'any_of', i, ...path], message })),
    ),
    ...weakestDecides(policy),
    ...chosenSessions(policy),
  ];
}

/** The issuer of GitHub Actions, and those of enterprises that have one of their own. */
const github = 'https://token.actions.githubusercontent.com';
const ids = ['repository_id', 'repository_owner_id'];

function githubWarnings({ oidc }: Way): Problem[] {
  if (!oidc || (oidc.issuer !== github && !oidc.issuer.startsWith(`${github}/`))) return [];
  const { subject = '', claims = {} } = oidc;
  const named = ids.some((id) => Object.hasOwn(claims, id) || subject.includes(`${id}:`));
  return [
    ...(named
      ? []
      : [
          {
            path: ['oidc'],
            message: `names of repositories and owners can be taken over by others: ask for one of ${ids.join(', ')}, too`,
          },
        ]),
    ...(/:pull_request$/.test(subject)
      ? [{ path: ['oidc', 'subject'], message: 'what any pull request of the repository runs is this agent' }]
      : []),
  ];
}

/** In trust policies of AWS such a subject is a pattern. */
function starWarnings({ oidc }: Way): Problem[] {
  return /[*?]/.test(oidc?.subject ?? '')
    ? [
        {
          path: ['oidc', 'subject'],
          message: 'compared exactly: * and ? stand for themselves, and hardly any token has them',
        },
      ]
    : [];
}

function plainWarnings(way: Way): Problem[] {
  return (['spiffe_jwt', 'oidc'] as const)
    .filter((method) => way[method]?.plain_audience !== undefined)
    .map((method) => ({
      path: [method, 'plain_audience'],
      message: 'takes tokens without a nonce: whoever gets one before its agent uses it is that agent',
    }));
}

function roleAlone(way: Way, trust: TrustSources | undefined): Problem[] {
  const account = way.aws_iam?.role.split(':')[4];
  const alone = account !== undefined && methodsOf(way).length === 1;
  return alone && trust?.aws_web_identity.some((each) => each.account === account)
    ? [
        {
          path: ['aws_iam'],
          message: `proves the role only: aws_web_identity, which this deployment trusts for ${account}, says where it runs as well`,
        },
      ]
    : [];
}

/** `workload` is asked for, and what AWS signs says no more than the role where nothing else is pinned. */
function anywhere({ aws_web_identity: terms }: Way, { attestation: { minimum } }: ContextPolicy): Problem[] {
  if (minimum !== 'workload' || !terms || terms.lambda_function !== undefined || terms.vpc !== undefined)
    return [];
  return [
    {
      path: ['aws_web_identity'],
      message:
        'whoever has credentials of the role gets such a token anywhere: name lambda_function or vpc where it can be',
    },
  ];
}

/** Every subject is a principal: who may choose among several has the limits of a principal as often. */
function manySubjects({ oidc }: Way, { limits }: ContextPolicy): Problem[] {
  const counted = limits.per_task !== undefined || (limits.sum ?? []).some(({ per }) => per === 'principal');
  return oidc && oidc.subject === undefined && counted
    ? [
        {
          path: ['oidc'],
          message:
            'each subject that these claims fit is a principal with limits of its own: name `subject`, or limit per user',
        },
      ]
    : [];
}

/** Beside a token of AWS the instance is AWS's word; beside the rest it is the name of a session, which may be chosen. */
function namedLikeInstances({ aws_ec2_iid, aws_web_identity }: Way): Problem[] {
  return aws_ec2_iid && !aws_web_identity
    ? [
        {
          path: ['aws_ec2_iid'],
          message:
            "held against the session's name, which is chosen by whoever may assume the role: only EC2 should, or put it beside aws_web_identity",
        },
      ]
    : [];
}

/** One step apart is often meant so; two hardly. */
function weakestDecides({ attestation: { any_of, minimum } }: ContextPolicy): Problem[] {
  const ranks = any_of.map((way) => strengths.indexOf(strengthOfWay(methodsOf(way))));
  const [least, most] = [Math.min(...ranks), Math.max(...ranks)];
  if (minimum !== undefined || most - least < 2) return [];
  return [
    {
      path: ['attestation', 'any_of', ranks.indexOf(least)],
      message: `proves ${strengths[least]} only, another way ${strengths[most]}: the weakest decides; with a minimum it is meant so`,
    },
  ];
}

/** Whoever assumes a role says what its session is called. */
function chosenSessions({ parameters }: ContextPolicy): Problem[] {
  return Object.entries(parameters).flatMap(([name, { source }]) =>
    typeof source === 'object' && 'attestation' in source && source.attestation === 'aws_session'
      ? [
          {
            path: ['parameters', name, 'source'],
            message:
              'a session is called what whoever assumed the role said, unless its trust policy pins it',
          },
        ]
      : [],
  );
}
