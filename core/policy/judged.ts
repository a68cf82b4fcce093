import type { ContextPolicy } from './schema.ts';
import { parametersOf } from './template.ts';

/** The parameters by which the value of another is looked up; none for what is not looked up. */
export function lookedUpWith(policy: Pick<ContextPolicy, 'parameters'>, name: string): string[] {
  const source = policy.parameters[name]?.source;
  if (typeof source !== 'object' || !('lookup' in source)) return [];
  const { key } = source.lookup;
  return (typeof key === 'string' ? [key] : Object.values(key)).flatMap(parametersOf);
}

/** Parameters that decide something: those with rules, those that are added up, and those they are looked up with. */
export function judgedParameters(policy: ContextPolicy): string[] {
  const sums = policy.limits.sum?.map(({ parameter }) => parameter) ?? [];
  const direct = [...Object.keys(policy.conditions.rules), ...sums];
  return [...new Set(direct.flatMap((name) => [name, ...lookedUpWith(policy, name)]))];
}
