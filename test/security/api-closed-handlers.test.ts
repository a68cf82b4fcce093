import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BrokerClient, createBrokerClient } from '../../client/index.ts';
import type { LocalBroker } from '../../local/start.ts';
import type { Template } from '../../local/template/load.ts';
import { agentRole, invoiceTask, signedFetch, startBroker } from '../broker.ts';
import { insideTheAccount, outsiders, type Send } from './api-closed-callers.ts';
import { synthesized } from './held-permissions.ts';

/** What an agent asks of each closed route, and how the handler refuses an outsider who asks it. */
type Ask = {
  readonly ask: (agent: BrokerClient, leaseId: string) => Promise<unknown>;
  readonly refusal: { readonly status: number; readonly code: string };
};
const notAnAgent = { status: 403, code: 'access_denied' };
/** IAM's own refusal: of one account's policies or the other's. */
const notEvenThere = { status: 403, code: 'gateway' };
const notTheirs = { status: 401, code: 'invalid_token' };
const asks: Readonly<Record<string, Ask>> = {
  'POST /v1/challenges': { ask: (agent) => agent.attest(), refusal: notAnAgent },
  'POST /v1/attestations': { ask: (agent) => agent.attest(), refusal: notAnAgent },
  'POST /v1/leases': { ask: (agent) => agent.lease(invoiceTask()), refusal: notTheirs },
  'POST /v1/leases/{id}/credentials': { ask: (agent, id) => agent.collect(id), refusal: notTheirs },
  'GET /v1/leases/{id}': { ask: (agent, id) => agent.read(id), refusal: notTheirs },
};

const closed = synthesized()
  .routes.filter(({ authorization }) => authorization === 'AWS_IAM')
  .map(({ method, resource }) => `${method} ${resource}`);
const signing = Object.keys(outsiders).filter((who) => who !== 'somebody who does not sign');

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
  let broker: LocalBroker;
  const sends = new Map<string, Send>();
  beforeAll(async () => {
    broker = await startBroker({ alter: withPolicy(policy) });
    for (const [who, make] of Object.entries(outsiders)) sends.set(who, await make(broker));
  });
  afterAll(() => broker.stop());

  /**
   * An agent whose requests to one route an outsider sends, who has stolen everything but the agent's role: the
   * agent's key makes the proofs, its attestation result goes along. `reached` tells what the broker did after.
   */
  async function robbed(route: string, thief: Send) {
    const own = signedFetch(broker, broker.credentialsFor(agentRole, 'agent'));
    let [robbing, before] = [false, 0];
    const agent = await createBrokerClient({
      url: broker.url,
      agentType: 'invoice_processor',
      clock: broker.now,
      fetch: (url, init) => {
        if (!robbing || !isFor(route, init.method, url.slice(broker.url.length))) return own(url, init);
        before = broker.calls.length;
        return thief(url, init);
      },
    });
    const { lease } = await agent.lease(invoiceTask());
    const row = asks[route];
    if (!row) throw new Error(`nobody asks ${route}`);
    const { ask, refusal } = row;
    return {
      refusal,
      ask: () => ask(agent, lease.id),
      rob: () => {
        robbing = true;
        return ask(agent, lease.id);
      },
      effects: () =>
        broker.calls
          .slice(before)
          .map(({ operation }) => operation)
          .filter((name) => name !== 'GetPublicKey'),
    };
  }

  const cases = closed.flatMap((route) => signing.map((who) => [who, route] as const));
  test.each(cases)('%s is refused, and nothing is written or minted: %s', async (who, route) => {
    const thief = sends.get(who);
    if (!thief) throw new Error(`${who} is nobody`);
    const { ask, rob, refusal, effects } = await robbed(route, thief);
    await ask();
    await expect(rob()).rejects.toMatchObject(passing.includes(who) ? refusal : notEvenThere);
    expect(effects()).toEqual([]);
  });
});

function isFor(route: string, method: string, path: string): boolean {
  const pattern = route.replace(/[.+]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(`${method} ${path}`);
}
