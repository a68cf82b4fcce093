import { readable } from './readable.ts';
import type { NamedTemplate } from './statements.ts';

/** Characters of a managed policy, white space not counted (IAM user guide, quotas). */
const largestManagedPolicy = 6_144;

/** What references are taken for, in characters: the longest region, and the longest ARN of ours. */
const [pseudoSize, arnSize] = [14, 110];

/**
 * Managed policies that IAM would refuse at deploy for their size, in words: an agent type whose ceiling is too
 * large is told now, and what to do.
 */
export function policySizeProblems({ template, nameOf }: NamedTemplate): string[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties }]) => {
    if (Type !== 'AWS::IAM::ManagedPolicy') return [];
    const { PolicyDocument } = readable(Properties, nameOf) as { PolicyDocument?: unknown };
    const text = JSON.stringify(PolicyDocument ?? {}).replace(/\$\{([^}]+)\}/g, (_, name: string) =>
      'x'.repeat(name.startsWith('AWS::') ? pseudoSize : arnSize),
    );
    const size = text.replace(/\s/g, '').length;
    if (size <= largestManagedPolicy) return [];
    const where = nameOf(logicalId) ?? logicalId;
    return [
      `${where}: takes up to ${size} characters of the ${largestManagedPolicy} that IAM allows; give the agent type fewer capabilities, or split it in two`,
    ];
  });
}
