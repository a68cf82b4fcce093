import type { ContextPolicy } from '../../core/policy/schema.ts';
import { conditionsSchema } from '../../core/policy/schema-conditions.ts';
import { limitsSchema, riskSchema } from '../../core/policy/schema-limits.ts';
import { epochSeconds } from '../../core/time.ts';

/** A moment for tests that only need one: 2026-11-24T02:00:00Z. */
export const morning = epochSeconds(1_795_485_600);

/** Parts of a policy as its file writes them, read by their own schemas. */
type Written = {
  readonly conditions?: Readonly<Record<string, unknown>>;
  readonly risk?: Readonly<Record<string, unknown>>;
  readonly limits?: Readonly<Record<string, unknown>>;
};
type Changed = Partial<Omit<ContextPolicy, keyof Written>> & Written;

const amounts = { invoice_amount: [{ if: '< 1000', then: 'auto_approve' }, { else: 'deny' }] };

/** The compiled policy that the tests of the core are about, changed as a test needs. Its conditions, risk and limits are given as a file writes them. */
export function invoicePolicy(changed: Changed = {}): ContextPolicy {
  const { conditions = amounts, risk = {}, limits = {}, ...others } = changed;
  return {
    agent_type: 'invoice_processor',
    owner: 'payments-team@example.com',
    purpose: 'Validates supplier invoices',
    attestation: {
      any_of: [{ aws_iam: { role: 'arn:aws:iam::111122223333:role/agents/invoice-agent' } }],
    },
    conditions: conditionsSchema.parse(conditions),
    parameters: {
      customer_id: { type: 'string', pattern: '[a-z0-9-]{1,36}', source: 'claimed' },
      invoice_id: { type: 'string', pattern: '[0-9]{1,12}', source: 'claimed' },
      invoice_amount: { type: 'number', minimum: 0, source: 'claimed' },
    },
    capabilities: {
      read_invoice: {
        aws: {
          actions: ['s3:GetObject'],
          resources: ['arn:aws:s3:::acme-invoices/${customer_id}/${invoice_id}.json'],
        },
      },
      file_result: {
        aws: {
          actions: ['s3:PutObject', 's3:GetObject'],
          resources: ['arn:aws:s3:::acme-results/${customer_id}/${invoice_id}.json'],
        },
      },
    },
    lifetime: { buffer: 1.2, floor: 300, maximum: '2x', longest: 900 },
    risk: riskSchema.parse(risk),
    limits: limitsSchema.parse(limits),
    ...others,
  };
}

/** Parameters that the policy admits. */
export const invoice = { customer_id: 'acme', invoice_id: '4711', invoice_amount: 420 } as const;

const roles = {
  arnPrefix: 'arn:aws:iam::111122223333:role/mayfly/mayfly/grant/mayfly-eu-central-1-',
  shards: 4,
};

/** Where grant roles are said to be, and how STS narrows. */
export const planning = {
  roles,
  narrowing: 'scoped_credentials',
  systems: { databases: {}, clients: {}, secrets: {} },
} as const;
