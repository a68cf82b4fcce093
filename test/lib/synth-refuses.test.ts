import { describe, expect, it } from 'vitest';
import { ceilingOf } from '../../core/policy/template.ts';
import { type Exception, statementProblems } from '../../lib/statement-check.ts';
import { invoicePolicy } from '../core/invoices.ts';

type Json = Record<string, unknown>;
const policies = [invoicePolicy()];
const exact = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/key' };
const everywhere = { ...exact, Resource: '*' };

/** A template of one resource called `Thing`, or what `named` says. */
function problems(Type: string, Properties: Json, exceptions: Exception[] = [], named = 'Thing'): string[] {
  const template = { Resources: { Thing: { Type, Properties }, Table: { Type: 'AWS::DynamoDB::Table' } } };
  const names: Record<string, string> = { Thing: named, Table: 'Leases/Table' };
  return statementProblems({ template, nameOf: (id) => names[id] }, { exceptions, policies });
}

const managed = (statement: Json, exceptions: Exception[] = [], named?: string) =>
  problems('AWS::IAM::ManagedPolicy', { PolicyDocument: { Statement: [statement] } }, exceptions, named);

describe('synth refuses', () => {
  it.each<[string, Json, string]>([
    ['a wildcard action', { ...exact, Action: 's3:Get*' }, 'an action holds a wildcard'],
    ['a wildcard action among exact ones', { ...exact, Action: ['s3:GetObject', '*'] }, 'an action holds'],
    ['an action with a ?', { ...exact, Action: 's3:GetObjec?' }, 'an action holds a wildcard'],
    ['every resource', everywhere, 'a resource holds a wildcard'],
    ['a wildcard inside a resource', { ...exact, Resource: 'arn:aws:s3:::b*/key' }, 'a resource holds'],
    [
      'a wildcard under a condition',
      { ...everywhere, Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
      'a resource',
    ],
    [
      'a wildcard behind a reference',
      { ...exact, Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Table', 'Arn'] }, '/*']] } },
      'a resource',
    ],
    ['everybody as principal', { ...exact, Principal: '*' }, 'it is for everybody'],
    ['everybody in a list of principals', { ...exact, Principal: { AWS: ['*'] } }, 'it is for everybody'],
    [
      'all actions but some',
      { Effect: 'Allow', NotAction: 'iam:*', Resource: exact.Resource },
      'all but something (NotAction)',
    ],
    [
      'all resources but some',
      { Effect: 'Allow', Action: exact.Action, NotResource: 'x' },
      'all but something (NotResource)',
    ],
    ['all principals but some', { ...exact, NotPrincipal: { AWS: 'x' } }, 'all but something (NotPrincipal)'],
    [
      'an action that a parameter names',
      { ...exact, Action: { Ref: 'Unknown' } },
      'known only when deployed',
    ],
    [
      'a resource that is chosen when deployed',
      { ...exact, Resource: { 'Fn::If': ['a', 'b', '*'] } },
      'known only when',
    ],
    [
      'an effect that is chosen when deployed',
      { ...everywhere, Effect: { 'Fn::If': ['a', 'b', 'c'] } },
      'known only when',
    ],
  ])('%s', (_, statement, fault) => {
    const [problem, ...others] = managed(statement);
    expect(problem).toContain('Thing (PolicyDocument): ');
    expect(problem).toContain(fault);
    expect(others).toEqual([]);
  });

  it.each<[string, string, Json]>([
    ['inline policies', 'AWS::IAM::Role', { Policies: [{ PolicyDocument: { Statement: everywhere } }] }],
    [
      'trust policies',
      'AWS::IAM::Role',
      { AssumeRolePolicyDocument: { Statement: { ...exact, Principal: '*' } } },
    ],
    ['key policies', 'AWS::KMS::Key', { KeyPolicy: { Statement: [{ ...exact, Action: 'kms:*' }] } }],
    ['the policy of an API', 'AWS::ApiGateway::RestApi', { Policy: { Statement: [everywhere] } }],
    [
      'policies as JSON text',
      'AWS::Logs::ResourcePolicy',
      { PolicyDocument: JSON.stringify({ Statement: everywhere }) },
    ],
    [
      'text that only looks like a policy',
      'AWS::Logs::ResourcePolicy',
      { PolicyDocument: '{ "Statement": oops' },
    ],
    [
      'policies deep in a resource of any type',
      'Some::New::Type',
      { A: [{ B: { Statement: [everywhere] } }] },
    ],
    [
      'a policy that is chosen when deployed',
      'AWS::IAM::Role',
      { P: { 'Fn::If': ['a', { Statement: exact }, 'b'] } },
    ],
    [
      'a document whose statements are chosen',
      'AWS::IAM::Role',
      { P: { Statement: { 'Fn::If': ['a', [], []] } } },
    ],
    [
      'permissions of functions',
      'AWS::Lambda::Permission',
      { Action: 'lambda:*', FunctionName: 'f', Principal: 'x' },
    ],
    [
      'functions that everybody may invoke',
      'AWS::Lambda::Permission',
      { Action: 'lambda:InvokeFunction', FunctionName: 'f', Principal: '*' },
    ],
    [
      'policies whose statements are elsewhere',
      'AWS::IAM::Role',
      { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
    ],
    [
      'a boundary whose statements are elsewhere',
      'AWS::IAM::Role',
      { PermissionsBoundary: { Ref: 'Unknown' } },
    ],
  ])('in %s', (_, type, properties) => {
    expect(problems(type, properties)).toHaveLength(1);
  });

  it('nothing of exact statements, denials and what is no policy', () => {
    expect(managed(exact)).toEqual([]);
    expect(managed({ Effect: 'Deny', NotAction: '*', Resource: '*', Principal: '*' })).toEqual([]);
    expect(managed({ ...exact, Resource: { 'Fn::GetAtt': ['Table', 'Arn'] } })).toEqual([]);
    expect(problems('AWS::WAFv2::WebACL', { Rules: [{ Statement: { RateBased: { Limit: 1 } } }] })).toEqual(
      [],
    );
    expect(problems('AWS::IAM::Role', { ManagedPolicyArns: [{ Ref: 'Table' }] })).toEqual([]);
  });
});

describe('an exception', () => {
  const token = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };
  const exception: Exception = {
    where: 'Grants/<agent type>/<policy>',
    actions: ['ecr:GetAuthorizationToken'],
    resources: ['*'],
    reason: 'it has no resources',
  };
  const place = 'Grants/release_agent/Permissions';

  it('excuses the statement it names', () => {
    expect(managed(token, [exception], place)).toEqual([]);
  });

  it.each<[string, Json, string, Partial<Exception>]>([
    ['in another place', token, 'Grants/release_agent/deep/Permissions', {}],
    ['with one action more', { ...token, Action: ['ecr:GetAuthorizationToken', 'ecr:PutImage'] }, place, {}],
    ['with one resource more', { ...token, Resource: ['*', 'arn:aws:s3:::b/*'] }, place, {}],
    ['for everybody', { ...token, Principal: '*' }, place, {}],
    ['without the condition it counts on', token, place, { conditions: ['StringEquals aws:PrincipalOrgID'] }],
  ])('does not excuse a statement %s', (_, statement, named, changed) => {
    const found = managed(statement, [{ ...exception, ...changed }], named);
    expect(found.filter((problem) => problem.startsWith(`${named} (`))).toHaveLength(1);
  });

  it('holds for a statement with the condition it counts on', () => {
    const conditions = ['StringEquals aws:PrincipalOrgID'];
    const statement = { ...token, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } };
    expect(managed(statement, [{ ...exception, conditions }], place)).toEqual([]);
  });

  it('never excuses an Allow for all but something', () => {
    const statement = { ...token, Action: undefined, NotAction: 'iam:*' };
    expect(managed(statement, [exception], place).join()).toContain('NotAction');
  });

  it.each<[string, Json, Exception, string]>([
    ['names a place that is gone', exact, exception, 'ecr:GetAuthorizationToken'],
    [
      'excuses what needs no excuse',
      { ...exact, Action: 'ecr:GetAuthorizationToken' },
      exception,
      'ecr:GetAuthorizationToken',
    ],
    [
      'names one action too many',
      token,
      { ...exception, actions: [...exception.actions, 'ecr:PutImage'] },
      'ecr:PutImage',
    ],
    [
      'names one resource too many',
      token,
      { ...exception, resources: ['*', 'arn:aws:ecr:*'] },
      'arn:aws:ecr:*',
    ],
  ])('that %s is stale, and refused', (name, statement, stale, part) => {
    const found = managed(statement, [stale], name === 'names a place that is gone' ? 'Thing' : place);
    expect(found).toContainEqual(`${stale.where}: no statement needs the exception for ${part}; remove it`);
  });
});

describe('a * in a resource of a grant role', () => {
  const [{ aws }] = Object.values(policies[0]?.capabilities ?? {}) as [
    { aws: { actions: string[]; resources: string[] } },
  ];
  const resource = ceilingOf(aws.resources[0] ?? '');
  const statement = { Effect: 'Allow', Action: aws.actions, Resource: resource };

  it('is allowed where a parameter stands in the context policy', () => {
    expect(resource).toContain('*');
    for (const name of ['Permissions', 'Boundary'])
      expect(managed(statement, [], `Grants/invoice_processor/${name}`)).toEqual([]);
  });

  it.each<[string, Json, string]>([
    [
      'wider than the context policy',
      { ...statement, Resource: 'arn:aws:s3:::acme-invoices/*' },
      'Grants/invoice_processor/Boundary',
    ],
    ['with another action', { ...statement, Action: 's3:DeleteObject' }, 'Grants/invoice_processor/Boundary'],
    [
      'with one action more',
      { ...statement, Action: [...aws.actions, 's3:DeleteObject'] },
      'Grants/invoice_processor/Boundary',
    ],
    ['of another agent type', statement, 'Grants/other_agent/Boundary'],
    ['of a policy that is not a grant role’s', statement, 'Issuance/Role'],
  ])('is refused %s', (_, changed, named) => {
    expect(managed(changed, [], named)).toHaveLength(1);
  });
});
