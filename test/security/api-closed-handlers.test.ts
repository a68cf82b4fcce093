import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BrokerClient, createBrokerClient } from '../../client/index.ts';
import type { LocalBroker } from '../../local/start.ts';
import type { Template } from '../../local/template/load.ts';
import { agentRole, askedTask, invoiceTask, signedFetch } from '../broker.ts';
import { callers } from '../lib/api-callers.ts';
import { frieda, tokenOf } from '../people.ts';
import { asks } from './api-closed-asks.ts';
import { approver, insideTheAccount, operator, outsiders, type Send, service } from './api-closed-callers.ts';
import { type GrantingBroker, grantingTask, startGrantingBroker } from './granting-broker.ts';
import { functionsOf, synthesized } from './held-permissions.ts';

/** IAM's own refusal: of one account's policies or the other's. */
const notEvenThere = { status: 403, code: 'gateway' };

const model = synthesized();
/** Roles of what goes on by itself, after whoever called before. */
const background = functionsOf(model)
  .filter(({ short }) => ['timer', 'sweeper', 'revoker', 'postgres', 'oauth'].includes(short))
  .map(({ role }) => role);
const closed = model.routes
  .filter(({ authorization }) => authorization === 'AWS_IAM')
  .map(({ method, resource }) => `${method} ${resource}`);
const signing = Object.keys(outsiders).filter((who) => who !== 'somebody who does not sign');

/** Whom the API lists for other routes than this one. */
const trespassers: Readonly<Record<string, (broker: LocalBroker) => Promise<Send>>> = {
  'an agent': async (broker) => signedFetch(broker, broker.credentialsFor(agentRole, 'trespasser')) as Send,
  'an operator': async (broker) => operator(broker),
  'an approver': async (broker) => approver(broker),
  'a service': async (broker) => service(broker),
};
const trespassing = (route: string) =>
  Object.keys(trespassers).filter((who) => !callers[route]?.some((group) => who.endsWith(group)));

/** Changes the resource policy of the API in the template. */
function withPolicy(policy: unknown) {
  return ({ Resources }: Template) => {
    const apis = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ApiGateway::RestApi');
    if (apis.length === 0) throw new Error('the template has no API');
    for (const { Properties } of apis) Object.assign(Properties ?? {}, { Policy: policy });
  };
}
const forEverybody = {
  Effect: 'Allow',
  Principal: '*',
  Action: 'execute-api:Invoke',
  Resource: 'execute-api:/*',
};

const { parameters: _, ...delegatedTask } = invoiceTask();

test('every closed route is asked', () => {
  expect(Object.keys(asks).sort()).toEqual([...closed].sort());
});

describe.each([
  ['taken out', undefined, insideTheAccount],
  [
    'open to everybody',
    { Version: '2012-10-17', Statement: [forEverybody] },
    signing.filter((who) => !who.includes('lease')),
  ],
] as const)('with the resource policy %s', (_, policy, passing) => {
  let on: GrantingBroker;
  let broker: LocalBroker;
  const sends = new Map<string, Send>();
  beforeAll(async () => {
    on = await startGrantingBroker({ alter: withPolicy(policy) });
    broker = on.broker;
    for (const [who, make] of Object.entries({ ...outsiders, ...trespassers }))
      sends.set(who, await make(broker));
  });
  afterAll(() => on.stop());

  /**
   * Somebody whose requests to one route an outsider sends, who has stolen everything but the role: an agent's key
   * makes the proofs, its attestation result goes along. `effects` tells what the broker did after.
   */
  async function robbed(route: string, thief: Send) {
    const owner = signedFetch(broker, broker.credentialsFor(agentRole, 'agent')) as Send;
    const [operating, approving, serving] = [operator(broker), approver(broker), service(broker)];
    let [robbing, before] = [false, 0];
    const instead =
      (own: Send): Send =>
      (url, init) => {
        if (!robbing || !isFor(route, init.method ?? 'GET', url.slice(broker.url.length)))
          return own(url, init);
        before = broker.calls.length;
        return thief(url, init);
      };
    const { url, now: clock } = broker;
    const newborn = (agentType = 'invoice_processor') =>
      createBrokerClient({ url, agentType, clock, fetch: instead(owner) });
    const [agent, helper] = [await newborn(), await newborn()];
    const { lease } = await agent.lease(invoiceTask());
    const { lease: waiting } = await agent.ask(askedTask());
    const { agent: helperId } = await helper.attest();
    const delegation = await agent.delegation(lease.id, helperId, invoiceTask().capabilities);
    const row = asks[route];
    if (!row) throw new Error(`nobody asks ${route}`);
    const asker = {
      agent,
      leaseId: lease.id,
      waiting,
      delegate: () => helper.leaseFrom(lease.id, delegation, delegatedTask),
      operator: instead(operating),
      approver: instead(approving),
      service: instead(serving),
      proxied: route.includes('proxy')
        ? await calling(newborn)
        : () => Promise.reject(new Error('not asked')),
      url,
      idToken: tokenOf({ ...frieda, aud: 'mayfly-cli', nonce: waiting.approval?.request_hash }, clock()),
    };
    return {
      refusal: row.refusal,
      ask: () => row.ask(asker),
      rob: async () => {
        robbing = true;
        return row.ask(asker).finally(() => {
          robbing = false;
        });
      },
      effects: () =>
        broker.calls
          .slice(before)
          .filter(({ role }) => !background.includes(role))
          .map(({ operation }) => operation)
          .filter((name) => name !== 'GetPublicKey'),
    };
  }

  const cases = closed.flatMap((route) =>
    [...signing, ...trespassing(route)].map((who) => [who, route] as const),
  );
  test.each(cases)('%s is refused, and nothing is written or minted: %s', async (who, route) => {
    const thief = sends.get(who);
    if (!thief) throw new Error(`${who} is nobody`);
    const { ask, rob, refusal, effects } = await robbed(route, thief);
    const comesThrough = passing.includes(who) || Object.hasOwn(trespassers, who);
    await expect(rob()).rejects.toMatchObject(comesThrough ? refusal : notEvenThere);
    expect(effects()).toEqual([]);
    // It was the caller that was wrong, and nothing of the request.
    await ask();
  });
});

/** A call of an agent that has a lease for it. */
async function calling(newborn: (type: string) => Promise<BrokerClient>): Promise<() => Promise<unknown>> {
  const agent = await newborn('granting_processor');
  const { lease } = await agent.lease(grantingTask(['post_message']));
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ channel: 'C1', text: 'hello' });
  const request = { method: 'POST', path: '/chat.postMessage', headers, body } as const;
  return () => agent.proxy(lease.id, 'post_message', request);
}

function isFor(route: string, method: string, path: string): boolean {
  const pattern = route
    .replace('ANY', '[A-Z]+')
    .replace('{path+}', '.+')
    .replace(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(`${method} ${path.split('?')[0]}`);
}
