import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beside, isPolicyFile } from '../core/policy/folder.ts';
import type { IdentityProvider } from '../core/policy/identity-providers.ts';
import type { ContextPolicy, Guardrail } from '../core/policy/schema.ts';
import { noSystems, type Systems } from '../core/policy/schema-systems.ts';
import { noTrust, type TrustSources } from '../core/policy/schema-trust.ts';
import {
  compileGuardrail,
  compileIdentityProviders,
  compilePolicy,
  compileSystems,
  compileTrustSources,
  PolicySourceError,
} from '../core/policy/source.ts';
import type { BesideBundle } from './bundle.ts';

/** The policies of a deployment, the guardrail that they were compiled inside, and who may say who a person is. */
export type PolicySet = {
  readonly policies: readonly ContextPolicy[];
  readonly guardrail: Guardrail;
  readonly identityProviders: readonly IdentityProvider[];
  readonly trust: TrustSources;
  readonly systems: Systems;
};

/**
 * Compiles every `*.yaml` of a folder inside its `guardrail.yaml`, with the `identity-providers.yaml`, `trust-sources.yaml`
 * and `systems.yaml` that may be beside it; throws PolicySourceError with all that is wrong.
 */
export function readPolicies(folder: string): PolicySet {
  const read = (name: string) => ({
    name: join(folder, name),
    text: readFileSync(join(folder, name), 'utf8'),
  });
  const guardrail = compileGuardrail(read(beside.guardrail));
  const problems: string[] = [];
  const compiled = <Result>(compile: () => Result): Result[] => {
    try {
      return [compile()];
    } catch (error) {
      if (!(error instanceof PolicySourceError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  const isThere = (name: string) => existsSync(join(folder, name));
  const identityProviders = isThere(beside.identityProviders)
    ? compiled(() => compileIdentityProviders(read(beside.identityProviders))).flat()
    : [];
  const trust = isThere(beside.trustSources)
    ? compiled(() => compileTrustSources(read(beside.trustSources)))[0]
    : noTrust;
  const systems = isThere(beside.systems)
    ? compiled(() => compileSystems(read(beside.systems)))[0]
    : noSystems;
  // Every policy would be told to list there what may well be listed.
  if (!trust || !systems) throw new PolicySourceError(problems);
  const policies = readdirSync(folder)
    .filter(isPolicyFile)
    .sort()
    .flatMap((name) => compiled(() => compilePolicy(read(name), guardrail, trust, systems)));
  const types = policies.map(({ agent_type }) => agent_type);
  const twice = types.find((type, i) => types.indexOf(type) !== i);
  if (twice) problems.push(`${folder}: two policies are for the agent type ${twice}`);
  if (policies.length === 0 && problems.length === 0) problems.push(`${folder}: holds no context policy`);
  if (problems.length > 0) throw new PolicySourceError(problems);
  return { policies, guardrail, identityProviders, trust, systems };
}

/** What the function is given that attests. */
export function besideAttesting({ policies, trust }: PolicySet): BesideBundle {
  return { 'policies.json': JSON.stringify(policies), 'trust-sources.json': JSON.stringify(trust) };
}

/** What a function is given that judges tasks and people. */
export function besideJudging({ policies, identityProviders, systems }: PolicySet): BesideBundle {
  return {
    'policies.json': JSON.stringify(policies),
    'systems.json': JSON.stringify(systems),
    'identity-providers.json': JSON.stringify(identityProviders),
  };
}

/** What a function is given that makes grants. */
export function besideGranting({ policies, systems }: PolicySet): BesideBundle {
  return { 'policies.json': JSON.stringify(policies), 'systems.json': JSON.stringify(systems) };
}
