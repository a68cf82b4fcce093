import { nearest } from '../nearest.ts';
import { judgedParameters } from './judged.ts';
import { matchesPattern, patternProblem } from './pattern.ts';
import type { Problem } from './problem.ts';
import { type RuleTest, ruleTestProblem } from './rule-test.ts';
import type { Capability, ContextPolicy } from './schema.ts';
import type { ApprovalTerms, Rule, Verdict } from './schema-conditions.ts';
import type { Parameter } from './schema-parameters.ts';
import { parametersOf } from './template.ts';
import { everyResource } from './unscoped-actions.ts';

/** What is wrong with the conditions, the risk and the limits of a policy, by its own names. */
export function checkConditions(policy: ContextPolicy): Problem[] {
  return [
    ...Object.entries(policy.conditions.rules).flatMap(([name, rules]) => rulesProblems(policy, name, rules)),
    ...(['user_delegation', 'business_hours'] as const).flatMap((name) =>
      withoutProblems(policy, policy.conditions[name].otherwise, ['conditions', name, 'otherwise']),
    ),
    ...delegationProblems(policy),
    ...judgedProblems(policy),
    ...riskProblems(policy),
    ...sumProblems(policy),
  ];
}

function rulesProblems(policy: ContextPolicy, name: string, rules: readonly Rule[]): Problem[] {
  const path = ['conditions', name];
  const parameter = Object.hasOwn(policy.parameters, name) ? policy.parameters[name] : undefined;
  if (!parameter) {
    const meant = nearest(name, ['user_delegation', 'business_hours', ...Object.keys(policy.parameters)]);
    return [{ path, message: `no parameter is called ${name}${meant ? `; did you mean ${meant}?` : ''}` }];
  }
  return [
    ...rules.flatMap((rule, i) => {
      const message = 'test' in rule ? testProblem(rule.test, parameter) : undefined;
      return message === undefined ? [] : [{ path: [...path, i, 'if'], message }];
    }),
    ...rules.flatMap(({ then }, i) => withoutProblems(policy, then, [...path, i])),
    ...rules.flatMap(({ then }, i) => proofProblems(then.approval, [...path, i])),
    ...elseProblems(rules, path),
  ];
}

function testProblem(test: RuleTest, parameter: Parameter): string | undefined {
  const problem = ruleTestProblem(test, parameter.type);
  if (problem || parameter.type === 'number') return problem;
  if (patternProblem(parameter.pattern)) return undefined;
  const values = test.op === 'in' ? test.values : test.op === '==' ? [test.value] : [];
  // Misspelt, what was to be denied would fall to another rule.
  const never = values.find((each) => !matchesPattern(parameter.pattern, each));
  return never === undefined ? undefined : `its pattern ${parameter.pattern} never admits ${never}`;
}

function elseProblems(rules: readonly Rule[], path: string[]): Problem[] {
  const early = rules.slice(0, -1).findIndex((rule) => !('test' in rule));
  if (early >= 0) return [{ path: [...path, early], message: 'rules after `else` are never reached' }];
  const last = rules.at(-1);
  return last && 'test' in last
    ? [{ path: [...path, rules.length - 1], message: 'the last rule must be `else`' }]
    : [];
}

/** A person may come by as many sessions as they like: only ID tokens tell that two of them are one person. */
function proofProblems(
  terms: Pick<ApprovalTerms, 'proof' | 'count'> | undefined,
  path: readonly (string | number)[],
): Problem[] {
  return terms?.proof === 'role' && terms.count > 1
    ? [{ path, message: 'with `proof: role` nobody can tell two people apart: count is 1' }]
    : [];
}

function withoutProblems(
  policy: ContextPolicy,
  { without = [] }: Pick<Verdict, 'without'>,
  path: readonly (string | number)[],
): Problem[] {
  return without
    .filter((name) => !Object.hasOwn(policy.capabilities, name))
    .map((name) => {
      const meant = nearest(name, Object.keys(policy.capabilities));
      return {
        path,
        message: `without: no capability is called ${name}${meant ? `; did you mean ${meant}?` : ''}`,
      };
    });
}

/** What a value decides must be what it is decided about: a user who is only preferred may not be there. */
function delegationProblems(policy: ContextPolicy): Problem[] {
  if (policy.conditions.user_delegation.is === 'required') return [];
  const parameters = Object.entries(policy.parameters).flatMap(([name, { source }]) =>
    source === 'delegation' || (typeof source === 'object' && 'delegation' in source)
      ? [
          {
            path: ['parameters', name, 'source'],
            message: 'a value from the user needs `user_delegation: required`',
          },
        ]
      : [],
  );
  const sums = policy.limits.sum?.some(({ per }) => per === 'user')
    ? [{ path: ['limits', 'sum'], message: 'a sum per user needs `user_delegation: required`' }]
    : [];
  return [...parameters, ...sums];
}

/**
 * An agent that states what it is judged by could state anything, unless that is also what it gets: what is claimed and
 * judged, or looks up what is judged, must stand in every resource of every capability.
 */
function judgedProblems(policy: ContextPolicy): Problem[] {
  const claimed = judgedParameters(policy).filter((name) => policy.parameters[name]?.source === 'claimed');
  return claimed.flatMap((name) => {
    const elsewhere = Object.entries(policy.capabilities).find(
      ([, capability]) => !reachOf(capability).every((template) => parametersOf(template).includes(name)),
    );
    if (!elsewhere) return [];
    const message = `${name} is judged by the agent's own words, and ${elsewhere[0]} does not depend on it: give it a verified source, or put it into each of its resources`;
    return [{ path: ['parameters', name, 'source'], message }];
  });
}

/** The texts that have to depend on what is judged; what every task gets alike, whatever it is about, depends on nothing. */
function reachOf({ aws, proxy, jwt }: Capability): string[] {
  const told = (jwt?.parameters ?? []).map((each) => `\${${each}}`);
  return [
    ...(aws?.resources.includes(everyResource) ? [] : (aws?.resources ?? [])),
    ...(proxy?.allow ?? []).filter((call) => parametersOf(call).length > 0),
    ...(told.length > 0 ? [told.join('')] : []),
  ];
}

function riskProblems({ risk }: ContextPolicy): Problem[] {
  const proof = proofProblems(risk.approval, ['risk', 'approval']);
  return risk.approval.at <= risk.deny.at
    ? proof
    : [
        {
          path: ['risk', 'approval', 'at'],
          message: `above what is denied, ${risk.deny.at}: nobody would be asked`,
        },
      ];
}

/** Amounts below 0 would take from a sum what others added. */
function sumProblems(policy: ContextPolicy): Problem[] {
  return (policy.limits.sum ?? []).flatMap(({ parameter: name }) => {
    const path = ['limits', 'sum'];
    const parameter = Object.hasOwn(policy.parameters, name) ? policy.parameters[name] : undefined;
    if (parameter?.type !== 'number') return [{ path, message: `no number is called ${name}` }];
    return (parameter.minimum ?? -1) >= 0
      ? []
      : [{ path: ['parameters', name], message: 'what is added up needs a minimum of at least 0' }];
  });
}
