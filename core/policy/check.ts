import { deploymentMaximum } from '../lifetime.ts';
import { isGrantRole } from '../plan.ts';
import { budgetProblems } from './budget.ts';
import { capabilityProblems } from './check-capability.ts';
import { checkConditions } from './check-conditions.ts';
import { parameterProblems } from './check-parameters.ts';
import type { Problem } from './problem.ts';
import type { ContextPolicy, Guardrail } from './schema.ts';

/** Everything a schema cannot say: names that must exist, patterns, order of rules, and the guardrail. */
export function checkPolicy(policy: ContextPolicy, guardrail: Guardrail): Problem[] {
  const problems = [
    ...parameterProblems(policy, guardrail),
    ...checkConditions(policy),
    ...capabilityProblems(policy, guardrail),
    ...attestationProblems(policy, guardrail),
    ...lifetimeProblems(policy),
    ...networkProblems(policy),
  ];
  // Only a policy that is sound otherwise can be planned, and so measured.
  return problems.length > 0 ? problems : budgetProblems(policy);
}

function attestationProblems(policy: ContextPolicy, guardrail: Guardrail): Problem[] {
  return policy.attestation.any_of.flatMap(({ aws_iam: { role } }, i) =>
    principalProblems(role, guardrail).map((message) => ({
      path: ['attestation', 'any_of', i, 'aws_iam', 'role'],
      message,
    })),
  );
}

function principalProblems(role: string, guardrail: Guardrail): string[] {
  const account = role.split(':')[4] ?? '';
  return [
    ...(guardrail.accounts.includes(account) ? [] : [`the guardrail does not list the account ${account}`]),
    // What was granted for one lease would get others, from the next broker on and without end.
    ...(isGrantRole(role) ? ['a grant role is never an agent'] : []),
  ];
}

function lifetimeProblems({ lifetime }: ContextPolicy): Problem[] {
  if (lifetime.longest < 1 || lifetime.longest > deploymentMaximum) {
    return [
      {
        path: ['lifetime', 'longest'],
        message: `from 1 s to the deployment maximum of ${deploymentMaximum} s`,
      },
    ];
  }
  return [
    ...(lifetime.floor > lifetime.longest
      ? [{ path: ['lifetime', 'floor'], message: 'the floor is above `longest`' }]
      : []),
    ...heartbeatProblems(lifetime),
  ];
}

/** Seconds between which heartbeats are sensible: a network needs some, and silence must be noticed before the end. */
function heartbeatProblems({ heartbeat, longest }: ContextPolicy['lifetime']): Problem[] {
  return heartbeat === undefined || (heartbeat >= 5 && heartbeat <= longest)
    ? []
    : [{ path: ['lifetime', 'heartbeat'], message: `from 5 s to \`longest\`, ${longest} s` }];
}

/** An empty network would deny everything, wherever it came from. */
function networkProblems({ network }: ContextPolicy): Problem[] {
  return network && Object.keys(network).length === 0
    ? [{ path: ['network'], message: 'name at least one of source_vpc, source_vpce and source_ip' }]
    : [];
}
