import { afterAll, beforeAll, expect } from 'vitest';
import type { AskOptions, BrokerClient, LeaseAnswer } from '../../client/index.ts';
import type { LeaseView } from '../../core/protocol/responses.ts';
import type { VoteEvent } from '../../lambda/operations/audited.ts';
import type { LocalBroker, StartOptions } from '../../local/start.ts';
import { type Approvers, newApprovers } from '../approver.ts';
import { newAgent, startBroker } from '../broker.ts';
import { newOperator, type Operator } from '../operator.ts';
import { alice, frieda, tokenOf } from '../people.ts';

/** One line that a function logged. */
export type Logged = { readonly functionName: string; readonly line: string };

/** A broker whose agents pay invoices, and everybody around it; they are there once a test runs. */
export type PayingBroker = {
  broker: LocalBroker;
  people: Approvers;
  operator: Operator;
  /** An agent that pays; each test may have its own. */
  agent: BrokerClient;
  readonly logs: Logged[];
  /** An invoice of acme with this amount, under a number of its own, on behalf of alice. */
  asked(amount: number, options?: AskOptions & { agent?: BrokerClient }): Promise<LeaseAnswer>;
  /** A lease that waits for people. */
  pending(amount?: number, options?: AskOptions & { agent?: BrokerClient }): Promise<LeaseView>;
  /** A lease that frieda has approved. */
  approved(options?: { agent?: BrokerClient }): Promise<LeaseView>;
  /** What was audited about a lease, in order. */
  audit(lease: Pick<LeaseView, 'id'>): VoteEvent[];
  /** The system of record says another amount from now on. */
  amountOf(lease: Pick<LeaseView, 'task'>, amount: number): Promise<void>;
};

/** For a file of tests: starts the broker before them, and stops it after them. */
export function payingBroker(options: StartOptions | (() => StartOptions) = {}): PayingBroker {
  const logs: Logged[] = [];
  const on = { logs } as PayingBroker;
  let invoices = 1_000;
  const record = (invoice_id: string, amount: number) =>
    on.broker.putItem('invoices', { customer_id: 'acme', invoice_id, amount });
  beforeAll(async () => {
    const onLog = (functionName: string, line: string) => void logs.push({ functionName, line });
    const given = typeof options === 'function' ? options() : options;
    on.broker = await startBroker({ onLog, ...given });
    await on.broker.createTable('invoices', { partition: 'customer_id', sort: 'invoice_id' });
    on.people = newApprovers(on.broker);
    on.operator = newOperator(on.broker);
    on.agent = await newAgent(on.broker, 'paying_processor');
  });
  afterAll(() => on.broker?.stop());
  return Object.assign(on, {
    async asked(amount, { agent = on.agent, ...rest } = {}) {
      const invoice_id = String(++invoices);
      await record(invoice_id, amount);
      const subjectToken = tokenOf(alice, on.broker.now());
      return agent.ask(payingTask(invoice_id), { subjectToken, ...rest });
    },
    async pending(amount = 1_500, rest) {
      const { lease } = await on.asked(amount, rest);
      expect(lease.state).toBe('pending');
      return lease;
    },
    async approved(rest) {
      const lease = await on.pending(1_500, rest);
      const { body } = await on.people.decide(lease, frieda);
      expect(body.lease?.state).toBe('approved');
      return lease;
    },
    audit: ({ id }) =>
      logs
        .filter(({ line }) => line.includes('"event":"vote"'))
        .map(({ line }): VoteEvent => JSON.parse(line).audit)
        .filter(({ lease }) => lease === id),
    amountOf: ({ task }, amount) => record(String(task.parameters['invoice_id']), amount),
  } satisfies Partial<PayingBroker>);
}

/** The task of an invoice of the user's own customer; its amount is for the system of record to say. */
export function payingTask(invoice_id: string) {
  return {
    name: `process invoice ${invoice_id}`,
    purpose: 'validate the invoice',
    capabilities: ['read_invoice'],
    parameters: { invoice_id },
    estimated_seconds: 120,
  };
}

/** Status and code of what a request of a person came to. */
export function outcomeOf({ status, body }: { status: number; body: { code?: string; lease?: LeaseView } }) {
  return { status, says: body.code ?? body.lease?.state };
}
