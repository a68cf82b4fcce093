import type { Finding, Reason } from './decision.ts';
import { lookedUpWith } from './policy/judged.ts';
import type { ContextPolicy } from './policy/schema.ts';
import { parametersOf } from './policy/template.ts';

/** What adds to the risk of a task beside unmet conditions and rules. */
export function riskFindings(
  policy: ContextPolicy,
  capabilities: readonly string[],
  depth: number,
): Finding[] {
  const { weights } = policy.risk;
  const claimed = claimedOf(policy, capabilities);
  const outliving = capabilities.filter((name) => policy.capabilities[name]?.outlives !== undefined);
  return [
    ...(claimed.length > 0
      ? [
          adds(
            'risk.claimed_parameters',
            weights.claimed_parameters,
            claimed.join(', '),
            'nothing claimed',
            'a verified source for them',
          ),
        ]
      : []),
    ...(outliving.length > 0
      ? [
          adds(
            'risk.outliving_capability',
            weights.outliving_capability,
            outliving.join(', '),
            'nothing that outlives',
            'asking without them',
          ),
        ]
      : []),
    ...(depth > 0
      ? [
          adds(
            'risk.delegated_agent',
            weights.delegated_agent * depth,
            `through ${depth} agents`,
            'asked for itself',
            'asking without delegating',
          ),
        ]
      : []),
  ];
}

/** Parameters that the asked capabilities or the rules rest on, and that are only the agent's own words. */
export function claimedOf(policy: ContextPolicy, capabilities: readonly string[]): string[] {
  const inResources = capabilities.flatMap((name) =>
    (policy.capabilities[name]?.aws.resources ?? []).flatMap(parametersOf),
  );
  const judged = Object.keys(policy.conditions.rules).flatMap((name) => [
    name,
    ...lookedUpWith(policy, name),
  ]);
  return [...new Set([...inResources, ...judged])].filter(
    (name) => policy.parameters[name]?.source === 'claimed',
  );
}

/** What the risk of all together comes to. */
export function riskFinding(
  policy: ContextPolicy,
  reasons: readonly Reason[],
  risk: number,
): Finding | undefined {
  if (risk === 0) return undefined;
  const { approval, deny } = policy.risk;
  const { at, from, ...terms } = approval;
  const worst = reasons.toSorted((a, b) => (b.risk ?? 0) - (a.risk ?? 0))[0];
  const reason = {
    rule: 'risk',
    value: String(risk),
    threshold: `approval from ${at}${from ? '' : ' (nobody to ask: denied)'}, denied from ${deny.at}`,
    would_change: `without ${worst?.rule}: ${risk - (worst?.risk ?? 0)}`,
  };
  if (risk >= deny.at || (risk >= at && !from)) return { reason: { ...reason, effect: 'deny' } };
  if (risk >= at && from)
    return { reason: { ...reason, effect: 'require_approval' }, approval: { from, ...terms } };
  return { reason: { ...reason, effect: 'allow' } };
}

function adds(rule: string, risk: number, value: string, threshold: string, would_change: string): Finding {
  return { reason: { rule, value, threshold, effect: 'allow', would_change, risk } };
}
