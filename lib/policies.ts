import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContextPolicy, Guardrail } from '../core/policy/schema.ts';
import { compileGuardrail, compilePolicy, PolicySourceError } from '../core/policy/source.ts';

/** The policies of a deployment and the guardrail that they were compiled inside. */
export type PolicySet = { readonly policies: readonly ContextPolicy[]; readonly guardrail: Guardrail };

/** Compiles every `*.yaml` of a folder inside its `guardrail.yaml`; throws PolicySourceError with all that is wrong. */
export function readPolicies(folder: string): PolicySet {
  const read = (name: string) => ({
    name: join(folder, name),
    text: readFileSync(join(folder, name), 'utf8'),
  });
  const guardrail = compileGuardrail(read('guardrail.yaml'));
  const problems: string[] = [];
  const policies = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'guardrail.yaml')
    .sort()
    .flatMap((name) => {
      try {
        return [compilePolicy(read(name), guardrail)];
      } catch (error) {
        if (!(error instanceof PolicySourceError)) throw error;
        problems.push(...error.problems);
        return [];
      }
    });
  const types = policies.map(({ agent_type }) => agent_type);
  const twice = types.find((type, i) => types.indexOf(type) !== i);
  if (twice) problems.push(`${folder}: two policies are for the agent type ${twice}`);
  if (policies.length === 0 && problems.length === 0) problems.push(`${folder}: holds no context policy`);
  if (problems.length > 0) throw new PolicySourceError(problems);
  return { policies, guardrail };
}
