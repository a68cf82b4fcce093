import { nearest } from '../core/nearest.ts';
import { grantRoleNamePrefix } from '../core/plan.ts';
import { Failure, UsageError } from './cli-error.ts';

/** A deployment in one region: IAM is global, deployments are regional. */
export type Place = { readonly deployment: string; readonly region: string };

/** A grant role by its name. */
export type GrantRole = { readonly name: string; readonly agentType: string };

/** `all`, or one agent type. */
export type PanicScope = string;

/** The grant roles of a deployment in one region, among the names of all its regions. */
export function rolesOf({ deployment, region }: Place, names: readonly string[]): GrantRole[] {
  const prefix = grantRoleNamePrefix(deployment, region);
  return names
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ name, agentType: name.slice(prefix.length).replace(/-\d+$/, '') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The agent types that have grant roles. */
export function typesOf(roles: readonly GrantRole[]): string[] {
  return [...new Set(roles.map(({ agentType }) => agentType))];
}

/**
 * The grant roles that a scope means. Throws {@link Failure} where a deployment has none at all, {@link UsageError} for
 * a type that it does not have.
 */
export function rolesIn(scope: PanicScope, roles: readonly GrantRole[], place: Place): readonly GrantRole[] {
  const where = `${place.deployment} in ${place.region}`;
  if (roles.length === 0)
    throw new Failure(
      `there are no grant roles of ${where}: nothing was done`,
      'Is it another --deployment or --region?',
    );
  if (scope === 'all') return roles;
  const meant = roles.filter(({ agentType }) => agentType === scope);
  if (meant.length > 0) return meant;
  const types = typesOf(roles);
  const near = nearest(scope, types);
  throw new UsageError(
    `${where} has no agent type ${scope}, but ${types.join(', ')}${near ? `; did you mean ${near}?` : ''}`,
  );
}
