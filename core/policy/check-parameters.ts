import { lookedUpWith } from './judged.ts';
import { patternProblem } from './pattern.ts';
import type { Problem } from './problem.ts';
import type { ContextPolicy, Guardrail } from './schema.ts';
import type { Lookup } from './schema-parameters.ts';
import { literalsOf } from './template.ts';

/** What is wrong with the parameters of a policy: their patterns, and where their values come from. */
export function parameterProblems(policy: ContextPolicy, guardrail: Guardrail): Problem[] {
  return Object.entries(policy.parameters).flatMap(([name, parameter]) => {
    const { source } = parameter;
    const pattern = parameter.type === 'string' ? patternProblem(parameter.pattern) : undefined;
    const lookup = typeof source === 'object' && 'lookup' in source ? source.lookup : undefined;
    return [
      ...(parameter.type === 'number' && (parameter.minimum ?? -Infinity) > (parameter.maximum ?? Infinity)
        ? [{ path: ['parameters', name, 'minimum'], message: 'above the maximum: no value would do' }]
        : []),
      ...(pattern ? [{ path: ['parameters', name, 'pattern'], message: `not a pattern: ${pattern}` }] : []),
      ...(lookup ? lookupProblems(policy, name, lookup, guardrail) : []).map((message) => ({
        path: ['parameters', name, 'source', 'lookup'],
        message,
      })),
    ];
  });
}

function lookupProblems(policy: ContextPolicy, name: string, lookup: Lookup, guardrail: Guardrail): string[] {
  const keys = typeof lookup.key === 'string' ? [lookup.key] : Object.values(lookup.key);
  const named = lookedUpWith(policy, name);
  return [
    ...('dynamodb' in lookup && !guardrail.tables.includes(lookup.dynamodb)
      ? [`the guardrail does not list the table ${lookup.dynamodb}`]
      : []),
    ...('s3' in lookup && !guardrail.buckets.includes(lookup.s3)
      ? [`the guardrail does not list the bucket ${lookup.s3}`]
      : []),
    ...('dynamodb' in lookup && (keys.length < 1 || keys.length > 2)
      ? ['a key has one or two attributes']
      : []),
    ...keys.filter((key) => /[$*?{}]/.test(literalsOf(key))).map((key) => `${key}: a $ beside \${parameter}`),
    ...(named.length === 0 ? ['a key without a parameter is the same for every task'] : []),
    ...named.flatMap((each) => {
      const parameter = Object.hasOwn(policy.parameters, each) ? policy.parameters[each] : undefined;
      if (!parameter) return [`no parameter is called ${each}`];
      const { source } = parameter;
      return typeof source === 'object' && 'lookup' in source
        ? [`${each} is looked up itself: look things up by what the task states, the user or the attestation`]
        : [];
    }),
  ];
}
