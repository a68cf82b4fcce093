/**
 * Actions without resource-level permission, by lower-case name, and why an agent may need them. Only these may
 * be granted on `*` (service authorization reference of each service).
 */
const unscoped: Readonly<Record<string, string>> = {
  'ecr:getauthorizationtoken': 'docker cannot push without a registry token; repositories stay scoped',
  'cloudwatch:putmetricdata': 'metrics have no ARN',
};

/** Whether IAM knows no resource for this action, so that it can only be granted on `*`. */
export function isUnscoped(action: string): boolean {
  return Object.hasOwn(unscoped, action.toLowerCase());
}

/** The one resource of an action without resources. */
export const everyResource = '*';
