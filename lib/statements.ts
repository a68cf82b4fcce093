import { type NameOf, readable, unreadable } from './readable.ts';

/** A CloudFormation template as JSON, and what its resources are called. */
export type NamedTemplate = {
  readonly template: {
    readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
  };
  readonly nameOf: NameOf;
};

/** One statement of a policy in a template, readable; every list is sorted. */
export type Statement = {
  /** Construct path of the resource below its stack: `Issuance/Role`. */
  readonly where: string;
  /** Where in the resource's properties its document is: `AssumeRolePolicyDocument`. */
  readonly document: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `Service lambda.amazonaws.com`; everybody is `AWS *`. */
  readonly principals: readonly string[];
  /** Values by operator and key: `ArnLike aws:PrincipalArn`. */
  readonly conditions: Readonly<Record<string, readonly string[]>>;
  /** Elements that say everything but, such as `NotAction`, with their values. */
  readonly allBut: Readonly<Record<string, readonly string[]>>;
};

type Element = Readonly<Record<string, unknown>>;

/**
 * Every statement of a template, wherever a policy document stands: in roles, managed policies, keys, APIs,
 * queues, tables, as JSON text too; and the permissions of functions, which are statements by another name.
 */
export function statementsOf({ template, nameOf }: NamedTemplate): Statement[] {
  return Object.entries(template.Resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    const where = nameOf(logicalId) ?? logicalId;
    const properties = readable(Properties, nameOf) as Element;
    return Type === 'AWS::Lambda::Permission'
      ? [parse(where, 'Permission', functionPermission(properties))]
      : documentsIn(properties, []).flatMap(({ path, elements }) =>
          elements.map((element) => parse(where, path, element)),
        );
  });
}

/** The managed policies that resources attach, by construct path. */
export function attachmentsOf({ template, nameOf }: NamedTemplate): Readonly<Record<string, string[]>> {
  const attached = Object.entries(template.Resources).map(([logicalId, { Properties = {} }]) => {
    const { ManagedPolicyArns, PermissionsBoundary } = readable(Properties, nameOf) as Element;
    const arns = [...list(ManagedPolicyArns), ...list(PermissionsBoundary)];
    return [nameOf(logicalId) ?? logicalId, arns] as const;
  });
  return Object.fromEntries(attached.filter(([, arns]) => arns.length > 0));
}

/** A statement in one line; what differs in anything but its place reads differently. */
export function inWords({ effect, actions, resources, principals, conditions, allBut }: Statement): string {
  const condition = Object.entries(conditions).map(([key, values]) => `${key} = ${values.join(' | ')}`);
  const not = Object.entries(allBut).map(([element, values]) => `${element} ${values.join(', ')}`);
  return [
    effect,
    [...actions, ...not].join(', '),
    ...(resources.length > 0 ? [`on ${resources.join(', ')}`] : []),
    ...(principals.length > 0 ? [`to ${principals.join(', ')}`] : []),
    ...(condition.length > 0 ? [`if ${condition.join(' and ')}`] : []),
  ].join(' ');
}

function parse(where: string, document: string, element: Element): Statement {
  const { Sid, Effect, Action, Resource, Principal, Condition, ...others } = element;
  const values = (value: unknown) => list(Array.isArray(value) ? value : JSON.stringify(value));
  return {
    where,
    document,
    effect: String(Effect),
    actions: list(Action),
    resources: list(Resource),
    principals: principalsOf(Principal),
    conditions: conditionsOf(Condition),
    allBut: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, values(value)])),
  };
}

function principalsOf(principal: unknown): string[] {
  if (principal === undefined) return [];
  if (typeof principal !== 'object' || principal === null) return [`AWS ${principal}`];
  return Object.entries(principal).flatMap(([kind, ids]) => list(ids).map((id) => `${kind} ${id}`));
}

function conditionsOf(condition: unknown): Record<string, string[]> {
  const operators = Object.entries((condition ?? {}) as Record<string, Element>);
  return Object.fromEntries(
    operators.flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => [`${operator} ${key}`, list(values)] as const),
    ),
  );
}

/** What Lambda writes into the function's policy (API reference, AddPermission). */
function functionPermission(properties: Element): Element {
  const { Action, FunctionName, Principal, SourceArn, ...equal } = properties;
  return {
    Effect: 'Allow',
    Action,
    Resource: FunctionName,
    Principal: String(Principal).endsWith('.amazonaws.com') ? { Service: Principal } : Principal,
    Condition: { ...(SourceArn !== undefined && { ArnLike: { SourceArn } }), StringEquals: equal },
  };
}

function documentsIn(value: unknown, path: string[]): { path: string; elements: Element[] }[] {
  if (typeof value === 'string' && /^\s*\{.*"Statement"/s.test(value))
    return documentsIn(asJson(value), path);
  if (typeof value !== 'object' || value === null) return [];
  const { Statement } = value as Element;
  const here = Statement === undefined ? [] : [{ path: path.join('.'), elements: elementsOf(Statement) }];
  return [...here, ...Object.entries(value).flatMap(([key, each]) => documentsIn(each, [...path, key]))];
}

/** IAM takes no statement without Effect, so what has none is something else. */
function elementsOf(statement: unknown): Element[] {
  return (Array.isArray(statement) ? statement : [statement])
    .map((each) => (typeof each === 'object' && each !== null ? each : unknownElement))
    .filter((each) => 'Effect' in each);
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { Statement: unknownElement };
  }
}

const unknownElement = { Effect: 'Allow', Action: unreadable };

function list(value: unknown): string[] {
  return value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String).sort();
}
