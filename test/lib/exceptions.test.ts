import { describe, expect, it } from 'vitest';
import { ceilingOf } from '../../core/policy/template.ts';
import { exceptionsFor } from '../../lib/exceptions.ts';
import type { Exception } from '../../lib/statement-check.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { exact, type Json, managed, policies } from './one-statement.ts';

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

const deployed = { apiLogRole: false, inNetwork: false, policies };

describe('the exceptions for who writes to grant roles', () => {
  const exceptions = [...exceptionsFor(deployed)];
  const roles = 'arn:${AWS::Partition}:iam::111122223333:role/mayfly/mayfly/grant/';
  const put = { Effect: 'Allow', Action: 'iam:PutRolePolicy', Resource: `${roles}mayfly-eu-central-1-*` };
  const refused = (statement: Json, named: string) =>
    managed(statement, exceptions, named).filter((problem) => problem.startsWith(`${named} (`));

  it('excuse the revoker, for the roles of its deployment and region', () => {
    expect(refused(put, 'Revoker/Role')).toEqual([]);
  });

  it.each<[string, Json, string]>([
    ['another function', put, 'Sweeper/Role'],
    ['the revoker attaching policies', { ...put, Action: 'iam:AttachRolePolicy' }, 'Revoker/Role'],
    ['the revoker changing trust', { ...put, Action: 'iam:UpdateAssumeRolePolicy' }, 'Revoker/Role'],
    ['the revoker in other regions', { ...put, Resource: `${roles}*` }, 'Revoker/Role'],
    ['the revoker writing to any role', { ...put, Resource: '*' }, 'Revoker/Role'],
    ['a person writing to any role', { ...put, Resource: '*' }, 'Panic/Policy'],
    ['a person changing trust', { ...put, Action: 'iam:UpdateAssumeRolePolicy' }, 'Panic/Policy'],
  ])('do not excuse %s', (_, statement, named) => {
    expect(refused(statement, named)).toHaveLength(1);
  });
});

describe('the exceptions of a deployment', () => {
  const places = (deployed: Parameters<typeof exceptionsFor>[0]) =>
    exceptionsFor(deployed).map(({ where }) => where);
  const token = { aws: { actions: ['ecr:GetAuthorizationToken'], resources: ['*'] } };
  const releasing = invoicePolicy({ agent_type: 'release_agent', capabilities: { token } });

  it('each have a reason, and never excuse everybody without saying so', () => {
    const exceptions = exceptionsFor({ ...deployed, apiLogRole: true, policies: [releasing] });
    expect(exceptions.length).toBeGreaterThan(5);
    for (const { reason } of exceptions) expect(reason.length).toBeGreaterThan(20);
    expect(exceptions.filter(({ everybody }) => everybody).map(({ where }) => where)).toEqual([
      'Broker/Api',
      'Broker/Api',
    ]);
  });

  it('hold the actions without resources of the agent types that name them, and of no other', () => {
    const added = places({ ...deployed, policies: [...policies, releasing] }).slice(places(deployed).length);
    expect(added).toEqual(['Grants/release_agent/Permissions', 'Grants/release_agent/Boundary']);
  });

  it('leave out the role for API logs where the account has one', () => {
    expect(places({ ...deployed, apiLogRole: true })).toContain('Broker/AccessLog/Role');
    expect(places(deployed)).not.toContain('Broker/AccessLog/Role');
  });

  it('let one function join a network, and only where there is one', () => {
    const added = places({ ...deployed, inNetwork: true }).filter(
      (where) => !places(deployed).includes(where),
    );
    expect(added).toEqual(['Postgres/Role']);
  });
});
