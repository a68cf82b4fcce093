import type { Problem } from '../policy/problem.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import { ruleFor, spansOf } from '../value-spans.ts';
import { mostRisk } from './most-risk.ts';

/** What conditions do not do that one might think they do. */
export function conditionWarnings(policy: ContextPolicy): Problem[] {
  return [
    ...nothingDecides(policy),
    ...(['user_delegation', 'business_hours'] as const).flatMap((name) => preferredWarnings(policy, name)),
    ...alwaysOpen(policy),
    ...unreachedRules(policy),
  ].map(({ path, message }) => ({ path: ['conditions', ...path], message }));
}

function nothingDecides({
  conditions: { user_delegation, business_hours, rules },
}: ContextPolicy): Problem[] {
  const decides =
    Object.keys(rules).length > 0 || user_delegation.is === 'required' || business_hours.is === 'required';
  return decides ? [] : [{ path: [], message: 'no rule: every task that is asked for is granted' }];
}

function preferredWarnings(policy: ContextPolicy, name: 'user_delegation' | 'business_hours'): Problem[] {
  const { is, otherwise } = policy.conditions[name];
  if (is !== 'preferred' || otherwise.longest !== undefined || otherwise.without !== undefined) return [];
  const weights = {
    user_delegation: 'no_user_delegation',
    business_hours: 'outside_business_hours',
  } as const;
  const risk = otherwise.risk ?? policy.risk.weights[weights[name]];
  const reached = Math.min(policy.risk.approval.at, policy.risk.deny.at);
  if (risk > 0 && mostRisk(policy) >= reached) return [];
  const message =
    risk === 0
      ? 'preferred, and nothing follows where it is not met'
      : `preferred, and the risk of ${risk} never leads to anything: all together is ${mostRisk(policy)} at most`;
  return [{ path: [name], message }];
}

function alwaysOpen({ conditions: { business_hours } }: ContextPolicy): Problem[] {
  const { is, days, hours } = business_hours;
  const always = is !== 'not_used' && days.length === 7 && (hours.to - hours.from) % 1_440 === 0;
  return always
    ? [{ path: ['business_hours'], message: 'open at all times: it never decides anything' }]
    : [];
}

/** Rules that an earlier one has always decided before. */
function unreachedRules({ conditions, parameters }: ContextPolicy): Problem[] {
  return Object.entries(conditions.rules).flatMap(([name, rules]) => {
    const parameter = parameters[name];
    if (!parameter) return [];
    const reached = new Set(spansOf(parameter, [rules]).map((span) => ruleFor(rules, span)));
    return rules.flatMap((rule, i) =>
      'test' in rule && !reached.has(i)
        ? [{ path: [name, i], message: `"${rule.if}" is never reached: rules before it decide` }]
        : [],
    );
  });
}
