import { deploymentMaximum } from '../lifetime.ts';
import { budgetProblems } from './budget.ts';
import { attestationProblems } from './check-attestation.ts';
import { capabilityProblems } from './check-capability.ts';
import { checkConditions } from './check-conditions.ts';
import { parameterProblems } from './check-parameters.ts';
import type { Problem } from './problem.ts';
import type { ContextPolicy, Guardrail } from './schema.ts';
import { noSystems, type Systems } from './schema-systems.ts';
import { noTrust, type TrustSources } from './schema-trust.ts';

/** Everything a schema cannot say: names that must exist, patterns, order of rules, the guardrail, and whom to trust. */
export function checkPolicy(
  policy: ContextPolicy,
  guardrail: Guardrail,
  trust: TrustSources = noTrust,
  systems: Systems = noSystems,
): Problem[] {
  const problems = [
    ...parameterProblems(policy, guardrail),
    ...checkConditions(policy),
    ...capabilityProblems(policy, guardrail, systems),
    ...attestationProblems(policy, guardrail, trust),
    ...lifetimeProblems(policy),
    ...networkProblems(policy),
  ];
  // Only a policy that is sound otherwise can be planned, and so measured.
  return problems.length > 0 ? problems : budgetProblems(policy);
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
