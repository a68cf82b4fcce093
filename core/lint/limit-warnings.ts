import type { Problem } from '../policy/problem.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import { ruleFor, runsOf, spansOf, spansText } from '../value-spans.ts';

/** What limits leave open, and where they contradict the rules. */
export function limitWarnings(policy: ContextPolicy): Problem[] {
  const { concurrent_leases, per_hour } = policy.limits;
  const unlimited = concurrent_leases === undefined && per_hour === undefined;
  return [
    ...(unlimited
      ? [
          {
            path: ['limits'],
            message: 'neither concurrent_leases nor per_hour: nothing stops a flood of leases',
          },
        ]
      : []),
    ...sumWarnings(policy),
    ...evadedSums(policy),
    ...(policy.lifetime.heartbeat === undefined
      ? [
          {
            path: ['lifetime'],
            message: 'no heartbeat: an agent that dies keeps its credentials to the deadline',
          },
        ]
      : []),
  ];
}

/** A new key makes a new agent: whoever has many has many sums. */
function evadedSums({ limits }: ContextPolicy): Problem[] {
  return (limits.sum ?? [])
    .filter(({ per }) => per === 'agent')
    .map(({ parameter }) => ({
      path: ['limits', 'sum'],
      message: `${parameter} per agent: an agent with a new key starts anew; per user or principal does not`,
    }));
}

/** What a rule grants, or asks people for, though alone it is more than a sum admits. */
function sumWarnings({ limits, parameters, conditions }: ContextPolicy): Problem[] {
  return (limits.sum ?? []).flatMap(({ parameter: name, most }) => {
    const parameter = parameters[name];
    const rules = Object.hasOwn(conditions.rules, name) ? conditions.rules[name] : undefined;
    if (!parameter || !rules) return [];
    const beyond = spansOf(parameter, [rules], [most]).filter(
      ({ from = 0, sample }) => from >= most && sample !== most,
    );
    const granted = runsOf(beyond, (span) => {
      const outcome = rules[ruleFor(rules, span)]?.then.outcome;
      return outcome === 'deny' ? undefined : outcome;
    });
    return granted.map(({ key, spans }) => ({
      path: ['limits', 'sum'],
      message: `${name} ${spansText(spans)} is ${
        key === 'allow' ? 'approved' : 'for people to approve'
      } by its rules, and refused all the same: the sum is ${most} at most`,
    }));
  });
}
