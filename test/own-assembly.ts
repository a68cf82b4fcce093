import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { IdentityProvider } from '../core/policy/identity-providers.ts';
import type { ContextPolicy } from '../core/policy/schema.ts';
import type { Systems } from '../core/policy/schema-systems.ts';
import type { TrustSources } from '../core/policy/schema-trust.ts';

/** A copy of the run's assembly, whose compiled policies and identity providers a test may change. */
export type OwnAssembly = {
  readonly folder: string;
  /** Changes the policy of a type in every bundle; a broker that runs takes it over when it is redeployed. */
  policy(agentType: string, change: (policy: ContextPolicy) => ContextPolicy): void;
  /** Replaces the identity providers in every bundle that has them. */
  providers(all: readonly IdentityProvider[]): void;
  /** Replaces the systems that grants beyond AWS reach, in every bundle that has them. */
  systems(all: Systems): void;
  /** Changes whose word counts, in the bundle that verifies evidence. */
  trust(change: (trust: TrustSources) => TrustSources): void;
  remove(): void;
};

/** Copies the run's one synth. */
export function ownAssembly(): OwnAssembly {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-own-'));
  cpSync(inject('assembly'), folder, { recursive: true });
  return changeable(folder);
}

/** An assembly that a test made for itself. */
export function changeable(folder: string): OwnAssembly {
  const rewrite = <Content>(name: string, change: (content: Content) => Content) => {
    const files = readdirSync(folder)
      .filter((each) => each.startsWith('asset.'))
      .map((each) => join(folder, each, name))
      .filter((file) => existsSync(file));
    if (files.length === 0) throw new Error(`no bundle has ${name} beside it`);
    for (const file of files)
      writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
  };
  return {
    folder,
    policy(agentType, change) {
      rewrite<readonly ContextPolicy[]>('policies.json', (policies) => {
        if (!policies.some(({ agent_type }) => agent_type === agentType))
          throw new Error(`there is no policy for ${agentType}`);
        return policies.map((policy) => (policy.agent_type === agentType ? change(policy) : policy));
      });
    },
    providers: (all) => rewrite<readonly IdentityProvider[]>('identity-providers.json', () => all),
    systems: (all) => rewrite<Systems>('systems.json', () => all),
    trust: (change) => rewrite<TrustSources>('trust-sources.json', change),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
