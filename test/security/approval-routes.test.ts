import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { LeaseView } from '../../core/protocol/responses.ts';
import type { Template } from '../../local/template/load.ts';
import { approverRole } from '../approver.ts';
import { agentRole, invoiceTask, newAgent, signedFetch } from '../broker.ts';
import { operatorRole } from '../operator.ts';
import { frieda, tokenOf } from '../people.ts';
import { outcomeOf, payingBroker } from '../scenarios/paying.ts';

type Send = (url: string, init: RequestInit) => Promise<Response>;
type On = ReturnType<typeof payingBroker>;

const everything = { Effect: 'Allow', Action: '*', Resource: '*' } as const;

/** Who must not decide, whatever else they hold, and how each would call. */
const outsiders: Readonly<Record<string, (on: On) => Promise<Send>>> = {
  'an agent': async ({ broker }) => as(broker, agentRole),
  'an operator': async ({ broker }) => as(broker, operatorRole),
  'an administrator of the account': async ({ broker }) => {
    broker.createRole('admin', [everything]);
    return as(broker, 'admin');
  },
  'a role whose name begins like the approver’s': async ({ broker }) => {
    broker.createRole(`${approverRole}-2`, [everything]);
    return as(broker, `${approverRole}-2`);
  },
  'the approver’s namesake in another account': async ({ broker }) => {
    broker.createRole(approverRole, [everything], '444455556666');
    return signedFetch(broker, broker.credentialsFor(approverRole, 'people', '444455556666')) as Send;
  },
  'the holder of a lease’s credentials': async ({ broker }) => {
    const aws = awsCredentialsOf(await (await newAgent(broker)).lease(invoiceTask()));
    const keys = {
      accessKeyId: aws.access_key_id,
      secretAccessKey: aws.secret_access_key,
      sessionToken: aws.session_token,
    };
    return signedFetch(broker, keys) as Send;
  },
  'somebody who does not sign': async () => fetch,
};
const as = (broker: On['broker'], role: string) =>
  signedFetch(broker, broker.credentialsFor(role, 'somebody')) as Send;

/** What an approver may ask, by a token of a person who may decide. */
const asks: [string, (on: On, lease: LeaseView) => [string, RequestInit]][] = [
  [
    'POST /v1/leases/{id}/approval',
    (on, lease) => [`/v1/leases/${lease.id}/approval`, { method: 'POST', body: voteOf(on, lease) }],
  ],
  ['GET /v1/approvals', () => ['/v1/approvals', { method: 'GET' }]],
];
const voteOf = ({ broker }: On, { approval }: LeaseView) =>
  JSON.stringify({
    decision: 'approve',
    id_token: tokenOf({ ...frieda, nonce: approval?.request_hash }, broker.now()),
  });
const pairs = Object.keys(outsiders).flatMap((who) => asks.map(([route, ask]) => [who, route, ask] as const));

const sendOf = (who: string, on: On) => {
  const make = outsiders[who];
  if (!make) throw new Error(`${who} is nobody`);
  return make(on);
};

describe('at the API', () => {
  const on = payingBroker({ schedules: false });

  test.each(pairs)('%s is refused before any function is asked: %s', async (who, _, ask) => {
    const lease = await on.pending();
    const send = await sendOf(who, on);
    await on.broker.settled();
    const before = on.broker.calls.length;
    const [path, init] = ask(on, lease);
    const response = await send(`${on.broker.url}${path}`, init);
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-ErrorType')).toMatch(
      /^(AccessDenied|MissingAuthenticationToken)Exception$/,
    );
    expect(on.broker.calls.length).toBe(before);
    expect(on.audit(lease)).toEqual([]);
    expect(outcomeOf(await on.people.decide(lease, frieda))).toEqual({ status: 200, says: 'approved' });
  });

  test('an approver passes to what approvers ask, and to nothing else', async () => {
    const lease = await on.pending();
    const elsewhere: ['GET' | 'POST', string, object?][] = [
      ['GET', '/v1/leases?agent_type=paying_processor'],
      ['POST', '/v1/revocations', { scope: { lease: lease.id }, reason: 'x' }],
      ['POST', '/v1/quarantines', { scope: { agent: lease.agent }, reason: 'x' }],
      ['POST', '/v1/challenges', {}],
      ['POST', '/v1/attestations', {}],
      ['POST', '/v1/leases', {}],
      ['POST', `/v1/leases/${lease.id}/credentials`, {}],
      ['POST', `/v1/leases/${lease.id}/heartbeat`, {}],
      ['POST', `/v1/leases/${lease.id}/delegations`, {}],
    ];
    for (const [method, path, body] of elsewhere) {
      const { status } = await on.people.ask(method, path, body);
      expect(status, path).toBe(403);
    }
    expect((await on.people.ask<{ lease: LeaseView }>('GET', `/v1/leases/${lease.id}`)).body.lease.id).toBe(
      lease.id,
    );
    expect((await on.people.waiting()).leases.map(({ id }) => id)).toContain(lease.id);
  });
});

describe('where the API lets everybody in, the function itself', () => {
  const on = payingBroker({ schedules: false, alter: openToEverybody });
  let lease: LeaseView;
  beforeAll(async () => {
    lease = await on.pending();
  });
  afterAll(async () => {
    expect(await on.agent.read(lease.id)).toEqual(lease);
  });

  const passing = pairs.filter(([who]) => !/does not sign|lease’s credentials/.test(who));
  test.each(passing)('refuses %s: %s', async (who, _, ask) => {
    const [path, init] = ask(on, lease);
    const response = await (await sendOf(who, on))(`${on.broker.url}${path}`, init);
    expect({ status: response.status, ...((await response.json()) as object) }).toMatchObject({
      status: 403,
      code: 'access_denied',
    });
    expect(on.audit(lease)).toEqual([]);
  });

  test('refuses an approver what operators do', async () => {
    for (const [method, path, body] of [
      ['GET', '/v1/leases?agent_type=paying_processor'],
      ['POST', '/v1/revocations', { scope: { lease: lease.id }, reason: 'x' }],
      ['POST', '/v1/quarantines', { scope: { agent: lease.agent }, reason: 'x' }],
    ] as const)
      expect(outcomeOf(await on.people.ask(method, path, body))).toEqual({
        status: 403,
        says: 'access_denied',
      });
  });
});

/** Takes away all that the API's own policy refuses. */
function openToEverybody({ Resources }: Template): void {
  const apis = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ApiGateway::RestApi');
  if (apis.length === 0) throw new Error('the template has no API');
  const Statement = [
    { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
  ];
  for (const { Properties } of apis)
    Object.assign(Properties ?? {}, { Policy: { Version: '2012-10-17', Statement } });
}
