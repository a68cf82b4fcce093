import type { AskedCapability } from './approval.ts';
import type { Reason } from './decision.ts';
import type { ApprovalTerms } from './policy/schema-conditions.ts';

/** What people are asked to let an agent have, a line for each capability, in a message and on a terminal alike. */
export function askLines(asks: readonly AskedCapability[]): string[] {
  return asks.flatMap(({ capability, actions, resources, outlives }) => [
    `  ${capability}: ${actions.join(', ')} on ${resources.join(', ')}`,
    ...(outlives === undefined ? [] : [`    outlives the lease: ${outlives}`]),
  ]);
}

/** Why people are asked, a line for each reason that does not simply allow. */
export function whyLines(
  reasons: readonly Pick<Reason, 'rule' | 'value' | 'threshold' | 'effect'>[],
): string[] {
  return reasons
    .filter(({ effect }) => effect !== 'allow')
    .map(({ rule, value, threshold }) => `  ${rule}: ${value} (${threshold})`);
}

/** Who is asked, and how many are still missing. */
export function whomText(terms: readonly Pick<ApprovalTerms, 'from' | 'count'>[], missing: number): string {
  return `${terms.map(({ from, count }) => `${count} of ${from.join(' or ')}`).join(', and ')}; ${missing} missing`;
}
