import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { BrokerClient } from '../../client/index.ts';
import type { LeaseView } from '../../core/protocol/responses.ts';
import type { LocalBroker } from '../../local/start.ts';
import { type Approvers, newApprovers } from '../approver.ts';
import { newAgent, startBroker } from '../broker.ts';
import { alice, frieda, tokenOf } from '../people.ts';

let broker: LocalBroker;
let people: Approvers;
let agent: BrokerClient;

const amounts = { '4711': 420, '4712': 5_000, '4713': 50_000, '4714': 15_000 };

beforeAll(async () => {
  broker = await startBroker();
  const items = Object.entries(amounts).map(([invoice_id, amount]) => ({
    customer_id: 'acme',
    invoice_id,
    amount,
  }));
  await broker.createTable('invoices', { partition: 'customer_id', sort: 'invoice_id' }, items);
  people = newApprovers(broker);
  agent = await newAgent(broker, 'paying_processor');
});
afterAll(() => broker?.stop());

/** Alice has this invoice processed. */
function asked(
  invoice_id: string,
  parameters: object = {},
  subjectToken: string | undefined = tokenOf(alice, broker.now()),
) {
  const task = {
    name: `process invoice ${invoice_id}`,
    purpose: 'validate the invoice',
    capabilities: ['read_invoice'],
    parameters: { invoice_id, ...parameters },
    estimated_seconds: 120,
  };
  return agent.ask(task, subjectToken === undefined ? {} : { subjectToken });
}

async function pending(invoice_id = '4712'): Promise<LeaseView> {
  const { lease, credentials } = await asked(invoice_id);
  expect({ state: lease.state, credentials }).toEqual({ state: 'pending', credentials: undefined });
  return lease;
}

describe('an invoice', () => {
  test('of 420 EUR is granted by itself, the amount read from the system of record', async () => {
    const { lease, credentials } = await asked('4711');
    expect(lease).toMatchObject({
      state: 'active',
      task: {
        parameters: { customer_id: 'acme', invoice_id: '4711', invoice_amount: 420 },
        sources: { customer_id: 'delegation', invoice_id: 'claimed', invoice_amount: 'lookup' },
      },
    });
    expect(credentials).toBeDefined();
  });

  test('is not processed by the token with which somebody signed in to decide', async () => {
    const signedIn = tokenOf({ ...alice, aud: 'mayfly-cli' }, broker.now());
    await expect(asked('4711', {}, signedIn)).rejects.toMatchObject({
      code: 'invalid_token',
      problem: { path: 'subject_token' },
    });
  });

  test('of 5,000 EUR waits, is told to people, approved, and collected', async () => {
    const lease = await pending();
    await broker.settled();
    expect(broker.notifications.at(-1)?.message).toContain(`mayfly approve ${lease.id}`);
    expect((await people.waiting()).leases.map(({ id }) => id)).toContain(lease.id);
    const { status, body } = await people.decide(lease, frieda);
    expect({ status, ...body, lease: body.lease?.state }).toEqual({ status: 200, lease: 'approved' });
    const collected = await agent.collect(lease.id);
    expect(collected.lease.state).toBe('active');
    expect(awsCredentialsOf(collected).session_token).toBeTruthy();
  });
});
