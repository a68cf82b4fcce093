import { describe, expect, it } from 'vitest';
import { checkPolicy } from '../../core/policy/check.ts';
import { capabilityProblems } from '../../core/policy/check-capability.ts';
import { whatOutlives } from '../../core/policy/outliving-actions.ts';
import type { Capability, Guardrail } from '../../core/policy/schema.ts';
import { invoicePolicy, planning } from './invoices.ts';

const guardrail: Guardrail = {
  accounts: ['111122223333'],
  services: ['s3', 'kms', 'ecr', 'states', 'dynamodb', 'lambda'],
  buckets: ['acme-invoices'],
  tables: [],
  databases: [],
  audiences: [],
  hosts: [],
};
const key = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const object = 'arn:aws:s3:::acme-invoices/${customer_id}/${invoice_id}.json';
const machine = 'arn:aws:states:eu-central-1:111122223333:stateMachine:pay';

const problemsOf = (capability: Capability, others: Record<string, Capability> = {}) =>
  capabilityProblems(
    invoicePolicy({ capabilities: { c: capability, ...others } }),
    guardrail,
    planning.systems,
  ).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('a capability whose results outlive the credentials', () => {
  const starts = { actions: ['states:StartExecution'], resources: [machine] };

  it('must say so, and is told what lives on', () => {
    const [problem, ...more] = problemsOf({ aws: starts });
    expect(more).toEqual([]);
    expect(problem).toContain('capabilities.c.aws.actions.0: states:StartExecution outlives');
    expect(problem).toContain('`outlives`');
    expect(problemsOf({ aws: starts, outlives: 'the execution ends by itself' })).toEqual([]);
  });

  it('is found in whatever case it is written, as IAM reads it', () => {
    expect(problemsOf({ aws: { ...starts, actions: ['states:STARTEXECUTION'] } })).toHaveLength(1);
    expect(whatOutlives('states:startexecution')).toBe(whatOutlives('states:StartExecution'));
  });

  it.each([
    ['deadline:AssumeQueueRoleForUser', 'credentials'],
    ['datazone:GetEnvironmentCredentials', 'credentials'],
    ['lakeformation:GetTemporaryGlueTableCredentials', 'credentials'],
    ['connect:AdminGetEmergencyAccessToken', 'credentials'],
    ['bedrock-agentcore:GetWorkloadAccessTokenForUserId', 'credentials'],
    ['sagemaker:CreatePresignedNotebookInstanceUrl', 'credentials'],
    ['neptune-db:connect', 'stays open'],
    ['cloudshell:CreateSession', 'stays open'],
    ['datasync:StartTaskExecution', 'goes on'],
    ['kinesis:PutResourcePolicy', 'access given'],
    ['s3:PutAccessPointPolicy', 'access given'],
    ['events:PutPermission', 'access given'],
  ])('is known by its name where no table lists it: %s', (action, what) => {
    expect(whatOutlives(action)).toContain(what);
  });

  it('may be one that only its author knows of', () => {
    const aws = { actions: ['s3:GetObject'], resources: [object] };
    expect(problemsOf({ aws, outlives: 'what was downloaded' })).toEqual([]);
  });

  it.each([
    'constructor',
    '__proto__',
    's3:__proto__',
    's3:GetObject',
    's3:PutObject',
    'ecr:PutImage',
    'ecr:PutLifecyclePolicy',
    'dynamodb:Query',
    'sqs:SendMessage',
    'kms:ListGrants',
    'ram:DeleteResourceShare',
    'iot:ListTokens',
  ])('is not %s', (action) => {
    expect(whatOutlives(action)).toBeUndefined();
  });
});

describe('a capability that makes identities or sessions', () => {
  it.each([
    'iam:PassRole',
    'sts:AssumeRole',
    'sts:GetWebIdentityToken',
    'organizations:DescribeAccount',
    'account:PutAlternateContact',
    'signin:CreateOAuth2TokenWithIAM',
  ])('does not compile, whatever the guardrail says: %s', (action) => {
    const all = { ...guardrail, services: [...guardrail.services, action.split(':')[0] ?? ''] };
    const aws = { actions: [action], resources: ['arn:aws:s3:::acme-invoices/a'] };
    const policy = invoicePolicy({ capabilities: { c: { aws, outlives: 'x' } } });
    expect(capabilityProblems(policy, all, planning.systems)).toMatchObject([
      { message: expect.stringContaining('no grant role may ever do') },
    ]);
  });
});

