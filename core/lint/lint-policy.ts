import type { IdentityProvider } from '../policy/identity-providers.ts';
import type { Problem } from '../policy/problem.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { TrustSources } from '../policy/schema-trust.ts';
import { attestationWarnings } from './attestation-warnings.ts';
import { budgetWarnings } from './budget-use.ts';
import { capabilityWarnings } from './capability-warnings.ts';
import { conditionWarnings } from './condition-warnings.ts';
import { limitWarnings } from './limit-warnings.ts';
import { parameterWarnings } from './parameter-warnings.ts';
import { peopleWarnings } from './people-warnings.ts';

/**
 * What a policy that compiles may still get wrong: paths lead into `context_policy`. Some of it may be meant so; none of
 * it should be there unseen. Providers and trust sources are those of the deployment.
 */
export function lintPolicy(
  policy: ContextPolicy,
  providers: readonly IdentityProvider[],
  trust?: TrustSources,
): Problem[] {
  return [
    ...attestationWarnings(policy, trust),
    ...conditionWarnings(policy),
    ...peopleWarnings(policy, providers),
    ...parameterWarnings(policy),
    ...capabilityWarnings(policy),
    ...limitWarnings(policy),
    ...budgetWarnings(policy),
  ];
}
