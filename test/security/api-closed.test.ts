import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import { createBrokerClient } from '../../client/index.ts';
import type { Group } from '../../lib/api-policy.ts';
import { evaluate } from '../../local/iam/evaluate.ts';
import type { LocalBroker } from '../../local/start.ts';
import { agentRole, invoiceTask, newAgent, reading, s3With, startBroker } from '../broker.ts';
import { callers } from '../lib/api-callers.ts';
import { insiders, outsiders, partner, type Send } from './api-closed-callers.ts';
import { synthesized } from './held-permissions.ts';

const model = synthesized();
/** Where any method will do, one of them stands for all. */
const routes = model.routes.map(({ method, ...route }) => ({
  ...route,
  method: method.replace('ANY', 'PATCH'),
  name: `${method} ${route.resource}`,
}));
const closed = routes.filter(({ authorization }) => authorization === 'AWS_IAM');
const open = routes.filter(({ authorization }) => authorization === 'NONE');
const everybody = Object.keys(outsiders);
const pairs = (some: typeof routes) =>
  some.flatMap((route) => everybody.map((who) => [who, route.name, route] as const));

let broker: LocalBroker;
const sends = new Map<string, Send>();
beforeAll(async () => {
  broker = await startBroker();
  for (const [who, make] of Object.entries(outsiders)) sends.set(who, await make(broker));
});
afterAll(() => broker.stop());

function call(send: Send | undefined, { method, resource }: (typeof routes)[number]): Promise<Response> {
  if (!send) throw new Error('nobody sends');
  const url = `${broker.url}${resource.replace(/\{\w+\+?\}/g, 'L-AAAAAAAAAAAAAAAA')}`;
  return send(url, { method, ...(method === 'POST' && { body: '{}' }) });
}

test('the API has closed routes, and none but /.well-known is open', () => {
  expect(closed.length).toBeGreaterThan(0);
  expect(open.length).toBeGreaterThan(0);
  for (const { resource, method } of open) expect(`${method} ${resource}`).toMatch(/^GET \/\.well-known\//);
});

describe('the gateway', () => {
  test.each(pairs(closed))('refuses %s: %s', async (who, _, route) => {
    const before = broker.calls.length;
    const response = await call(sends.get(who), route);
    expect(response.status).toBe(403);
    // API Gateway's own refusal: no function has seen the request.
    expect(response.headers.get('x-amzn-ErrorType')).toMatch(
      /^(AccessDenied|MissingAuthenticationToken)Exception$/,
    );
    expect(broker.calls.length).toBe(before);
  });

  // Where no authorization is asked for, API Gateway authenticates nobody: aws:PrincipalArn exists only under IAM
  // authorization (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html),
  // so the Deny for grant roles meets no one there, and a signature is not looked at. What these routes answer
  // is for everybody.
  test.each(pairs(open))('answers %s: %s', async (who, _, route) => {
    expect((await call(sends.get(who), route)).status).toBe(200);
  });

  const groups = Object.keys(insiders) as Group[];
  test.each(
    closed.flatMap((route) => groups.map((group) => [group, route.name, route] as const)),
  )('lets an %s pass to a handler where its group calls, and nowhere else: %s', async (group, name, route) => {
    for (const send of insiders[group](broker)) {
      const response = await call(send, route);
      const refusal = response.headers.get('x-amzn-ErrorType');
      expect(refusal).toBe(callers[name]?.includes(group) ? null : 'AccessDeniedException');
      expect(response.headers.get('Content-Type')).toMatch(/json/);
    }
  });

  test.each(routes)('has a policy that by itself refuses a grant role that may do everything: $name', async ({
    method,
    resource,
  }) => {
    const [api] = model.apis;
    const role = model.roles.find(({ path }) => path.endsWith('/grant/'));
    const account = broker.account;
    const { allowed, why } = await evaluate({
      principal: `arn:aws:sts::${account}:assumed-role/${role?.name}/session`,
      action: 'execute-api:Invoke',
      resource: `arn:aws:execute-api:${broker.region}:${account}:${api?.id}/live/${method}${resource}`,
      account,
      context: { 'aws:PrincipalArn': `arn:aws:iam::${account}:role${role?.path}${role?.name}` },
      identity: [{ name: 'all', document: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }],
      layers: [],
      resourcePolicy: api?.policy,
    });
    expect(allowed, why).toBe(false);
    expect(why).toMatch(/^with an explicit deny in statement \d of the resource-based policy/);
  });
});

describe('an agent of another account', () => {
  test('that a policy lists gets a lease of its type, and of no other', async () => {
    const fetch = partner(broker);
    const agentOf = (agentType: string) =>
      createBrokerClient({ url: broker.url, agentType, fetch, clock: broker.now });
    const { lease, credentials } = await (await agentOf('quick_processor')).lease(invoiceTask());
    expect(lease.state).toBe('active');
    expect(await reading(s3With(broker, awsCredentialsOf({ credentials })), 'acme/4711.json')).toBe('read');
    await expect((await agentOf('invoice_processor')).attest()).rejects.toMatchObject({
      status: 403,
      code: 'access_denied',
    });
  });

  test('needs the permission of its own account too, which one of the API’s account does not', async () => {
    const [route] = closed;
    if (!route) throw new Error('no route is closed');
    expect((await call(partner(broker, []), route)).headers.get('x-amzn-ErrorType')).toBe(
      'AccessDeniedException',
    );
    broker.createRole(agentRole, []);
    await expect((await newAgent(broker)).attest()).resolves.toHaveProperty('attestation');
  });
});
