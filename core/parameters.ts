import { parametersIn } from './capability.ts';
import type { ParameterValues } from './decision.ts';
import { judgedParameters, lookedUpWith } from './policy/judged.ts';
import { matchesPattern } from './policy/pattern.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { Parameter } from './policy/schema-parameters.ts';

/** A parameter that was refused; `path` is where it stands in the request. */
export type ParameterProblem = { readonly path: string; readonly message: string };

/** Characters that could steer IAM, SQL or a path; no pattern can admit them into a value. */
const forbidden = /[*?$'"`\\<>;]|\.\.|[^\x21-\x7e]/;

/** Checks what the agent states against the policy's declarations: nothing undeclared, and every value strictly inside its type. */
export function statedProblem(
  policy: ContextPolicy,
  stated: Readonly<Record<string, unknown>>,
): ParameterProblem | undefined {
  for (const [name, value] of Object.entries(stated)) {
    const parameter = declared(policy, name);
    const message = parameter ? problemOf(parameter, value) : 'the policy declares no such parameter';
    if (message) return { path: `task.parameters.${name}`, message };
  }
  return undefined;
}

/** Names of the parameters that a task needs: of the asked resources, of rules and sums, and what those are looked up with; and all that is stated. */
export function neededParameters(
  policy: ContextPolicy,
  capabilities: readonly string[],
  stated: ParameterValues,
): string[] {
  const inResources = capabilities.flatMap((name) => {
    const capability = Object.hasOwn(policy.capabilities, name) ? policy.capabilities[name] : undefined;
    return capability ? parametersIn(capability) : [];
  });
  const direct = [...Object.keys(stated), ...inResources, ...judgedParameters(policy)];
  return [...new Set(direct.flatMap((name) => [...lookedUpWith(policy, name), name]))];
}

/** The declaration of a parameter, where there is one. */
export function declared(policy: ContextPolicy, name: string): Parameter | undefined {
  return Object.hasOwn(policy.parameters, name) ? policy.parameters[name] : undefined;
}

/**
 * Whether a number is counted exactly and written without an exponent: then what a rule judged, a resource
 * names and DynamoDB stores (nothing below 1E-130) is the same.
 */
function isPlain(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER && !String(value).includes('e');
}

/** Why a value is not one of this parameter; undefined for one that is. */
export function problemOf(parameter: Parameter, value: unknown): string | undefined {
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
