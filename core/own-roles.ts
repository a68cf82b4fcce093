import { withoutPath } from './identity.ts';
import { isEntryRole, isGrantRole } from './plan.ts';

/**
 * Tells the roles of this deployment that are never an agent, its grant roles and its entry role, by their ARNs with or
 * without path, as sessions are named without. `entryRole` is `none` where there is none.
 */
export function isOneOf(grantRolePrefix: string, entryRole: string): (role: string) => boolean {
  const grants = withoutPath(grantRolePrefix);
  return (role) => {
    const bare = withoutPath(role);
    return (
      isGrantRole(role) ||
      isEntryRole(role) ||
      bare === withoutPath(entryRole) ||
      (bare.startsWith(grants) && /-\d{1,2}$/.test(bare))
    );
  };
}
