import { describe, expect, it } from 'vitest';
import { everywhere, exact, type Json, managed, problems } from './one-statement.ts';

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
