import { beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { IssuedLeaseResponse } from '../../client/index.ts';
import { type Approvers, newApprovers } from '../approver.ts';
import { newAgent, reading, s3With } from '../broker.ts';
import { alice, frieda, tokenOf } from '../people.ts';
import { type ChildAsks, delegated, type Held } from './delegation-chain.ts';
import { endingBroker, refusalOf } from './ended.ts';

const on = endingBroker();
let people: Approvers;

beforeAll(async () => {
  const amounts = { '4711': 420, '4712': 5_000 };
  const items = Object.entries(amounts).map(([invoice_id, amount]) => ({
    customer_id: 'acme',
    invoice_id,
    amount,
  }));
  await on.broker.createTable('invoices', { partition: 'customer_id', sort: 'invoice_id' }, items);
  people = newApprovers(on.broker);
});

/** Alice has an agent process an invoice, and people say yes where they are asked. */
async function processing(invoice_id = '4711', seconds = 200): Promise<Held> {
  const agent = await newAgent(on.broker, 'paying_processor');
  const task = {
    name: `process invoice ${invoice_id}`,
    purpose: 'validate the invoice',
    capabilities: ['read_invoice', 'file_result'],
    parameters: { invoice_id },
    estimated_seconds: seconds,
  };
  const answer = await agent.ask(task, { subjectToken: tokenOf(alice, on.broker.now()) });
  if (answer.credentials) return { agent, ...answer };
  expect((await people.decide(answer.lease, frieda)).status).toBe(200);
  return { agent, ...(await agent.collect(answer.lease.id)) };
}

const child = (from: Held, asks: ChildAsks = {}) => delegated(on.broker, from, { seconds: 200, ...asks });
const reads = ({ credentials }: IssuedLeaseResponse, key: string) =>
  reading(s3With(on.broker, awsCredentialsOf({ credentials })), key);
const secondsTo = (moment: string) => Date.parse(moment) / 1_000 - on.broker.now();

describe('a sub-agent', () => {
  test('has a part of what its parent has: the same user, the same invoice, the same role', async () => {
    const root = await processing();
    const { lease, credentials } = await child(root);
    expect(lease).toMatchObject({
      user: { subject: 'alice' },
      delegated_from: [root.lease.id],
      task: { capabilities: ['read_invoice'], parameters: root.lease.task.parameters },
      grants: [{ role_arn: root.lease.grants[0]?.role_arn }],
    });
    expect(await reads({ lease, credentials }, 'acme/4711.json')).toBe('read');
    for (const key of ['acme/4712.json', 'globex/4711.json'])
      expect(await reads({ lease, credentials }, key)).toBe('AccessDenied');
    expect((await root.agent.read(root.lease.id)).delegated).toEqual([lease.id]);
  });

  test('renews as far as its parent lives, and further once that has renewed', async () => {
    const root = await processing();
    const part = await child(root);
    expect(part.lease.deadline).toBe(root.lease.deadline);
    on.broker.advance(Math.max(0, secondsTo(root.lease.deadline) - 40));
    const { lease } = await part.agent.renew(part.lease.id, 100);
    expect(lease.deadline).toBe(root.lease.deadline);
    const renewed = await root.agent.renew(root.lease.id, 100);
    expect(secondsTo(renewed.lease.deadline)).toBeGreaterThan(40);
    const again = await part.agent.renew(part.lease.id, 100);
    expect(Date.parse(again.lease.deadline)).toBeGreaterThan(Date.parse(root.lease.deadline));
    expect(Date.parse(again.lease.deadline)).toBeLessThanOrEqual(Date.parse(renewed.lease.deadline));
    expect(await reads(again, 'acme/4711.json')).toBe('read');
  });

  test('delegates on as often as the policy lets it, and no further', async () => {
    const middle = await child(await processing());
    const leaf = await child(middle);
    expect(leaf.lease.delegated_from).toHaveLength(2);
    expect(await reads(leaf, 'acme/4711.json')).toBe('read');
    await expect(child(leaf)).rejects.toMatchObject({
      code: 'access_denied',
      problem: { reasons: [{ rule: 'limits.delegation_depth' }] },
    });
  });

  test('may have no amount that the system of record has raised since', async () => {
    const root = await processing();
    const raise = (amount: number) =>
      on.broker.putItem('invoices', { customer_id: 'acme', invoice_id: '4711', amount });
    await raise(9_000);
    const refused = await refusalOf(child(root));
    await raise(420);
    expect(refused).toBe('access_denied');
    expect((await child(root)).lease.state).toBe('active');
  });
});

describe('what people have approved', () => {
  test('is delegated, and on, without asking them again', async () => {
    const root = await processing('4712');
    const told = on.broker.notifications.length;
    const middle = await child(root);
    const leaf = await child(middle);
    for (const each of [middle, leaf]) expect(await reads(each, 'acme/4712.json')).toBe('read');
    await on.broker.settled();
    expect(on.broker.notifications).toHaveLength(told);
    expect((await leaf.agent.renew(leaf.lease.id, 60)).lease.state).toBe('active');
  });
});

describe('a delegation that is used again', () => {
  test('with the same Idempotency-Key is an answer that was lost: the same lease, nothing twice', async () => {
    const root = await processing();
    const agent = await newAgent(on.broker, 'paying_processor');
    const { agent: id } = await agent.attest();
    const word = await root.agent.delegation(root.lease.id, id, ['read_invoice']);
    const task = { name: 'a part', purpose: 'a part', capabilities: ['read_invoice'], estimated_seconds: 60 };
    const [one, again] = [
      await agent.leaseFrom(root.lease.id, word, task, 'the-same-key'),
      await agent.leaseFrom(root.lease.id, word, task, 'the-same-key'),
    ];
    expect(again.lease.id).toBe(one.lease.id);
    expect((await root.agent.read(root.lease.id)).delegated).toEqual([one.lease.id]);
    const other = { ...task, estimated_seconds: 61 };
    const refused = agent.leaseFrom(root.lease.id, word, other, 'the-same-key');
    expect(await refusalOf(refused)).toBe('idempotency_key_reused');
  });

  test('by its agent makes twenty leases at most, and all of them die with their parent', async () => {
    const root = await processing();
    const agent = await newAgent(on.broker, 'paying_processor');
    const { agent: id } = await agent.attest();
    const word = await root.agent.delegation(root.lease.id, id, ['read_invoice']);
    const task = { name: 'a part', purpose: 'a part', capabilities: ['read_invoice'], estimated_seconds: 60 };
    const issued: IssuedLeaseResponse[] = [];
    for (let i = 0; i < 20; i++) issued.push(await agent.leaseFrom(root.lease.id, word, task));
    expect(await refusalOf(agent.leaseFrom(root.lease.id, word, task))).toBe('lease_ended');
    expect((await root.agent.read(root.lease.id)).delegated).toEqual(issued.map(({ lease }) => lease.id));
    await root.agent.release(root.lease.id);
    await on.deadSince(root, on.broker.now());
    for (const each of issued) expect(await on.uses(each)).toBe('AccessDenied');
  });
});

describe('credentials that are made while the parent dies', () => {
  test.each([
    ['is revoked', (root: Held) => on.operator.revoke({ lease: root.lease.id })],
    ['is released', (root: Held) => root.agent.release(root.lease.id)],
    ['loses its agent', (root: Held) => on.operator.revoke({ agent: root.lease.agent })],
  ])('are never shown: it %s between their making and their activation', async (_, end) => {
    const root = await processing();
    let ended = false;
    const stop = on.broker.intercept(async ({ operation }, when) => {
      if (ended || operation !== 'GetScopedCredentials' || when !== 'after') return undefined;
      ended = true;
      await end(root);
      return undefined;
    });
    const refused = await refusalOf(child(root));
    stop();
    expect(ended).toBe(true);
    expect(refused).toBe('access_denied');
    const [id = ''] = (await on.operator.lease(root.lease.id)).delegated;
    expect((await on.operator.lease(id)).state).toBe('revoked');
  });
});
