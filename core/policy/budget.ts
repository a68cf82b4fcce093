import { parametersIn } from '../capability.ts';
import { policyText } from '../plan.ts';
import { policyBudget } from '../session-policy.ts';
import { epochSeconds } from '../time.ts';
import { shortestMatch } from './pattern.ts';
import type { Problem } from './problem.ts';
import type { ContextPolicy } from './schema.ts';

/** Any time will do: every ISO time of these millennia has the same length. */
const someTime = epochSeconds(1_795_485_600);

/**
 * Capabilities that could never be granted, because even alone and with the shortest values the session policy
 * is larger than its budget. What fits or not beside others is known when a task is asked for.
 */
export function budgetProblems(policy: ContextPolicy): Problem[] {
  return Object.entries(policy.capabilities).flatMap(([name, capability]) => {
    const parameters = Object.fromEntries(
      parametersIn(capability).map((parameter) => [parameter, shortestValue(policy, parameter)]),
    );
    const size = policyText(policy, { capabilities: [name], parameters }, someTime).length;
    const message = `its session policy takes ${size} characters of ${policyBudget} even with the shortest values`;
    return size > policyBudget ? [{ path: ['capabilities', name], message }] : [];
  });
}

function shortestValue(policy: ContextPolicy, name: string): string {
  const parameter = policy.parameters[name];
  return parameter?.type === 'string' ? shortestMatch(parameter.pattern) : '';
}
