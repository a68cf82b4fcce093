import type { ContextPolicy, Guardrail } from '../../core/policy/schema.ts';
import { compileGuardrail, compilePolicy } from '../../core/policy/source.ts';

/** A guardrail for policies of tests. */
export const guardrail: Guardrail = compileGuardrail({
  name: 'guardrail.yaml',
  text: `guardrail: { accounts: ["111122223333"], services: [s3, ecr], buckets: [acme-invoices], tables: [invoices] }`,
});

/** A policy with nothing to warn of. */
export const soundSource = `context_policy:
  agent_type: invoice_processor
  owner: payments-team@example.com
  purpose: Validates supplier invoices
  attestation: { any_of: [{ aws_iam: { role: "arn:aws:iam::111122223333:role/invoice-agent" } }] }
  conditions:
    user_delegation: { is: required, mfa: required, issuers: ["https://login.example.com"] }
    business_hours: { is: preferred, zone: Europe/Berlin, days: mon-fri, hours: "08:00-18:00", otherwise: { risk: 30 } }
    invoice_amount:
      - { if: "< 1000", then: { auto_approve: { risk: 1 } } }
      - { if: "< 5000", then: { require_approval: { from: [finance-managers], risk: 20 } } }
      - { else: deny }
  parameters:
    customer_id: { type: string, pattern: "[a-z0-9-]{1,36}", source: delegation }
    invoice_id: { type: string, pattern: "[0-9]{1,12}", source: { delegation: { claim: invoice } } }
    invoice_amount:
      type: number
      minimum: 0
      source: { lookup: { dynamodb: invoices, key: [customer_id, invoice_id], attribute: amount } }
  capabilities:
    read_invoice:
      aws: { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::acme-invoices/\${customer_id}/\${invoice_id}.json"] }
  risk: { approval: { at: 50, from: [finance-managers] } }
  lifetime: { heartbeat: 30s }
  limits: { per_hour: 100, sum: { invoice_amount: 5000, per: user, within: 1d } }
`;

/** Compiles a policy of a test. */
export function compiled(text: string): ContextPolicy {
  return compilePolicy({ name: 'policy.yaml', text }, guardrail);
}

/** The sound policy with texts of it replaced: pairs of what was there and what is there instead. */
export function changed(...replacements: readonly (readonly [from: string, to: string])[]): ContextPolicy {
  const text = replacements.reduce((source, [from, to]) => {
    if (!source.includes(from)) throw new Error(`the policy does not hold ${from}`);
    return source.replace(from, () => to);
  }, soundSource);
  return compiled(text);
}
