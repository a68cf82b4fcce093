/** The task that every benchmark asks a lease for. */
export const invoiceTask = {
  name: 'process invoice 4711',
  purpose: 'validate the invoice',
  capabilities: ['read_invoice'],
  parameters: { customer_id: 'acme', invoice_id: '4711', invoice_amount: 420 },
  estimated_seconds: 120,
};

/** The type of every agent: one with heartbeats, so that a lease costs all that it can. */
export const agentType = 'beating_processor';
