import { list, type PolicyDocument, type PolicyStatement } from '../iam/document.ts';

/**
 * Whether a document is a policy that STS takes for a session and IAM for a role: of a known version, without principals, every
 * statement with resources, every action with its service's prefix (IAM user guide, policy grammar). Names of
 * services, actions and operators are not checked; the evaluation denies what it does not know.
 */
export function isIdentityPolicy(document: PolicyDocument): boolean {
  const known = Object.keys(document).every((key) => elements.has(key));
  const version = document.Version === undefined || versions.has(document.Version);
  return known && version && document.Statement.every(isIdentityStatement);
}

const elements = new Set(['Version', 'Id', 'Statement']);
const versions = new Set(['2012-10-17', '2008-10-17']);
const actionForm = /^(\*|[\w-]+:[\w*?]+)$/;
const resourceForm = /^(\*|arn:.+)$/;

function isIdentityStatement(statement: PolicyStatement): boolean {
  const names = Object.keys(statement);
  const { Action, NotAction, Resource, NotResource, Condition } = statement;
  return (
    !names.includes('Principal') &&
    !names.includes('NotPrincipal') &&
    names.includes('Resource') !== names.includes('NotResource') &&
    every(Action ?? NotAction, actionForm) &&
    every(Resource ?? NotResource, resourceForm) &&
    (Condition === undefined || (typeof Condition === 'object' && Condition !== null))
  );
}

function every(value: string | readonly string[] | undefined, form: RegExp): boolean {
  const values = Array.isArray(value) || typeof value === 'string' ? list(value) : [];
  return values.length > 0 && values.every((each) => typeof each === 'string' && form.test(each));
}
