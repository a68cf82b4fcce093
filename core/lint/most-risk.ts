import type { ContextPolicy } from '../policy/schema.ts';
import { claimedOf } from '../risk.ts';

/** The risk that a task could come to at most, 0 to 100. */
export function mostRisk(policy: ContextPolicy): number {
  const { conditions, risk, capabilities, limits } = policy;
  const { weights } = risk;
  const unmet = (name: 'user_delegation' | 'business_hours', weight: number) =>
    conditions[name].is === 'preferred' ? (conditions[name].otherwise.risk ?? weight) : 0;
  const rules = Object.values(conditions.rules).map((list) =>
    Math.max(0, ...list.map(({ then }) => (then.outcome === 'deny' ? 0 : (then.risk ?? 0)))),
  );
  const outlives = Object.values(capabilities).some((each) => each.outlives !== undefined);
  const sum =
    unmet('user_delegation', weights.no_user_delegation) +
    unmet('business_hours', weights.outside_business_hours) +
    (claimedOf(policy, Object.keys(capabilities)).length > 0 ? weights.claimed_parameters : 0) +
    (outlives ? weights.outliving_capability : 0) +
    limits.delegation_depth * weights.delegated_agent +
    rules.reduce((total, each) => total + each, 0);
  return Math.min(100, sum);
}
