import { withoutPath } from '../identity.ts';
import { deploymentMaximum } from '../lifetime.ts';
import { patternProblem } from './pattern.ts';
import type { ContextPolicy, Guardrail, Rule } from './schema.ts';
import { literalsOf, parametersOf } from './template.ts';

/** What is wrong with a policy, and where: `path` leads to the value in the document. */
export type Problem = { readonly path: readonly (string | number)[]; readonly message: string };

/** Everything a schema cannot say: names that must exist, patterns, order of rules, and the guardrail. */
export function checkPolicy(policy: ContextPolicy, guardrail: Guardrail): Problem[] {
  return [
    ...parameterProblems(policy),
    ...conditionProblems(policy),
    ...capabilityProblems(policy, guardrail),
    ...attestationProblems(policy, guardrail),
    ...lifetimeProblems(policy),
  ];
}

function parameterProblems(policy: ContextPolicy): Problem[] {
  return Object.entries(policy.parameters).flatMap(([name, parameter]) => {
    if (parameter.type !== 'string') return [];
    const problem = patternProblem(parameter.pattern);
    return problem ? [{ path: ['parameters', name, 'pattern'], message: `not a pattern: ${problem}` }] : [];
  });
}

function conditionProblems(policy: ContextPolicy): Problem[] {
  return Object.entries(policy.conditions).flatMap(([name, rules]) => {
    const path = ['conditions', name];
    const parameter = policy.parameters[name];
    if (!parameter) return [{ path, message: `no parameter is called ${name}` }];
    if (parameter.type !== 'number')
      return [{ path, message: `${name} is not a number, so it has no rules` }];
    return elseProblems(rules, path);
  });
}

function elseProblems(rules: readonly Rule[], path: string[]): Problem[] {
  const early = rules.slice(0, -1).findIndex((rule) => 'else' in rule);
  if (early >= 0) return [{ path: [...path, early], message: 'rules after `else` are never reached' }];
  const last = rules.at(-1);
  return last && 'else' in last
    ? []
    : [{ path: [...path, rules.length - 1], message: 'the last rule must be `else`' }];
}

function capabilityProblems(policy: ContextPolicy, guardrail: Guardrail): Problem[] {
  return Object.entries(policy.capabilities).flatMap(([name, { aws }]) => [
    ...aws.actions.flatMap((action, i) =>
      guardrail.services.includes(action.split(':')[0] ?? '')
        ? []
        : [
            {
              path: ['capabilities', name, 'aws', 'actions', i],
              message: `${action}: the guardrail does not list its service`,
            },
          ],
    ),
    ...aws.resources.flatMap((resource, i) =>
      resourceProblems(resource, policy, guardrail).map((message) => ({
        path: ['capabilities', name, 'aws', 'resources', i],
        message,
      })),
    ),
  ]);
}

function resourceProblems(resource: string, policy: ContextPolicy, guardrail: Guardrail): string[] {
  const problems = parametersOf(resource).flatMap((name) => {
    const parameter = policy.parameters[name];
    if (!parameter) return [`no parameter is called ${name}`];
    return parameter.type === 'string' ? [] : [`${name} is a number; only strings may stand in a resource`];
  });
  const literals = literalsOf(resource);
  if (/[*?$]/.test(literals)) problems.push('a resource holds no wildcard and no $ beside ${parameter}');
  const [, , service = '', , account = '', ...rest] = resource.split(':');
  if (/[${]/.test(resource.split(':').slice(0, 5).join(':')))
    problems.push('only the last part of an ARN may hold parameters');
  if (!guardrail.services.includes(service))
    problems.push(`the guardrail does not list the service ${service}`);
  if (account !== '' && !guardrail.accounts.includes(account))
    problems.push(`the guardrail does not list the account ${account}`);
  const bucket = rest.join(':').split('/')[0] ?? '';
  if (service === 's3' && !guardrail.buckets.includes(bucket))
    problems.push(`the guardrail does not list the bucket ${bucket}`);
  return problems;
}

function attestationProblems(policy: ContextPolicy, guardrail: Guardrail): Problem[] {
  return policy.attestation.any_of.flatMap(({ aws_iam: { role } }, i) => {
    const account = withoutPath(role).split(':')[4] ?? '';
    return guardrail.accounts.includes(account)
      ? []
      : [
          {
            path: ['attestation', 'any_of', i, 'aws_iam', 'role'],
            message: `the guardrail does not list the account ${account}`,
          },
        ];
  });
}

function lifetimeProblems({ lifetime }: ContextPolicy): Problem[] {
  if (lifetime.longest < 1 || lifetime.longest > deploymentMaximum) {
    return [
      {
        path: ['lifetime', 'longest'],
        message: `from 1 s to the deployment maximum of ${deploymentMaximum} s`,
      },
    ];
  }
  return lifetime.floor > lifetime.longest
    ? [{ path: ['lifetime', 'floor'], message: 'the floor is above `longest`' }]
    : [];
}
