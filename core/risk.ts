import { parametersIn } from './capability.ts';
import type { Finding, Reason } from './decision.ts';
import { judgedParameters, lookedUpWith } from './policy/judged.ts';
import type { ContextPolicy } from './policy/schema.ts';
import { remembered } from './remembered.ts';

/** Risk is counted from 0 to this. */
const highestRisk = 100;

/** What adds to the risk of a task beside unmet conditions and rules. */
export function riskFindings(
  policy: ContextPolicy,
  capabilities: readonly string[],
  depth: number,
): Finding[] {
  const { weights } = policy.risk;
  const claimed = claimedOf(policy, capabilities);
  const outliving = capabilities.filter(
    (name) => Object.hasOwn(policy.capabilities, name) && policy.capabilities[name]?.outlives !== undefined,
  );
  const findings: Finding[] = [];
  if (claimed.length > 0) {
    findings.push(
      adds('risk.claimed_parameters', weights.claimed_parameters, {
        value: claimed.join(', '),
        threshold: 'nothing claimed',
        would_change: 'a verified source for them',
      }),
    );
  }
  if (outliving.length > 0) {
    findings.push(
      adds('risk.outliving_capability', weights.outliving_capability, {
        value: outliving.join(', '),
        threshold: 'nothing that outlives the credentials',
        would_change: 'asking without them',
      }),
    );
  }
  if (depth > 0) {
    findings.push(
      adds('risk.delegated_agent', weights.delegated_agent * depth, {
        value: `through ${depth} ${depth === 1 ? 'agent' : 'agents'}`,
        threshold: 'asked for itself',
        would_change: 'asking without delegating',
      }),
    );
  }
  return findings;
}

/** Parameters that the asked capabilities or the rules rest on, and that are only the agent's own words. */
export function claimedOf(policy: ContextPolicy, capabilities: readonly string[]): string[] {
  const { byCapability, judged } = claims(policy);
  return [...new Set([...capabilities.flatMap((name) => byCapability.get(name) ?? []), ...judged])].sort();
}

/** What is claimed, by what rests on it: a capability, or the judgement of every task. */
const claims = remembered((policy: ContextPolicy) => {
  const claimed = (names: readonly string[]) =>
    names
      .flatMap((name) => [name, ...lookedUpWith(policy, name)])
      .filter((name) => policy.parameters[name]?.source === 'claimed');
  const byCapability = Object.entries(policy.capabilities).map(
    ([name, capability]) => [name, claimed(parametersIn(capability))] as const,
  );
  return { byCapability: new Map(byCapability), judged: claimed(judgedParameters(policy)) };
});

/** The risk that findings come to together. */
export function riskOf(findings: readonly Finding[]): number {
  return capped(findings.reduce((sum, { reason }) => sum + (reason.risk ?? 0), 0));
}

function capped(sum: number): number {
  return Math.min(highestRisk, sum);
}

/** What follows from the risk of all together: nothing, a question to people, or a denial. */
export function riskFinding(policy: ContextPolicy, findings: readonly Finding[]): Finding | undefined {
  const risk = riskOf(findings);
  if (risk === 0) return undefined;
  const { at, from, ...terms } = policy.risk.approval;
  const denied = policy.risk.deny.at;
  const reason = {
    rule: 'risk',
    value: String(risk),
    threshold: `approval from ${at}${from ? '' : ' (nobody to ask: denied)'}, denied from ${denied}`,
    would_change: withoutWorst(findings),
  };
  if (risk >= denied || (risk >= at && !from)) return { reason: { ...reason, effect: 'deny' } };
  return risk >= at && from
    ? { reason: { ...reason, effect: 'require_approval' }, approval: { from, ...terms } }
    : { reason: { ...reason, effect: 'allow' } };
}

/** What the risk would be without its largest part. */
function withoutWorst(findings: readonly Finding[]): string {
  const worst = findings.reduce<Reason | undefined>(
    (most, { reason }) => ((reason.risk ?? 0) > (most?.risk ?? 0) ? reason : most),
    undefined,
  );
  return `without ${worst?.rule}: ${riskOf(findings.filter(({ reason }) => reason !== worst))}`;
}

function adds(
  rule: string,
  risk: number,
  said: Pick<Reason, 'value' | 'threshold' | 'would_change'>,
): Finding {
  return { reason: { rule, ...said, effect: 'allow', risk } };
}
