import type { AgentTask } from './messages.ts';

/** Where the invoices are. */
export const bucket = 'acme-invoices';

/** The role through which people decide. */
export const approverRole = 'approver';

/** The role that operates the broker. */
export const operatorRole = 'broker-operator';

/** Seconds between heartbeats, as demo/policies has them. */
export const heartbeat = 5;

/** Seconds that IAM takes here until a written policy counts: AWS's own was seen to take about as many. */
export const iamDelay = 2;

/** The system of record: what each invoice of acme comes to, in EUR. */
export const amounts: Readonly<Record<string, number>> = { '4711': 420, '4712': 310, '4713': 5_000 };

/** All that processing an invoice takes. */
export const wholeInvoice = ['read_invoice', 'read_customer', 'check_vat', 'file_result', 'post_message'];

/** The task of processing an invoice of acme, estimated at so many seconds; the agent may state more than it must. */
export function invoiceTask(
  seconds: number,
  invoice = '4711',
  stated: AgentTask['parameters'] = {},
  wanted: AgentTask['capabilities'] = ['read_invoice'],
): AgentTask {
  return {
    name: `process invoice ${invoice} of acme`,
    purpose: 'validate the invoice and file the result',
    capabilities: [...wanted],
    parameters: { invoice_id: invoice, ...stated },
    estimated_seconds: seconds,
  };
}
