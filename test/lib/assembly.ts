import { CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { inject } from 'vitest';
import { namedTemplate } from '../../lib/checked-synth.ts';
import type { NamedTemplate } from '../../lib/statements.ts';

/** The one stack of the run's one synth. */
export function synthesizedStack(): CloudFormationStackArtifact {
  const [stack] = new CloudAssembly(inject('assembly')).stacks;
  if (!stack) throw new Error('the assembly holds no stack');
  return stack;
}

/** Its template, with construct paths for logical ids. */
export function synthesized(): NamedTemplate {
  return namedTemplate(synthesizedStack());
}

/**
 * The resources of a type, by construct path, or those whose path is `path` too; throws when there are none, so
 * that no test passes on nothing.
 */
export function resourcesOf(type: string, path?: string): Record<string, TemplateResource> {
  const { template, nameOf } = synthesized();
  const found = Object.entries(template.Resources as Record<string, TemplateResource>)
    .filter(([, { Type }]) => Type === type)
    .map(([logicalId, resource]) => [nameOf(logicalId) ?? logicalId, resource] as const)
    .filter(([name]) => path === undefined || name === path);
  if (found.length === 0) throw new Error(`the template holds no ${type}`);
  return Object.fromEntries(found);
}

type TemplateResource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
};
