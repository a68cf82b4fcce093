import { AwsFault } from '../fault.ts';
import { parsePolicy } from '../iam/document.ts';
import { type Role, writtenPolicies } from '../iam/role.ts';
import type { Session } from '../iam/store.ts';
import type { IamOperation, IamWorld } from './iam.ts';
import { isIdentityPolicy } from './identity-policy-grammar.ts';
import { element, invalid, text } from './query-protocol.ts';

/** Characters that all inline policies of a role may have, white space not counted (IAM user guide, IAM quotas). */
export const inlineLimit = 10_240;

const roleName = /^[\w+=,.@-]{1,64}$/;
const policyName = /^[\w+=,.@-]{1,128}$/;
const policyCharacters = /^[\t\n\r\u0020-\u00ff]{1,131072}$/;

/** PutRolePolicy (IAM API reference): adds an inline policy or replaces the one of that name. */
export const putRolePolicy: IamOperation = async (world, caller, form) => {
  const name = named(form, 'PolicyName', policyName);
  const document = text(form, 'PolicyDocument') ?? '';
  const role = await authorized(world, caller, form, 'iam:PutRolePolicy');
  const parsed = policyCharacters.test(document) ? parsePolicy(document) : undefined;
  if (!parsed || !isIdentityPolicy(parsed))
    throw new AwsFault('MalformedPolicyDocument', 'The policy is not in the grammar of identity policies.');
  const others = [...writtenPolicies(role)].filter(([each]) => each !== name).map(([, each]) => each);
  const size = [...others, document].reduce((sum, each) => sum + counted(each), 0);
  if (size > inlineLimit)
    throw new AwsFault(
      'LimitExceeded',
      `Maximum policy size of ${inlineLimit} bytes exceeded for role ${role.name}`,
      409,
    );
  world.iam.writeInline(role, name, document);
  return undefined;
};

/** GetRolePolicy (IAM API reference): the document as it was put, encoded as in RFC 3986; sees every write at once. */
export const getRolePolicy: IamOperation = async (world, caller, form) => {
  const name = named(form, 'PolicyName', policyName);
  const role = await authorized(world, caller, form, 'iam:GetRolePolicy');
  const document = policyOf(role, name);
  return (
    element('RoleName', role.name) +
    element('PolicyName', name) +
    element('PolicyDocument', encoded(document))
  );
};

/** DeleteRolePolicy (IAM API reference). */
export const deleteRolePolicy: IamOperation = async (world, caller, form) => {
  const name = named(form, 'PolicyName', policyName);
  const role = await authorized(world, caller, form, 'iam:DeleteRolePolicy');
  policyOf(role, name);
  world.iam.writeInline(role, name, undefined);
  return undefined;
};

/** ListRolePolicies (IAM API reference): all names at once, since a role's policies share their small limit. */
export const listRolePolicies: IamOperation = async (world, caller, form) => {
  const role = await authorized(world, caller, form, 'iam:ListRolePolicies');
  const names = [...writtenPolicies(role).keys()].sort().map((name) => element('member', name));
  return `<PolicyNames>${names.join('')}</PolicyNames>${element('IsTruncated', 'false')}`;
};

/** Text as IAM puts policy documents into its answers: percent-encoded as in RFC 3986. */
export function encoded(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The role of a call, if the caller may do this to it; one that does not exist is authorized by its name. */
async function authorized(
  { iam, authorizer }: IamWorld,
  caller: Session,
  form: URLSearchParams,
  action: string,
): Promise<Role> {
  const name = named(form, 'RoleName', roleName);
  const { account } = caller.role;
  const role = iam.role(name, account);
  const resource = role?.arn ?? `arn:aws:iam::${account}:role/${name}`;
  await authorizer.demand(caller, { action, resource });
  if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

function policyOf(role: Role, name: string): string {
  const document = writtenPolicies(role).get(name);
  if (document === undefined) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
  return document;
}

function named(form: URLSearchParams, field: string, pattern: RegExp): string {
  const value = text(form, field) ?? '';
  if (!pattern.test(value)) throw invalid(`${field} must match ${pattern.source}`);
  return value;
}

function noSuchEntity(message: string): AwsFault {
  return new AwsFault('NoSuchEntity', message, 404);
}

/** White space between the parts of a document does not count; inside a string it is part of the policy. */
function counted(document: string): number {
  return JSON.stringify(JSON.parse(document)).length;
}
