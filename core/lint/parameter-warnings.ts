import { parametersIn } from '../capability.ts';
import { judgedParameters, lookedUpWith } from '../policy/judged.ts';
import { partsOf } from '../policy/pattern.ts';
import type { Problem } from '../policy/problem.ts';
import type { ContextPolicy } from '../policy/schema.ts';

/** What is risky about parameters: whose word they are, what they admit, and whether anything uses them. */
export function parameterWarnings(policy: ContextPolicy): Problem[] {
  return Object.keys(policy.parameters).flatMap((name) =>
    [...claimedWarnings(policy, name), ...unusedWarnings(policy, name), ...patternWarnings(policy, name)].map(
      ({ path, message }) => ({ path: ['parameters', name, ...path], message }),
    ),
  );
}

/** The capabilities whose resources hold a parameter. */
export function capabilitiesWith(policy: ContextPolicy, name: string): string[] {
  return Object.entries(policy.capabilities).flatMap(([capability, of]) =>
    parametersIn(of).includes(name) ? [capability] : [],
  );
}

function claimedWarnings(policy: ContextPolicy, name: string): Problem[] {
  if (policy.parameters[name]?.source !== 'claimed') return [];
  const capabilities = capabilitiesWith(policy, name);
  const lookups = Object.keys(policy.parameters).filter((each) => lookedUpWith(policy, each).includes(name));
  const rests = [
    ...(capabilities.length > 0 ? [`the resources of ${capabilities.join(', ')}`] : []),
    ...(Object.hasOwn(policy.conditions.rules, name) ? ['its own rules'] : []),
    ...(lookups.length > 0 ? [`what is looked up for ${lookups.join(', ')}`] : []),
  ];
  if (rests.length === 0) return [];
  return [{ path: ['source'], message: `only the agent's word, and on it rest ${rests.join(', and ')}` }];
}

function unusedWarnings(policy: ContextPolicy, name: string): Problem[] {
  const used = judgedParameters(policy).includes(name) || capabilitiesWith(policy, name).length > 0;
  return used ? [] : [{ path: [], message: 'no resource, rule, limit or lookup uses it' }];
}

/** Longer values are hardly names any more. */
const longName = 64;

function patternWarnings(policy: ContextPolicy, name: string): Problem[] {
  const parameter = policy.parameters[name];
  if (parameter?.type !== 'string') return [];
  const capabilities = capabilitiesWith(policy, name);
  if (capabilities.length === 0) return [];
  const where = capabilities.join(', ');
  const longest = longestLength(parameter.pattern);
  const messages = [
    ...(admits(parameter.pattern, '/') ? [`admits "/": in ${where} it reaches into other folders`] : []),
    ...(admits(parameter.pattern, ':')
      ? [`admits ":": in ${where} it could begin another part of an ARN`]
      : []),
    ...(longest > longName ? [`admits ${longest} characters`] : []),
  ];
  return messages.map((message) => ({ path: ['pattern'], message }));
}

/** Whether some value of a pattern holds a character. */
export function admits(pattern: string, character: string): boolean {
  return partsOf(pattern).some(({ members, literal, maximum }) =>
    members === undefined ? literal === character : maximum > 0 && new RegExp(`[${members}]`).test(character),
  );
}

/** Characters of the longest value of a pattern. */
export function longestLength(pattern: string): number {
  return partsOf(pattern).reduce((sum, { maximum }) => sum + maximum, 0);
}
