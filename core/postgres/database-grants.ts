import type { ContextPolicy } from '../policy/schema.ts';
import type { PostgresPrivileges } from '../policy/schema-capabilities.ts';

/** What capabilities of one database come to, together. */
export type DatabaseGrants = {
  readonly grants: readonly PostgresPrivileges[];
  /** Connections at one time. */
  readonly connections: number;
};

/**
 * What these capabilities of a policy give in one database: all of their grants, and the most connections of any. Throws
 * where one of them is not of that database, as a policy may have changed since the lease was made.
 */
export function databaseGrants(
  policy: Pick<ContextPolicy, 'capabilities'>,
  capabilities: readonly string[],
  database: string,
): DatabaseGrants {
  const named = capabilities.map((name) => {
    const { postgres } = (Object.hasOwn(policy.capabilities, name) && policy.capabilities[name]) || {};
    if (postgres?.database !== database || !postgres.grants?.length)
      throw new Error('the policy has no such capability of this database any more');
    return { grants: postgres.grants, connections: postgres.connections };
  });
  if (named.length === 0) throw new Error('a grant without capabilities');
  return {
    grants: named.flatMap(({ grants }) => grants),
    connections: Math.max(...named.map(({ connections }) => connections)),
  };
}
