import { describe, expect, it } from 'vitest';
import { type Callers, type Group, resourcePolicy, routePath } from '../../lib/api-policy.ts';
import { asPolicy, type PolicyDocument } from '../../local/iam/document.ts';
import { evaluate } from '../../local/iam/evaluate.ts';
import { resolve } from '../../local/template/intrinsics.ts';
import { callers } from './api-callers.ts';
import { resourcesOf, synthesizedStack } from './assembly.ts';

const routes = Object.keys(callers);
const account = '111122223333';
const role = (name: string, of = account) => `arn:aws:iam::${of}:role/${name}`;

/** Roles that may do everything as far as their own account is concerned, and the group that lists them. */
const people: readonly (readonly [who: string, arn: string, group: Group | undefined])[] = [
  ['an agent', role('invoice-agent'), 'agent'],
  ['an agent of another account', role('partner-agent', '444455556666'), 'agent'],
  ['an operator', role('operator'), 'operator'],
  ['an approver', role('approver'), 'approver'],
  ['a service', role('service'), 'service'],
  ['an administrator', role('admin'), undefined],
  ['a role with an operator’s name in another account', role('operator', '444455556666'), undefined],
  ['a role with an operator’s name in another path', role('team/operator'), undefined],
  ['a role with an approver’s name in another account', role('approver', '444455556666'), undefined],
  ['a role with an approver’s name in another path', role('team/approver'), undefined],
  ['a role with a service’s name in another account', role('service', '444455556666'), undefined],
  ['a role with a service’s name in another path', role('team/service'), undefined],
  ['a grant role', role('mayfly/mayfly/grant/mayfly-eu-central-1-invoice_processor-0'), undefined],
];

/** What the policy of the API says of a role that its own account lets do everything. */
async function mayCall(arn: string, route: string, policy: PolicyDocument): Promise<boolean> {
  const [method, path] = route
    .replace('{id}', 'L-AAAAAAAAAAAAAAAA')
    .replace('{capability}', 'post_message')
    .replace('{path+}', 'chat/post.message')
    .replace('ANY', 'PATCH')
    .split(' ');
  const everything = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } as const;
  const { allowed } = await evaluate({
    principal: `arn:aws:sts::${arn.split(':')[4]}:assumed-role/${arn.split('/').at(-1)}/session`,
    action: 'execute-api:Invoke',
    resource: `arn:aws:execute-api:eu-central-1:${account}:api/live/${method}${path}`,
    account,
    context: { 'aws:PrincipalArn': arn },
    identity: [{ name: 'everything', document: everything }],
    layers: [],
    resourcePolicy: policy,
  });
  return allowed;
}

/** The policy as API Gateway keeps it: with whole ARNs. */
function kept(value: unknown): PolicyDocument {
  const references = { ref: () => 'aws', attribute: () => 'x' };
  const text = JSON.stringify(resolve(value, references)).replaceAll(
    '"execute-api:/',
    `"arn:aws:execute-api:eu-central-1:${account}:api/`,
  );
  const policy = asPolicy(JSON.parse(text));
  if (!policy) throw new Error('the API has no policy');
  return policy;
}

/** The policy of an API with the same routes and these callers. */
function policyFor(listed: Omit<Callers, 'grantRoles'>): PolicyDocument {
  const grantRoles = role('mayfly/mayfly/grant/*');
  const called = routes.map((route) => ({ route, callers: callers[route] ?? [] }));
  const statements = resourcePolicy(called, { ...listed, grantRoles });
  return kept({ Statement: statements.map((statement) => statement.toStatementJson()) });
}

describe('the routes of the API', () => {
  it('are open to everybody or have their callers in the table above', () => {
    const methods = Object.entries(resourcesOf('AWS::ApiGateway::Method'));
    const closed = methods
      .filter(([, { Properties }]) => Properties['AuthorizationType'] === 'AWS_IAM')
      .map(([path]) => path.replace(/^Broker\/Api\/Default(.*)\/([A-Z]+)$/, '$2 $1'));
    expect(closed.sort()).toEqual([...routes].sort());
  });

  describe.each(people)('are for %s (%s)', (_, arn, group) => {
    const [api] = Object.values(resourcesOf('AWS::ApiGateway::RestApi'));
    const policy = kept(api?.Properties['Policy']);

    it.each(routes)(`as ${group ?? 'nobody'}: %s`, async (route) => {
      const expected = group !== undefined && callers[route]?.includes(group);
      expect(await mayCall(arn, route, policy)).toBe(expected);
    });

    it('as far as they are listed: a route that is in no group is not for who is in none', async () => {
      expect(await mayCall(arn, 'POST /v1/new', policy)).toBe(group !== undefined);
    });
  });

  it('of operators, approvers and services are denied to everybody where there is none, and agents keep theirs', async () => {
    const policy = policyFor({ agents: [role('invoice-agent')], operators: [], approvers: [], services: [] });
    const closed = routes.filter((route) => !callers[route]?.includes('agent'));
    expect(closed).toHaveLength(6);
    for (const [, arn] of people)
      for (const route of closed) expect(await mayCall(arn, route, policy), `${arn} ${route}`).toBe(false);
    for (const route of routes.filter((each) => callers[each]?.includes('agent')))
      expect(await mayCall(role('invoice-agent'), route, policy)).toBe(true);
  });

  it('are all for a role that is in every list', async () => {
    const all = role('all');
    const policy = policyFor({ agents: [all], operators: [all], approvers: [all], services: [all] });
    for (const route of routes) expect(await mayCall(all, route, policy)).toBe(true);
  });
});

describe('the policies to attach', () => {
  const { Outputs } = synthesizedStack().template;

  it.each([
    ['AgentAccess', 'agent'],
    ['OperatorAccess', 'operator'],
    ['ApproverAccess', 'approver'],
    ['ServiceAccess', 'service'],
  ] as const)('%s is an output, and opens the routes of its group and no other', (name, group) => {
    expect(JSON.stringify(Outputs[name].Value)).toMatch(new RegExp(`"Ref":"Broker${name}`));
    const [policy] = Object.values(resourcesOf('AWS::IAM::ManagedPolicy', `Broker/${name}`));
    const { Statement } = policy?.Properties['PolicyDocument'] as {
      Statement: [{ Action: string; Resource: unknown }];
    };
    const opened = [Statement[0].Resource]
      .flat()
      .map((arn) => /\/live\/([^"]+)/.exec(JSON.stringify(arn))?.[1]);
    const own = routes.filter((route) => callers[route]?.includes(group));
    expect(Statement).toHaveLength(1);
    expect(Statement[0].Action).toBe('execute-api:Invoke');
    expect(opened.sort()).toEqual(own.map(routePath).sort());
  });

  it('PanicAccess is one too, and needs nothing of the API', () => {
    expect(JSON.stringify(Outputs.PanicAccess.Value)).toMatch(/"Ref":"PanicPolicy/);
    const [policy] = Object.values(resourcesOf('AWS::IAM::ManagedPolicy', 'Panic/Policy'));
    expect(JSON.stringify(policy?.Properties)).not.toContain('execute-api');
  });

  it('of panic names the one function that has a name of its own, by which a person finds it', () => {
    const named = Object.entries(resourcesOf('AWS::Lambda::Function')).filter(
      ([, { Properties }]) => 'FunctionName' in Properties,
    );
    expect(named.map(([path, { Properties }]) => [path, Properties['FunctionName']])).toEqual([
      ['Issuance/Function', 'mayfly-issuance'],
    ]);
  });
});
