import { conditionFindings, type Delegator } from './conditions.ts';
import type { Decision, Finding, Obligations, Outcome, ParameterValues, Reason } from './decision.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { ApprovalTerms } from './policy/schema-conditions.ts';
import { riskFinding, riskFindings, riskOf } from './risk.ts';
import { ruleFinding } from './rules.ts';
import type { EpochSeconds } from './time.ts';

/** All that a decision depends on beside the policy. Parameters were validated, and resolved from their sources. */
export type Asked = {
  readonly capabilities: readonly string[];
  readonly parameters: ParameterValues;
  readonly now: EpochSeconds;
  /** The person behind the task, their token verified. */
  readonly user?: Delegator | undefined;
  /** How many agents it was delegated through; 0 when absent. */
  readonly depth?: number;
};

/** Decides on a task: the strictest rule wins, risk turns allow into approval into deny, and what nothing allows is denied. */
export function decide(policy: ContextPolicy, asked: Asked): Decision {
  const { capabilities, parameters, now, user, depth = 0 } = asked;
  const findings = [
    ...capabilities.map((name) => capabilityFinding(policy, name)),
    ...conditionFindings(policy, user, now),
    ...Object.entries(policy.conditions.rules).map(([name, rules]) =>
      ruleFinding(name, rules, Object.hasOwn(parameters, name) ? parameters[name] : undefined),
    ),
    ...riskFindings(policy, capabilities, depth),
  ];
  const total = riskFinding(policy, findings);
  return concluded(capabilities, total ? [...findings, total] : findings, riskOf(findings));
}

function concluded(capabilities: readonly string[], findings: readonly Finding[], risk: number): Decision {
  const without = capabilities.filter((name) => findings.some((finding) => finding.without?.includes(name)));
  const nothing = capabilities.length === without.length;
  const reasons = findings.map(({ reason }) => reason);
  const outcome = nothing ? 'deny' : strictest(reasons.map(({ effect }) => effect));
  return {
    outcome,
    reasons: nothing && capabilities.length > 0 ? [...reasons, nothingLeft(without)] : reasons,
    risk,
    obligations: obligationsOf(findings, without, outcome),
  };
}

function obligationsOf(
  findings: readonly Finding[],
  without: readonly string[],
  outcome: Outcome,
): Obligations {
  if (outcome === 'deny') return {};
  const longest = Math.min(...findings.map((finding) => finding.longest ?? Number.POSITIVE_INFINITY));
  const approvals = findings.flatMap(({ approval }) => approval ?? []);
  return {
    ...(Number.isFinite(longest) && { longest }),
    ...(without.length > 0 && { without }),
    ...(approvals.length > 0 && { approvals: distinct(approvals) }),
  };
}

/** The same groups asked twice are asked once, for the stricter terms. */
function distinct(all: readonly ApprovalTerms[]): ApprovalTerms[] {
  const byGroups = Map.groupBy(all, ({ from }) => [...new Set(from)].sort().join('\n'));
  return [...byGroups.values()].map((same) => ({
    from: same[0]?.from ?? [],
    count: Math.max(...same.map(({ count }) => count)),
    within: Math.min(...same.map(({ within }) => within)),
    mfa: same.some(({ mfa }) => mfa === 'required') ? 'required' : 'not_required',
    ...(same.every(({ proof }) => proof === 'role') && { proof: 'role' as const }),
  }));
}

function strictest(effects: readonly Outcome[]): Outcome {
  if (effects.length === 0 || effects.includes('deny')) return 'deny';
  return effects.includes('require_approval') ? 'require_approval' : 'allow';
}

/** Why nothing is granted where all that was asked for is left out. */
export function nothingLeft(without: readonly string[]): Reason {
  return {
    rule: 'obligations.without',
    value: without.join(', '),
    threshold: 'a capability that is left',
    effect: 'deny',
    would_change: 'asking for another capability, or in other circumstances',
  };
}

function capabilityFinding(policy: ContextPolicy, name: string): Finding {
  const known = Object.hasOwn(policy.capabilities, name);
  return {
    reason: {
      rule: `capabilities.${name}`,
      value: name,
      threshold: `a capability of ${policy.agent_type}`,
      effect: known ? 'allow' : 'deny',
      would_change: known
        ? 'taking the capability out of the policy'
        : 'asking only for capabilities in the policy',
    },
  };
}
