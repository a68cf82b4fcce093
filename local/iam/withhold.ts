import { boundaryOf, identityPolicies } from './authorize.ts';
import { list, type PolicyDocument, type PolicyStatement } from './document.ts';
import type { NamedPolicy } from './evaluate.ts';
import type { Role } from './role.ts';
import type { IamStore } from './store.ts';

/** What of a role is meant: what it may do, the boundary around that, or who may assume it. */
export type RolePart = 'permissions' | 'boundary' | 'trust';

/** One thing that a role allows: an action, on one resource as the policy writes it or wherever it is allowed. */
export type Permission = {
  readonly role: string;
  readonly part: RolePart;
  readonly action: string;
  readonly resource?: string | undefined;
};

/**
 * Takes one permission away from a role; answers how to give it back. It counts at once, for sessions that are
 * open too. Denies stay as they are, and so does what calls to IAM wrote. Throws when the role has no such
 * permission.
 */
export function withhold(iam: IamStore, permission: Permission): () => void {
  const role = iam.role(permission.role);
  if (!role) throw new Error(`no role is called ${permission.role}`);
  const documents = documentsOf(role, permission.part, iam);
  if (!documents.some(({ document }) => document.Statement.some((each) => holds(each, permission))))
    throw new Error(`${role.name} (${permission.part}) does not hold ${permission.action}`);
  const left = documents.map(({ name, document }) => ({ name, document: without(document, permission) }));
  iam.changeRole(withDocuments(role, permission.part, left, iam));
  return () => {
    const { trust, inline, managed, boundary } = role;
    iam.changeRole({ ...(iam.current(role) ?? role), trust, inline, managed, boundary });
  };
}

function documentsOf(role: Role, part: RolePart, iam: IamStore): NamedPolicy[] {
  if (part === 'permissions') return identityPolicies(role, role.inline, iam);
  if (part === 'trust') return [{ name: 'trust', document: role.trust }];
  const boundary = boundaryOf(role, iam);
  return boundary ? [boundary] : [];
}

/** The role with other documents. Managed policies are shared with other roles, so it gets copies of its own. */
function withDocuments(role: Role, part: RolePart, documents: readonly NamedPolicy[], iam: IamStore): Role {
  const filled = documents.filter(({ document }) => document.Statement.length > 0);
  if (part === 'permissions')
    return { ...role, inline: new Map(filled.map(({ name, document }) => [name, document])), managed: [] };
  const [only] = filled;
  // Without any statement the document would not be one, and a role without boundary is not bounded at all.
  if (!only) throw new Error(`nothing would be left of the ${part} of ${role.name}`);
  if (part === 'trust') return { ...role, trust: only.document };
  const boundary = `${only.name}-of-${role.name}`;
  iam.managedPolicies.set(boundary, only.document);
  return { ...role, boundary };
}

function holds({ Effect, Action, Resource }: PolicyStatement, { action, resource }: Permission): boolean {
  const there = resource === undefined || list(Resource).includes(resource);
  return Effect === 'Allow' && list(Action).includes(action) && there;
}

/** A document in which each statement keeps its other actions everywhere, and the action on other resources. */
function without(document: PolicyDocument, permission: Permission): PolicyDocument {
  const { action, resource } = permission;
  const Statement = document.Statement.flatMap((statement): PolicyStatement[] => {
    if (!holds(statement, permission)) return [statement];
    const otherActions = list(statement.Action).filter((each) => each !== action);
    const elsewhere =
      resource === undefined ? [] : list(statement.Resource).filter((arn) => arn !== resource);
    return [
      ...(otherActions.length > 0 ? [{ ...statement, Action: otherActions }] : []),
      ...(elsewhere.length > 0 ? [{ ...statement, Action: action, Resource: elsewhere }] : []),
    ];
  });
  return { ...document, Statement };
}
