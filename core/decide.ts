import type { ContextPolicy, Rule } from './policy/schema.ts';

/** Validated parameter values of a task. */
export type ParameterValues = Readonly<Record<string, string | number>>;

/** One step of a decision: which rule met which value, against what, and what would change it. */
export type Reason = {
  readonly rule: string;
  readonly value: string;
  readonly threshold: string;
  readonly effect: 'allow' | 'deny';
  readonly would_change: string;
};

/** Whether a task may have its lease, and why. */
export type Decision = { readonly outcome: 'allow' | 'deny'; readonly reasons: readonly Reason[] };

/** Decides on a task whose parameters were validated: the strictest rule wins, and what nothing allows is denied. */
export function decide(
  policy: ContextPolicy,
  capabilities: readonly string[],
  values: ParameterValues,
): Decision {
  const reasons = [
    ...capabilities.map((name) => capabilityReason(policy, name)),
    ...Object.entries(policy.conditions).map(([name, rules]) => conditionReason(name, rules, values[name])),
  ];
  const allowed = capabilities.length > 0 && reasons.every(({ effect }) => effect === 'allow');
  return { outcome: allowed ? 'allow' : 'deny', reasons };
}

function capabilityReason(policy: ContextPolicy, name: string): Reason {
  const known = Object.hasOwn(policy.capabilities, name);
  return {
    rule: `capabilities.${name}`,
    value: name,
    threshold: `a capability of ${policy.agent_type}`,
    effect: known ? 'allow' : 'deny',
    would_change: known
      ? 'taking the capability out of the policy'
      : 'asking only for capabilities in the policy',
  };
}

function conditionReason(name: string, rules: readonly Rule[], value: string | number | undefined): Reason {
  const index = rules.findIndex(
    (rule) => 'else' in rule || (typeof value === 'number' && holds(rule.if, value)),
  );
  const rule = rules[index];
  if (value === undefined || rule === undefined) {
    return {
      rule: `conditions.${name}`,
      value: 'absent',
      threshold: 'a value',
      effect: 'deny',
      would_change: `stating ${name}`,
    };
  }
  const effect = ('else' in rule ? rule.else : rule.then) === 'auto_approve' ? 'allow' : 'deny';
  const opposite = rules.filter(
    (other) => (('else' in other ? other.else : other.then) === 'auto_approve') === (effect === 'deny'),
  );
  return {
    rule: `conditions.${name}[${index}]`,
    value: String(value),
    threshold: 'else' in rule ? 'else' : rule.if,
    effect,
    would_change:
      opposite.length > 0
        ? `${name} ${opposite.map((other) => ('else' in other ? 'otherwise' : other.if)).join(' or ')}`
        : 'nothing: no rule says otherwise',
  };
}

function holds(test: string, value: number): boolean {
  const [operator, text] = test.split(' ');
  const threshold = Number(text);
  switch (operator) {
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
    case '==':
      return value === threshold;
    default:
      return false;
  }
}
