import { needsAws } from '../guarantees.ts';
import { policyText } from '../plan.ts';
import { shortestMatch } from '../policy/pattern.ts';
import type { Problem } from '../policy/problem.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import { policyBudget } from '../session-policy.ts';
import { epochSeconds } from '../time.ts';
import { longestLength } from './parameter-warnings.ts';

/** Characters that the session policy of some capabilities takes, with the shortest and the longest values. */
export type BudgetUse = {
  readonly capabilities: readonly string[];
  readonly shortest: number;
  readonly longest: number;
};

/** Any time will do: every ISO time of these millennia has the same length. */
const someTime = epochSeconds(1_795_485_600);

/** What each capability of AWS takes of the budget, and what all of them take together. */
export function budgetUse(policy: ContextPolicy): BudgetUse[] {
  const names = Object.keys(policy.capabilities).filter((name) => needsAws(policy, name));
  if (names.length === 0) return [];
  const sets = names.length > 1 ? [...names.map((name) => [name]), names] : [names];
  return sets.map((capabilities) => {
    const size = (value: (pattern: string) => string) =>
      policyText(policy, { capabilities, parameters: valuesOf(policy, value) }, someTime).length;
    return {
      capabilities,
      shortest: size(shortestMatch),
      longest: size((pattern) => 'x'.repeat(longestLength(pattern))),
    };
  });
}

/** Where tasks will be refused because their session policy does not fit. */
export function budgetWarnings(policy: ContextPolicy): Problem[] {
  return budgetUse(policy).flatMap(({ capabilities: names, shortest, longest }) => {
    const path = names.length === 1 ? ['capabilities', ...names] : ['capabilities'];
    const who = names.length === 1 ? 'it' : 'all capabilities together';
    if (shortest > policyBudget)
      return [
        {
          path,
          message: `${who} never fit into one session policy: ${shortest} of ${policyBudget} characters`,
        },
      ];
    return longest > policyBudget
      ? [
          {
            path,
            message: `with long values ${who} would take ${longest} of ${policyBudget} characters: refused`,
          },
        ]
      : [];
  });
}

function valuesOf(policy: ContextPolicy, value: (pattern: string) => string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(policy.parameters).flatMap(([name, parameter]) =>
      parameter.type === 'string' ? [[name, value(parameter.pattern)]] : [],
    ),
  );
}
