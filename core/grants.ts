import { kindOf } from './capability.ts';
import type { AwsGrant, Grant } from './grant.ts';
import {
  awsGuarantee,
  databaseTokenGuarantee,
  jwtGuarantee,
  needsAws,
  oauthGuarantee,
  outlivesOf,
  postgresGuarantee,
  proxyGuarantee,
} from './guarantees.ts';
import { grantRoleArn, type Planning } from './plan.ts';
import type { Capability, ContextPolicy } from './policy/schema.ts';
import { leaseRole } from './postgres/lease-role.ts';

/**
 * The grants of a lease for these capabilities, none of them made yet: first the session of its grant role, of
 * databases one each, of everything else one for each capability. `grantedFrom` is the role of the lease it is delegated from.
 */
export function grantsOf(
  policy: ContextPolicy,
  capabilities: readonly string[],
  { id, grantedFrom }: { readonly id: string; readonly grantedFrom?: string | undefined },
  planning: Planning,
): Grant[] {
  const ofAws = capabilities.filter((name) => needsAws(policy, name));
  const aws: AwsGrant = {
    kind: 'aws',
    role_arn: grantedFrom ?? grantRoleArn(policy.agent_type, id, planning.roles),
    capabilities: ofAws,
    guarantee: awsGuarantee(planning.narrowing, outlivesOf(policy, ofAws)),
  };
  const databases = Map.groupBy(
    capabilities.filter((name) => databaseOf(policy, name) !== undefined),
    (name) => databaseOf(policy, name) ?? '',
  );
  const roles = [...databases].map(([database, names]) => roleGrant(policy, id, database, names));
  const others = capabilities.flatMap((name) => otherGrant(policy, name, planning));
  return [aws, ...roles, ...others];
}

function databaseOf({ capabilities }: ContextPolicy, name: string): string | undefined {
  return capabilities[name]?.postgres?.database;
}

function roleGrant(policy: ContextPolicy, id: string, name: string, capabilities: string[]): Grant {
  return {
    kind: 'postgres',
    name,
    user: leaseRole(id, name),
    capabilities,
    guarantee: postgresGuarantee(outlivesOf(policy, capabilities)),
  };
}

function otherGrant(policy: ContextPolicy, name: string, { systems }: Planning): Grant[] {
  const capability = policy.capabilities[name];
  if (!capability) return [];
  const [capabilities, outlives] = [[name], outlivesOf(policy, [name])];
  switch (kindOf(capability)) {
    case 'aws':
      return [];
    case 'postgres':
      return databaseTokenGrant(capability, name, outlives);
    case 'oauth': {
      const client = capability.oauth?.client ?? '';
      const guarantee = oauthGuarantee(systems.clients[client], outlives);
      return [{ kind: 'oauth', name, client, capabilities, guarantee }];
    }
    case 'jwt':
      return [{ kind: 'jwt', name, capabilities, guarantee: jwtGuarantee(outlives) }];
    case 'proxy':
      return [{ kind: 'proxy', name, capabilities, guarantee: proxyGuarantee(capability, outlives) }];
  }
}

function databaseTokenGrant(
  { postgres }: Capability,
  name: string,
  outlives: Grant['guarantee']['outlives'],
): Grant[] {
  if (!postgres?.iam) return [];
  const guarantee = databaseTokenGuarantee([name], outlives);
  return [{ kind: 'postgres', name, user: postgres.iam.user, iam: true, capabilities: [name], guarantee }];
}
