import type { IdentityProvider } from '../policy/identity-providers.ts';
import type { Problem } from '../policy/problem.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import { mostRisk } from './most-risk.ts';

/** Where people are counted on who cannot be there. `providers` are those of the deployment. */
export function peopleWarnings(policy: ContextPolicy, providers: readonly IdentityProvider[]): Problem[] {
  const { user_delegation: delegation } = policy.conditions;
  const asked = approvalsOf(policy);
  const needed = [
    ...(delegation.is === 'not_used'
      ? []
      : [{ path: ['conditions', 'user_delegation'], mfa: delegation.mfa }]),
    ...asked,
  ];
  return [
    ...needed.flatMap(({ path, mfa }) => unprovable(path, mfa, providers)),
    ...unknownIssuers(policy, providers),
    ...ownDecision(policy, asked),
    ...flooded(policy, asked),
    ...ownRisk(policy),
    ...riskWarnings(policy),
  ];
}

type Asked = { readonly path: Problem['path']; readonly mfa: 'required' | 'not_required' };

function approvalsOf({ conditions, risk }: ContextPolicy): Asked[] {
  const rules = Object.entries(conditions.rules).flatMap(([name, list]) =>
    list.flatMap(({ then }, i) =>
      then.approval ? [{ path: ['conditions', name, i], mfa: then.approval.mfa }] : [],
    ),
  );
  return [...rules, ...(risk.approval.from ? [{ path: ['risk', 'approval'], mfa: risk.approval.mfa }] : [])];
}

function unprovable(
  path: Problem['path'],
  mfa: Asked['mfa'],
  providers: readonly IdentityProvider[],
): Problem[] {
  if (providers.length === 0)
    return [{ path, message: 'identity-providers.yaml names nobody: no person can ever prove who they are' }];
  const tells = providers.some((each) => each.mfa.amr.length + each.mfa.acr.length > 0);
  return mfa === 'required' && !tells
    ? [{ path, message: 'MFA is required, and no identity provider has a rule for what counts as MFA' }]
    : [];
}

/** Four eyes compare with the user behind a task: where none is needed, an agent leaves theirs out. */
function ownDecision({ conditions }: ContextPolicy, asked: readonly Asked[]): Problem[] {
  return asked.length > 0 && conditions.user_delegation.is === 'preferred'
    ? [
        {
          path: ['conditions', 'user_delegation'],
          message:
            'preferred, and people are asked: without their token, a user may decide on their own task',
        },
      ]
    : [];
}

/** Each request that waits is a message to people. */
function flooded({ limits }: ContextPolicy, asked: readonly Asked[]): Problem[] {
  return asked.length > 0 && limits.per_hour === undefined
    ? [
        {
          path: ['limits'],
          message: 'people are asked, and no per_hour keeps agents from asking without end',
        },
      ]
    : [];
}

function unknownIssuers(policy: ContextPolicy, providers: readonly IdentityProvider[]): Problem[] {
  const { is, issuers = [] } = policy.conditions.user_delegation;
  if (is === 'not_used' || providers.length === 0) return [];
  return issuers.flatMap((issuer, i) =>
    providers.some((each) => each.issuer === issuer)
      ? []
      : [
          {
            path: ['conditions', 'user_delegation', 'issuers', i],
            message: `${issuer} is not in identity-providers.yaml: none of its users can ever be known`,
          },
        ],
  );
}

/** A rule whose own risk comes to something stricter than the rule says. */
function ownRisk({ conditions, risk }: ContextPolicy): Problem[] {
  return Object.entries(conditions.rules).flatMap(([name, list]) =>
    list.flatMap(({ then }, i) => {
      const own = then.outcome === 'deny' ? 0 : (then.risk ?? 0);
      const path = ['conditions', name, i];
      if (own >= risk.deny.at)
        return [{ path, message: `its own risk of ${own} denies what it would grant` }];
      return then.outcome === 'allow' && own >= risk.approval.at
        ? [{ path, message: `its own risk of ${own} asks people for what it approves` }]
        : [];
    }),
  );
}

function riskWarnings(policy: ContextPolicy): Problem[] {
  const { approval, deny } = policy.risk;
  const most = mostRisk(policy);
  const path = ['risk', 'approval'];
  if (!approval.from)
    return most >= approval.at && approval.at < deny.at
      ? [
          {
            path,
            message: `risk may come to ${most}, and from ${approval.at} on nobody is named to ask: denied`,
          },
        ]
      : [];
  if (approval.at === deny.at)
    return [{ path, message: `from ${deny.at} on tasks are denied, so that nobody is ever asked` }];
  return most < approval.at
    ? [{ path, message: `risk comes to ${most} at most: nobody is ever asked from ${approval.at} on` }]
    : [];
}
