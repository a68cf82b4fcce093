import { isAtLeast } from '../evidence.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import { type Change, listChanges } from './change.ts';
import { capabilityChanges } from './compare-capabilities.ts';
import { conditionChanges } from './compare-conditions.ts';
import { limitChanges } from './compare-limits.ts';
import { parameterChanges } from './compare-parameters.ts';
import { riskChanges } from './compare-risk.ts';
import { ruleChanges } from './compare-rules.ts';

/** What a policy lets agents do more and less than before, in words. */
export function comparePolicies(before: ContextPolicy, after: ContextPolicy): Change[] {
  const changes = [
    ...(before.agent_type === after.agent_type
      ? []
      : [{ direction: 'unclear' as const, what: `agent type: ${before.agent_type} → ${after.agent_type}` }]),
    ...listChanges('may be an agent', principalsOf(before), principalsOf(after)),
    ...minimumChanges(before, after),
    ...capabilityChanges(before, after),
    ...parameterChanges(before, after),
    ...ruleChanges(before, after),
    ...conditionChanges(before, after),
    ...riskChanges(before, after),
    ...limitChanges(before, after),
    ...wordChanges(before, after),
    ...unknownChanges(before, after),
  ];
  // A difference that nothing above knows is never silent.
  return changes.length === 0 && comparable(before) !== comparable(after)
    ? [{ direction: 'unclear', what: 'written otherwise, in a way that is not compared' }]
    : changes;
}

function principalsOf({ attestation }: ContextPolicy): string[] {
  return attestation.any_of.map((each) =>
    // All methods of a way together are one way: fewer of them let in more.
    Object.entries(each)
      .map(([method, terms]) => `${method} ${sorted(terms)}`)
      .join(' and '),
  );
}

function minimumChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  const [old = 'instance', now = 'instance'] = [before.attestation.minimum, after.attestation.minimum];
  if (old === now) return [];
  const direction = isAtLeast(now, old) ? 'narrower' : 'wider';
  return [{ direction, what: `strength of attestation: ${old} at least → ${now} at least` }];
}

function wordChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  return (['owner', 'purpose'] as const).flatMap((name) =>
    before[name] === after[name]
      ? []
      : [{ direction: 'neutral' as const, what: `${name}: ${before[name]} → ${after[name]}` }],
  );
}

/** What is compared here and in the files beside, by section. */
const compared: Readonly<Record<string, readonly string[]>> = {
  '': ['agent_type', 'owner', 'purpose', 'parameters', 'capabilities'],
  attestation: ['any_of', 'minimum'],
  conditions: ['user_delegation', 'business_hours', 'rules'],
  risk: ['weights', 'approval', 'deny'],
  lifetime: ['buffer', 'floor', 'maximum', 'longest', 'heartbeat'],
  limits: ['concurrent_leases', 'per_hour', 'per_task', 'sum', 'delegation_depth'],
  network: ['source_vpc', 'source_vpce', 'source_ip'],
};

/** A key that the language has got since, and nobody knows to compare, may be anything. */
function unknownChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  const sections = Object.keys(compared);
  return sections.flatMap((section) => {
    const [old, now] = [sectionOf(before, section), sectionOf(after, section)];
    const known = [...(compared[section] ?? []), ...(section === '' ? sections : [])];
    return [...new Set([...Object.keys(old), ...Object.keys(now)])]
      .filter((name) => !known.includes(name) && sorted(old[name]) !== sorted(now[name]))
      .map((name) => ({ direction: 'unclear', what: `${`${section} ${name}`.trim()} is other than before` }));
  });
}

function sectionOf(policy: ContextPolicy, section: string): Readonly<Record<string, unknown>> {
  const found = section === '' ? policy : policy[section as keyof ContextPolicy];
  return (found ?? {}) as Readonly<Record<string, unknown>>;
}

/** A policy without what may be written in several ways: the order of keys and lists, and rules, which are compared by what they do. */
function comparable({ conditions, ...rest }: ContextPolicy): string {
  return sorted({ ...rest, conditions: { ...conditions, rules: {} } });
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const fields = Object.entries(value).map(([name, each]) => `${name}:${sorted(each)}`);
  return `{${fields.sort().join()}}`;
}
