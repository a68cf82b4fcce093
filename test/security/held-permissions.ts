import { inject } from 'vitest';
import { list, type PolicyDocument } from '../../local/iam/document.ts';
import type { RolePart } from '../../local/iam/withhold.ts';
import { localPlace } from '../../local/synthesize.ts';
import { loadTemplate, readAssembly } from '../../local/template/load.ts';
import type { Model, RoleDefinition } from '../../local/template/model.ts';

/** One permission that the template gives: an action on one resource, as the policy writes it. */
export type Held = {
  /** The function, or the agent type of the grant role. */
  readonly holder: string;
  readonly roles: readonly string[];
  readonly part: RolePart;
  readonly action: string;
  /** Undefined in a trust policy, which has no resources. */
  readonly resource: string | undefined;
};

/** What the run's one synth deploys. */
export function synthesized(): Model {
  const { stack, template, asset } = readAssembly(inject('assembly'));
  return loadTemplate(template, { ...localPlace, stack }, asset);
}

/** The functions of a model by the names that they have in the tests: those of their constructs, in lower case. */
export function functionsOf({ functions }: Model) {
  return functions.map(({ logicalId, name, arn, roleName }) => {
    const short = logicalId.replace(/Function[0-9A-F]{8}$/, '').toLowerCase();
    return { short, name, arn, role: roleName };
  });
}

/** Everything that the roles of the functions may do. */
export function heldByFunctions(model: Model): Held[] {
  return functionsOf(model).flatMap(({ short, role }) => {
    const definition = model.roles.find(({ name }) => name === role);
    if (!definition) throw new Error(`the template has no role ${role} for ${short}`);
    return documentsOf(model, definition, 'permissions')
      .flatMap(allowed)
      .map((permission) => ({
        ...permission,
        holder: short,
        roles: [role],
        part: 'permissions' as const,
      }));
  });
}

/** Everything that grant roles allow, once for each agent type: its shards must not differ. */
export function heldByGrantRoles(model: Model): Held[] {
  const shards = model.roles.filter(({ path }) => path.endsWith('/grant/'));
  const types = new Map<string, RoleDefinition[]>();
  for (const role of shards) types.set(typeOf(role), [...(types.get(typeOf(role)) ?? []), role]);
  const parts: RolePart[] = ['permissions', 'boundary', 'trust'];
  return [...types].flatMap(([holder, roles]) =>
    parts.flatMap((part) => {
      const [first, ...others] = roles.map((role) => documentsOf(model, role, part).flatMap(allowed));
      if (!first || others.some((other) => JSON.stringify(other) !== JSON.stringify(first)))
        throw new Error(`the shards of ${holder} differ in their ${part}`);
      return first.map((permission) => ({
        ...permission,
        holder,
        roles: roles.map(({ name }) => name),
        part,
      }));
    }),
  );
}

/** `mayfly-eu-central-1-invoice_processor-3` → `invoice_processor`. */
function typeOf({ name }: RoleDefinition): string {
  return name.replace(/^.*-([a-z0-9_]+)-\d+$/, '$1');
}

function documentsOf(model: Model, role: RoleDefinition, part: RolePart): PolicyDocument[] {
  const managed = (arn: string) => model.managedPolicies.filter((policy) => policy.arn === arn);
  if (part === 'trust') return [role.trust];
  const arns = part === 'permissions' ? role.managed : [role.boundary ?? ''];
  const inline = part === 'permissions' ? [...role.inline.values()] : [];
  return [...inline, ...arns.flatMap(managed).map(({ document }) => document)];
}

function allowed({ Statement }: PolicyDocument): Pick<Held, 'action' | 'resource'>[] {
  return Statement.filter(({ Effect }) => Effect === 'Allow').flatMap((statement) => {
    if (statement.NotAction || statement.NotResource)
      throw new Error(`what this allows cannot be listed: ${JSON.stringify(statement)}`);
    const resources = statement.Resource === undefined ? [undefined] : list(statement.Resource);
    return list(statement.Action).flatMap((action) => resources.map((resource) => ({ action, resource })));
  });
}
