import type { ParameterValues } from './decide.ts';
import { matchesPattern } from './policy/pattern.ts';
import type { ContextPolicy, Parameter } from './policy/schema.ts';
import { parametersOf } from './policy/template.ts';

/** A parameter that was refused; `path` is where it stands in the request. */
export type ParameterProblem = { readonly path: string; readonly message: string };

/** Characters that could steer IAM, SQL or a path; no pattern can admit them into a value. */
const forbidden = /[*?$'"`\\<>;]|\.\.|[^\x21-\x7e]/;

/**
 * Checks what the agent claims against the policy's declarations: nothing undeclared, everything that the
 * asked capabilities or the rules need, and every value strictly inside its type.
 */
export function validateParameters(
  policy: ContextPolicy,
  capabilities: readonly string[],
  claimed: Readonly<Record<string, unknown>>,
): { readonly values: ParameterValues } | { readonly problem: ParameterProblem } {
  const values: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(claimed)) {
    const parameter = Object.hasOwn(policy.parameters, name) ? policy.parameters[name] : undefined;
    const message = parameter ? problemOf(parameter, value) : 'the policy declares no such parameter';
    if (message) return { problem: { path: `task.parameters.${name}`, message } };
    values[name] = value as string | number;
  }
  const missing = neededParameters(policy, capabilities).find((name) => !Object.hasOwn(values, name));
  return missing === undefined
    ? { values }
    : { problem: { path: `task.parameters.${missing}`, message: 'this parameter is needed and absent' } };
}

function neededParameters(policy: ContextPolicy, capabilities: readonly string[]): string[] {
  const inResources = capabilities.flatMap((name) =>
    (policy.capabilities[name]?.aws.resources ?? []).flatMap((template) => parametersOf(template)),
  );
  return [...inResources, ...Object.keys(policy.conditions)];
}

/**
 * Whether a number is counted exactly and written without an exponent: then what a rule judged, a resource
 * names and DynamoDB stores (nothing below 1E-130) is the same.
 */
function isPlain(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER && !String(value).includes('e');
}

function problemOf(parameter: Parameter, value: unknown): string | undefined {
  if (parameter.type === 'number') {
    if (typeof value !== 'number' || Number.isNaN(value)) return 'a number is needed';
    if (!isPlain(value))
      return `a number from 0.000001 to ${Number.MAX_SAFE_INTEGER} in size, or 0, is needed`;
    if (parameter.minimum !== undefined && value < parameter.minimum)
      return `the minimum is ${parameter.minimum}`;
    if (parameter.maximum !== undefined && value > parameter.maximum)
      return `the maximum is ${parameter.maximum}`;
    return undefined;
  }
  if (typeof value !== 'string') return 'a string is needed';
  if (forbidden.test(value)) return 'the value holds characters that no parameter may hold';
  return matchesPattern(parameter.pattern, value)
    ? undefined
    : `the value does not match ${parameter.pattern}`;
}
