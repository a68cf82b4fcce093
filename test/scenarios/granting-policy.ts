import { agentRole, bucket } from '../broker.ts';

/** Seconds between heartbeats of the agents here: longer than a hundred leases take on a busy machine. */
export const heartbeat = 300;

/** What agents here may be given, over all kinds of systems; of umbrella people are asked first. */
export const policy = `
context_policy:
  agent_type: invoice_processor
  owner: payments-team@example.com
  purpose: Validates supplier invoices and files the result
  attestation:
    any_of:
      - aws_iam: { role: "arn:aws:iam::111122223333:role/${agentRole}" }
  conditions:
    customer_id:
      - { if: "== umbrella", then: { require_approval: { from: [finance-managers], within: 30m, proof: role } } }
      - else: auto_approve
  parameters:
    customer_id: { type: string, pattern: "[a-z0-9-]{1,36}", source: claimed }
    invoice_id: { type: string, pattern: "[0-9]{1,12}", source: claimed }
  capabilities:
    read_invoice:
      aws: { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::${bucket}/\${customer_id}/\${invoice_id}.json"] }
    read_customer:
      postgres:
        database: crm
        grants: [{ privileges: [SELECT], on: crm.customers, columns: [id, name, vat_id] }]
    read_archive:
      postgres: { database: crm, grants: [{ privileges: [SELECT], on: crm.archive }] }
    check_vat:
      oauth: { token_endpoint: "https://vat.example/token", client: vat-client, scope: vat.read }
    tell_ledger:
      jwt: { audience: "https://ledger.example", scope: entries.write, parameters: [customer_id] }
    post_message:
      proxy: { base_url: "https://slack.com/api", secret: slack-bot, allow: ["POST /chat.postMessage"] }
  risk: { weights: { claimed_parameters: 0 } }
  lifetime: { buffer: 1.2, floor: 0s, maximum: 2x, longest: 15m, heartbeat: ${heartbeat}s }
  limits: { concurrent_leases: 200, per_hour: 1000, delegation_depth: 2 }
`;

export const guardrail = `
guardrail:
  accounts: ["111122223333"]
  services: [s3]
  buckets: [${bucket}]
  databases: [crm]
  hosts: [slack.com, vat.example]
  audiences: ["https://ledger.example"]
`;

/** Every capability of the agents here that can be made: there is no table for `read_archive`. */
export const capabilities = ['read_invoice', 'read_customer', 'check_vat', 'tell_ledger', 'post_message'];

/** The task of an invoice with all that it needs, or with less. */
export function wholeTask(wanted: readonly string[] = capabilities, seconds = 120, customer_id = 'acme') {
  return {
    name: 'process invoice 4711',
    purpose: 'validate the invoice',
    capabilities: [...wanted],
    parameters: { customer_id, invoice_id: '4711' },
    estimated_seconds: seconds,
  };
}
