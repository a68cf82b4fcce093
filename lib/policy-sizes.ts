import { readable } from './readable.ts';
import type { NamedTemplate } from './statements.ts';

/** A kind of policy: where it stands, how many characters AWS takes, and what to do when it is larger. */
type Limit = { readonly property: string; readonly most: number; readonly advice: string };

/** By resource type: IAM user guide, quotas, white space not counted; API Gateway developer guide, quotas. */
const limits: Readonly<Record<string, Limit>> = {
  'AWS::IAM::ManagedPolicy': {
    property: 'PolicyDocument',
    most: 6_144,
    advice: 'give the agent type fewer capabilities, or split it in two',
  },
  'AWS::ApiGateway::RestApi': {
    property: 'Policy',
    most: 8_192,
    advice: 'name fewer agent roles and operators, or deploy two brokers',
  },
};

/** What references are taken for, in characters: the longest region, and the longest ARN of ours. */
const [pseudoSize, arnSize] = [14, 110];

/**
 * Policies that AWS would refuse at deploy for their size, in words: an agent type whose ceiling is too large, or
 * more agent roles and operators than the API can list, is told now, and what to do.
 */
export function policySizeProblems({ template, nameOf }: NamedTemplate): string[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties }]) => {
    const limit = Object.hasOwn(limits, Type) ? limits[Type] : undefined;
    if (!limit) return [];
    const { property, most, advice } = limit;
    const size = sizeOf((readable(Properties, nameOf) as Record<string, unknown> | undefined)?.[property]);
    const where = nameOf(logicalId) ?? logicalId;
    return size > most
      ? [`${where}: takes up to ${size} characters of the ${most} that AWS allows; ${advice}`]
      : [];
  });
}

function sizeOf(policy: unknown): number {
  const text = JSON.stringify(policy ?? {}).replace(/\$\{([^}]+)\}/g, (_, name: string) =>
    'x'.repeat(name.startsWith('AWS::') ? pseudoSize : arnSize),
  );
  return text.replace(/\s/g, '').length;
}