describe('an action without resources', () => {
  const outlives = 'the token is valid for 12 hours';

  it('stands alone, on the one resource it has', () => {
    expect(
      problemsOf({ aws: { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }, outlives }),
    ).toEqual([]);
    const repository = 'arn:aws:ecr:eu-central-1:111122223333:repository/pay';
    const scoped = { actions: ['ecr:GetAuthorizationToken'], resources: [repository] };
    expect(problemsOf({ aws: scoped, outlives })).toEqual([
      expect.stringContaining('a capability of its own'),
    ]);
  });

  it('brings no other action onto everything', () => {
    const aws = { actions: ['ecr:GetAuthorizationToken', 'ecr:PutImage'], resources: ['*'] };
    expect(problemsOf({ aws, outlives })).toEqual([
      expect.stringContaining('ecr:PutImage is not among the actions without resources'),
    ]);
    expect(problemsOf({ aws: { actions: ['s3:GetObject'], resources: ['*'] } })).toHaveLength(1);
  });

  it('does not mix with named resources', () => {
    const resources = ['*', object];
    expect(problemsOf({ aws: { actions: ['ecr:GetAuthorizationToken'], resources }, outlives })).toHaveLength(
      1,
    );
    expect(problemsOf({ aws: { actions: ['s3:GetObject'], resources } })).toHaveLength(1);
  });
});

describe('a key that a service uses for the agent', () => {
  const aws = { actions: ['s3:GetObject'], resources: [object], through: { kms: key } };

  it('is named once, by ARN, in an account and a service of the guardrail', () => {
    expect(problemsOf({ aws })).toEqual([]);
    const foreign = { ...aws, through: { kms: key.replace('111122223333', '444455556666') } };
    expect(problemsOf({ aws: foreign })).toEqual([
      'capabilities.c.aws.through.kms: the guardrail does not list the account 444455556666',
    ]);
    const withoutKms = { ...guardrail, services: ['s3'] };
    expect(
      capabilityProblems(invoicePolicy({ capabilities: { c: { aws } } }), withoutKms, planning.systems),
    ).toMatchObject([{ message: 'the guardrail does not list the service kms' }]);
  });

  it('serves one service whose encryption context is known', () => {
    const lambda = 'arn:aws:lambda:eu-central-1:111122223333:function:f';
    expect(problemsOf({ aws: { ...aws, resources: [lambda] } })).toEqual([
      expect.stringContaining('through a key go resources of one of s3, sqs'),
    ]);
    const table = 'arn:aws:dynamodb:eu-central-1:111122223333:table/t';
    expect(problemsOf({ aws: { ...aws, resources: [object, table] } })).toHaveLength(1);
  });

  it('is not used directly in the same policy, where its Deny would meet the direct use', () => {
    const direct = { aws: { actions: ['kms:Decrypt'], resources: [key] } };
    expect(problemsOf({ aws }, { direct })).toEqual([expect.stringContaining('names no kms action itself')]);
    expect(problemsOf(direct)).toEqual([]);
  });
});

describe('a capability that could never be granted', () => {
  it('does not compile: even alone and with the shortest values its session policy passes the budget', () => {
    const resources = Array.from(
      { length: 10 },
      (_, i) => `arn:aws:s3:::acme-invoices/${'x'.repeat(180)}${i}`,
    );
    const capabilities = { c: { aws: { actions: ['s3:GetObject'], resources } } };
    const policy = invoicePolicy({ conditions: {}, capabilities });
    expect(checkPolicy(policy, guardrail)).toEqual([
      { path: ['capabilities', 'c'], message: expect.stringMatching(/takes \d{4} characters of 2048/) },
    ]);
  });

  it('is one only when no value makes it fit', () => {
    const parameters = {
      ...invoicePolicy().parameters,
      customer_id: { type: 'string', pattern: '[a-z]{1,200}', source: 'claimed' },
    } as const;
    const resources = Array.from({ length: 5 }, (_, i) => `arn:aws:s3:::acme-invoices/\${customer_id}/${i}`);
    const capabilities = { c: { aws: { actions: ['s3:GetObject'], resources } } };
    const attestation = { any_of: [{ aws_iam: { role: 'arn:aws:iam::111122223333:role/a' } }] };
    const policy = invoicePolicy({ conditions: {}, parameters, capabilities, attestation });
    expect(checkPolicy(policy, guardrail)).toEqual([]);
  });
});
