import { awsPartOf } from './capability.ts';
import type { Guarantee } from './grant.ts';
import type { Narrowing } from './lifetime.ts';
import type { Capability, ContextPolicy } from './policy/schema.ts';
import type { Systems } from './policy/schema-systems.ts';

/** Seconds that ending by the broker takes: at once by a message, and by the sweeper where that was lost. */
export const byBroker = { typical_seconds: 2, worst_seconds: 90 } as const;

/** Seconds by which the clock of a service may be behind ours. */
const otherClocks = 60;

type Outlives = Guarantee['outlives'];

/**
 * The guarantee of AWS credentials. The deadline is embedded in them, so nothing of ours has to run for it to
 * hold; where STS narrows, it ends them too. `assumed` until `docs/assumptions.md` can point to a measurement.
 */
export function awsGuarantee(narrowing: Narrowing, outlives: Outlives): Guarantee {
  return {
    ends: 'deadline',
    typical_seconds: 0,
    worst_seconds: 1,
    basis: 'assumed',
    enforced_by:
      narrowing === 'scoped_credentials' ? ['sts_expiration', 'session_policy'] : ['session_policy'],
    outlives,
  };
}

/** Of a login role: nobody signs in after the deadline, whoever is down; what is open is ended by the broker. */
export function postgresGuarantee(outlives: Outlives): Guarantee {
  const enforced_by = ['valid_until', 'termination'] as const;
  return { ends: 'deadline', ...byBroker, basis: 'assumed', enforced_by, outlives };
}

/** Of IAM database authentication: the session policy lets nobody connect after the deadline, and ends nothing that is open. */
export function databaseTokenGuarantee(capabilities: readonly string[], outlives: Outlives): Guarantee {
  const open = capabilities.map((capability) => ({
    capability,
    what: 'what is connected stays connected until the database closes it',
  }));
  return {
    ends: 'deadline',
    typical_seconds: 0,
    worst_seconds: 1,
    basis: 'assumed',
    enforced_by: ['session_policy'],
    outlives: [...outlives, ...open],
  };
}

/**
 * Of a token of somebody else: revoked where that can be done, else it lives as long as its server says, capped. So it does
 * at worst where it can be revoked, too: the server may be down then.
 */
export function oauthGuarantee(
  client: Systems['clients'][string] | undefined,
  outlives: Outlives,
): Guarantee {
  const longest = client?.longest_token ?? 0;
  if (client?.revocation_endpoint !== undefined)
    return {
      ends: 'deadline',
      typical_seconds: byBroker.typical_seconds,
      worst_seconds: Math.max(byBroker.worst_seconds, longest),
      basis: 'assumed',
      enforced_by: ['revocation', 'token_expiration'],
      outlives,
    };
  return {
    ends: 'own_expiry',
    typical_seconds: longest,
    worst_seconds: longest,
    basis: 'assumed',
    enforced_by: ['token_expiration'],
    outlives,
  };
}

/** Of a token of this broker: it says when it ends, and services have clocks of their own. */
export function jwtGuarantee(outlives: Outlives): Guarantee {
  return {
    ends: 'deadline',
    typical_seconds: 0,
    worst_seconds: otherClocks,
    basis: 'assumed',
    enforced_by: ['token_expiration'],
    outlives,
  };
}

/** Of calls that the broker makes: it makes none any more, and one under way ends by its own patience. */
export function proxyGuarantee(capability: Capability | undefined, outlives: Outlives): Guarantee {
  return {
    ends: 'immediate',
    typical_seconds: 0,
    worst_seconds: capability?.proxy?.patience ?? 0,
    basis: 'assumed',
    enforced_by: ['broker'],
    outlives,
  };
}

/** What the use of these capabilities leaves behind, in the policy's words. */
export function outlivesOf(policy: ContextPolicy, capabilities: readonly string[]): Outlives {
  return capabilities.flatMap((capability) => {
    const what = policy.capabilities[capability]?.outlives;
    return what === undefined ? [] : [{ capability, what }];
  });
}

/** Whether a capability needs credentials of AWS. */
export function needsAws(policy: ContextPolicy, capability: string): boolean {
  const of = policy.capabilities[capability];
  return of !== undefined && awsPartOf(of) !== undefined;
}
