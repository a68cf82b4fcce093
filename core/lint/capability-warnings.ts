import { parametersIn } from '../capability.ts';
import { judgedParameters } from '../policy/judged.ts';
import type { Problem } from '../policy/problem.ts';
import type { Capability, ContextPolicy } from '../policy/schema.ts';
import { admits } from './parameter-warnings.ts';

/** What is risky about capabilities: what outlives, what nothing judges, and resources that run together. */
export function capabilityWarnings(policy: ContextPolicy): Problem[] {
  return Object.entries(policy.capabilities).flatMap(([name, capability]) => {
    const { aws, outlives } = capability;
    const unjudged = unjudgedOf(policy, parametersIn(capability));
    return [
      ...(outlives === undefined
        ? []
        : [{ path: ['outlives'], message: `its use does not end with the lease: ${outlives}` }]),
      ...(unjudged.length > 0
        ? [{ path: [], message: `no rule and no verified source says which ${unjudged.join(' and ')}` }]
        : []),
      ...sameForAll(policy, capability),
      ...(aws?.resources ?? []).flatMap((resource, i) =>
        runningTogether(policy, resource).map((message) => ({ path: ['aws', 'resources', i], message })),
      ),
    ].map(({ path, message }) => ({ path: ['capabilities', name, ...path], message }));
  });
}

/** What is judged by the agent's own words, and then reaches the same whatever it said. */
function sameForAll(policy: ContextPolicy, capability: Capability): Problem[] {
  const claimed = judgedParameters(policy).filter((name) => policy.parameters[name]?.source === 'claimed');
  if (capability.aws || claimed.length === 0 || parametersIn(capability).length > 0) return [];
  const message = `it reaches the same for every task: what the agent says of ${claimed.join(' and ')} is judged and does not bind it`;
  return [{ path: [], message }];
}

/** The parameters of resources, where every one of them is the agent's word and has no rules. */
function unjudgedOf(policy: ContextPolicy, names: readonly string[]): string[] {
  const free = names.filter(
    (name) => policy.parameters[name]?.source === 'claimed' && !Object.hasOwn(policy.conditions.rules, name),
  );
  return free.length === names.length ? free : [];
}

/**
 * Two parameters with nothing between them that neither can hold: `a-1` and `2` would be the same resource as `a` and
 * `1-2`, so that a value of one steals from the other.
 */
function runningTogether(policy: ContextPolicy, resource: string): string[] {
  const pairs = [...resource.matchAll(/\$\{(\w+)\}(?=([^$]*)\$\{(\w+)\})/g)];
  return pairs.flatMap(([, left = '', apart = '', right = '']) => {
    const holds = (character: string) => [left, right].some((name) => admitsIn(policy, name, character));
    return [...apart].every(holds)
      ? [
          `\${${left}} and \${${right}} run together: either may hold ${apart === '' ? 'what is between' : apart}`,
        ]
      : [];
  });
}

function admitsIn(policy: ContextPolicy, name: string, character: string): boolean {
  const parameter = policy.parameters[name];
  return parameter?.type === 'string' && admits(parameter.pattern, character);
}
