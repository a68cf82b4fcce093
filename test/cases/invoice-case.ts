import { readFolder } from '../../cli/policy-folder.ts';
import { type CaseResult, decideCase } from '../../core/cases/decide-case.ts';
import { changedBy, type Given, givenBy } from '../../core/cases/given.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import type { Situation } from '../../core/policy/schema-cases.ts';

const { policies, cases } = readFolder('policies');

/** The policy of `policies/` for an agent type. */
export function policyFor(agentType: string): ContextPolicy {
  const found = policies.find(({ policy }) => policy.agent_type === agentType);
  if (!found) throw new Error(`policies/ has nothing for ${agentType}`);
  return found.policy;
}

/** What the cases of the invoice policy start from, changed. */
export function invoiceSituation(changes: Situation = {}): Situation {
  const file = cases.find(({ policy }) => policy === 'invoice-processor.yaml');
  if (!file) throw new Error('the invoice policy has no cases');
  return changedBy(file.base, changes);
}

/** The same, as a case under the invoice policy. */
export function invoiceGiven(changes: Situation = {}): Given {
  const found = givenBy(policyFor('invoice_processor'), invoiceSituation(changes));
  if ('problems' in found) throw new Error(found.problems.join('; '));
  return found.given;
}

/** What it comes to. */
export function invoiceResult(changes: Situation = {}): Promise<CaseResult> {
  return decideCase(policyFor('invoice_processor'), invoiceGiven(changes));
}
