import type { AgentTask } from './messages.ts';

/** Where the invoices are. */
export const bucket = 'acme-invoices';

/** The role that operates the broker. */
export const operatorRole = 'broker-operator';

/** Seconds between heartbeats, as demo/policies has them. */
export const heartbeat = 5;

/** Seconds that IAM takes here until a written policy counts: AWS's own was seen to take about as many. */
export const iamDelay = 2;

/** The task of the demonstration, estimated at so many seconds. */
export function invoiceTask(seconds: number): AgentTask {
  return {
    name: 'process invoice 4711 of acme',
    purpose: 'validate the invoice and file the result',
    capabilities: ['read_invoice'],
    parameters: { customer_id: 'acme', invoice_id: '4711', invoice_amount: 420 },
    estimated_seconds: seconds,
  };
}
