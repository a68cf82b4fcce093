import type { BrokerClient } from '../client/index.ts';
import type { LeaseRequestInput } from '../core/protocol/requests.ts';
import type { IssuedLeaseResponse } from '../core/protocol/responses.ts';
import type { LocalBroker } from '../local/start.ts';
import { newAgent } from './broker.ts';
import { alice, tokenOf } from './people.ts';

/** Invoices of acme that {@link fileInvoices} files: `1`, `2` and so on, of one euro each. */
const filed = 100;

/** Makes the system of record that the policy of paying_processor looks amounts up in. */
export async function fileInvoices(broker: LocalBroker): Promise<void> {
  const items = Array.from({ length: filed }, (_, i) => ({
    customer_id: 'acme',
    invoice_id: String(i + 1),
    amount: 1,
  }));
  await broker.createTable('invoices', { partition: 'customer_id', sort: 'invoice_id' }, items);
}

let next = 0;

/** The id of a filed invoice; another one each time, as a task gets only so many leases. */
export function anyInvoice(): string {
  return String((next++ % filed) + 1);
}

/** The task of paying one invoice of whoever stands behind it. */
export function payingTask(invoice_id = anyInvoice(), capabilities = ['read_invoice']) {
  return {
    name: `pay invoice ${invoice_id}`,
    purpose: 'validate the invoice and file the result',
    capabilities,
    parameters: { invoice_id },
    estimated_seconds: 120,
  };
}

/** A lease of a paying agent, a new one unless it is given, for alice. */
export async function payingLease(
  broker: LocalBroker,
  task: LeaseRequestInput['task'] = payingTask(),
  agent?: BrokerClient,
): Promise<IssuedLeaseResponse> {
  const asking = agent ?? (await newAgent(broker, 'paying_processor'));
  const answer = await asking.ask(task, { subjectToken: tokenOf(alice, broker.now()) });
  if (answer.credentials === undefined) throw new Error(`the lease is ${answer.lease.state}`);
  return answer;
}
