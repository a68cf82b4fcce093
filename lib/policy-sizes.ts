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

/** What a `Ref` is taken for that is no ARN and has one length: the id of an API, and a UUID. */
const idSizes: Readonly<Record<string, number>> = {
  'AWS::ApiGateway::RestApi': 10,
  'AWS::Lambda::EventSourceMapping': 36,
};

/**
 * Policies that AWS would refuse at deploy for their size, in words: an agent type whose ceiling is too large, or
 * more agent roles and operators than the API can list, is told now, and what to do.
 */
export function policySizeProblems({ template, nameOf }: NamedTemplate): string[] {
  const ids = new Map(
    Object.entries(template.Resources).flatMap(([logicalId, { Type }]) => {
      const size = Object.hasOwn(idSizes, Type) ? idSizes[Type] : undefined;
      return size === undefined ? [] : [[nameOf(logicalId) ?? logicalId, size] as const];
    }),
  );
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties }]) => {
    const limit = Object.hasOwn(limits, Type) ? limits[Type] : undefined;
    if (!limit) return [];
    const { property, most, advice } = limit;
    const policy = (readable(Properties, nameOf) as Record<string, unknown> | undefined)?.[property];
    const size = sizeOf(policy, ids);
    const where = nameOf(logicalId) ?? logicalId;
    return size > most
      ? [`${where}: takes up to ${size} characters of the ${most} that AWS allows; ${advice}`]
      : [];
  });
}

function sizeOf(policy: unknown, ids: ReadonlyMap<string, number>): number {
  const text = JSON.stringify(policy ?? {}).replace(/\$\{([^}]+)\}/g, (_, name: string) =>
    'x'.repeat(name.startsWith('AWS::') ? pseudoSize : (ids.get(name) ?? arnSize)),
  );
  return text.replace(/\s/g, '').length;
}
