import { lookupsOf } from '../lib/lookup-function.ts';
import { readPolicies } from '../lib/policies.ts';
import { agentRoles } from '../lib/role-lists.ts';
import type { LocalBroker } from '../local/start.ts';

/** The role that operates the local broker, and through which people decide. */
export const operatorRole = 'broker-operator';

/** What the example's system of record knows. */
const invoices = [
  { customer_id: 'acme', invoice_id: '4711', amount: 420 },
  { customer_id: 'acme', invoice_id: '4713', amount: 2_000 },
];

/**
 * What exists before Mayfly does: the roles that policies name as agents, the buckets of the guardrail, the tables that
 * values are looked up in. Done again after each deployment, for what is new.
 */
export async function furnish(broker: LocalBroker, folder: string, tables: Set<string>): Promise<void> {
  const { policies, guardrail } = readPolicies(folder);
  const callsApi = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' } as const;
  for (const role of agentRoles(policies)) broker.createRole(role.split('/').at(-1) ?? '', [callsApi]);
  broker.createRole(operatorRole, [{ ...callsApi, Action: operatorActions }]);
  for (const bucket of guardrail.buckets) {
    broker.createBucket(bucket);
    for (const { customer_id, invoice_id, amount } of invoices)
      broker.putObject(
        bucket,
        `${customer_id}/${invoice_id}.json`,
        JSON.stringify({ invoice: invoice_id, amount }),
      );
  }
  for (const lookup of lookupsOf(policies)) {
    if (!('dynamodb' in lookup) || tables.has(lookup.dynamodb)) continue;
    tables.add(lookup.dynamodb);
    const [partition = '', sort] = Object.keys(lookup.key);
    const items = lookup.dynamodb === 'invoices' ? invoices : [];
    await broker.createTable(lookup.dynamodb, { partition, ...(sort !== undefined && { sort }) }, items);
  }
}

/** What the policies OperatorAccess, ApproverAccess and PanicAccess of the stack allow, on everything there is here. */
const operatorActions = [
  'execute-api:Invoke',
  'iam:ListRoles',
  'iam:GetRolePolicy',
  'iam:PutRolePolicy',
  'iam:DeleteRolePolicy',
  'lambda:GetFunctionConcurrency',
  'lambda:PutFunctionConcurrency',
  'lambda:DeleteFunctionConcurrency',
];
