/** Files of a policy folder that are no policies, and belong to other owners. */
export const beside = {
  guardrail: 'guardrail.yaml',
  identityProviders: 'identity-providers.yaml',
  trustSources: 'trust-sources.yaml',
  systems: 'systems.yaml',
} as const;

/** Whether a file of a policy folder, by its name, is a policy. */
export function isPolicyFile(name: string): boolean {
  return name.endsWith('.yaml') && !Object.values<string>(beside).includes(name);
}
