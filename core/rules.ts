import type { Finding, Outcome } from './decision.ts';
import { passes } from './policy/rule-test.ts';
import type { Rule } from './policy/schema-conditions.ts';
import { remembered } from './remembered.ts';

/** What the rules for a parameter say of its value: the first that matches decides, and an absent value is denied. */
export function ruleFinding(
  name: string,
  rules: readonly Rule[],
  value: string | number | undefined,
): Finding {
  const index =
    value === undefined ? -1 : rules.findIndex((rule) => !('test' in rule) || passes(rule.test, value));
  const rule = rules[index];
  if (value === undefined || rule === undefined) return absent(name);
  const { outcome: effect, approval, risk, ...less } = rule.then;
  const reason = {
    rule: `conditions.${name}[${index}]`,
    value: String(value),
    threshold: thresholdOf(rule),
    effect,
    would_change: otherwiseOf(rules)(name, effect),
    ...(risk !== undefined && { risk }),
  };
  return { reason, ...less, ...(approval && { approval }) };
}

function absent(name: string): Finding {
  return {
    reason: {
      rule: `conditions.${name}`,
      value: 'absent',
      threshold: 'a value',
      effect: 'deny',
      would_change: `stating ${name}`,
    },
  };
}

function thresholdOf(rule: Rule): string {
  return 'test' in rule ? rule.if : 'else';
}

const words: Readonly<Record<Outcome, string>> = {
  allow: 'approved automatically',
  require_approval: 'needs approval',
  deny: 'denied',
};

/** Rules that a reason tells: more than these nobody reads, and records keep them. */
const mostTold = 5;

/** The texts of {@link otherwise}, each made once: they follow from the rules alone, and every decision tells one. */
const otherwiseOf = remembered((rules: readonly Rule[]) => {
  const texts = new Map<string, string>();
  return (name: string, effect: Outcome): string => {
    const key = `${effect} ${name}`;
    const text = texts.get(key) ?? otherwise(name, rules, effect);
    texts.set(key, text);
    return text;
  };
});

/** Which values would come to something else; the first that matches decides, so earlier rules are said, too. */
function otherwise(name: string, rules: readonly Rule[], effect: Outcome): string {
  const others = rules.flatMap((rule, i) => (rule.then.outcome === effect ? [] : [{ rule, i }]));
  if (others.length === 0) return 'nothing: no rule says otherwise';
  const told = others
    .slice(0, mostTold)
    .map(({ rule, i }) => `${name} ${matchedBy(rules, i)}: ${words[rule.then.outcome]}`);
  const more = others.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} rules more`] : [])].join('; ');
}

function matchedBy(rules: readonly Rule[], index: number): string {
  const rule = rules[index];
  if (!rule || !('test' in rule)) return 'otherwise';
  const before = rules.slice(0, index).flatMap((each) => ('test' in each ? [each.if] : []));
  // Lists say who they mean; comparisons overlap.
  const overlaps = rule.test.op !== 'in' && rule.test.op !== '==' && before.length > 0;
  if (!overlaps) return rule.if;
  return `${rule.if} and not ${before.length > mostTold ? 'what stands before' : before.join(' or ')}`;
}
