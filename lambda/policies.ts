import { readFileSync } from 'node:fs';
import type { IdentityProvider } from '../core/policy/identity-providers.ts';
import type { ContextPolicy } from '../core/policy/schema.ts';
import type { Systems } from '../core/policy/schema-systems.ts';
import type { TrustSources } from '../core/policy/schema-trust.ts';

/** The compiled policies that synth put beside the bundle; read once, when the function starts. */
export function loadPolicies(): readonly ContextPolicy[] {
  return beside('./policies.json');
}

/** The identity providers that synth put beside the bundle. */
export function loadIdentityProviders(): readonly IdentityProvider[] {
  return beside('./identity-providers.json');
}

/** Whose word counts when a runtime proves itself. */
export function loadTrustSources(): TrustSources {
  return beside('./trust-sources.json');
}

/** What grants beyond AWS reach. */
export function loadSystems(): Systems {
  return beside('./systems.json');
}

/** The same for those who delegate: what somebody signed in for, to decide by it, delegates nothing. */
export function delegating(providers: readonly IdentityProvider[]): readonly IdentityProvider[] {
  return providers.map(({ sign_in: _, ...provider }) => provider);
}

/** The same for those who decide: where people sign in for it, what they have for delegating decides nothing. */
export function deciding(providers: readonly IdentityProvider[]): readonly IdentityProvider[] {
  return providers.map((provider) =>
    provider.sign_in ? { ...provider, audience: provider.sign_in.client_id } : provider,
  );
}

function beside<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}
