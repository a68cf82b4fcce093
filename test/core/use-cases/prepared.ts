import { decide } from '../../../core/decide.ts';
import type { Lease } from '../../../core/lease.ts';
import { type Bounds, type LeaseOrder, pendingLease, prepareLease } from '../../../core/lease-order.ts';
import { resolveParameters } from '../../../core/parameter-sources.ts';
import { neededParameters } from '../../../core/parameters.ts';
import type { ContextPolicy } from '../../../core/policy/schema.ts';
import type { Systems } from '../../../core/policy/schema-systems.ts';
import { asking, type Circumstances, type Judged } from '../../../core/use-cases/judge-task.ts';
import { invoicePolicy, morning, planning } from '../invoices.ts';
import { orderOf } from './world.ts';

/** The `issuing` lease that an order leads to, as issuance prepares it at {@link morning}. */
export function preparedLease(
  order: LeaseOrder = orderOf(),
  policy: ContextPolicy = invoicePolicy(),
  bounds?: Bounds,
  systems: Systems = planning.systems,
): Lease {
  const circumstances = circumstancesOf(order);
  const judged = judgedOf(order, policy, circumstances);
  return prepareLease(order, judged, circumstances, { ...planning, systems }, bounds);
}

/** A policy that asks people about every invoice; `terms` as its file writes them. */
export function askingPolicy(
  terms: Readonly<Record<string, unknown>> = {},
  changed: Parameters<typeof invoicePolicy>[0] = {},
): ContextPolicy {
  const rules = [{ else: { require_approval: { from: ['finance-managers'], within: '30m', ...terms } } }];
  return invoicePolicy({ conditions: { invoice_amount: rules }, ...changed });
}

/** The `pending` lease that an order leads to at {@link morning} under a policy that asks people. */
export function waitingLease(order: LeaseOrder = orderOf(), policy: ContextPolicy = askingPolicy()): Lease {
  return pendingLease(preparedLease(order, policy), judgedOf(order, policy, circumstancesOf(order)));
}

function circumstancesOf({ attested, user }: LeaseOrder): Circumstances {
  return asking(attested.agent_type, attested.facts, user, morning);
}

/** A task that was not denied, for a policy that looks nothing up. */
function judgedOf({ request }: LeaseOrder, policy: ContextPolicy, circumstances: Circumstances): Judged {
  const { task } = request;
  const names = neededParameters(policy, task.capabilities, task.parameters);
  const resolved = resolveParameters(policy, names, task.parameters, circumstances.verified(policy, names));
  if (!('values' in resolved)) throw new Error('not the parameters of this policy', { cause: resolved });
  const { values: parameters, sources } = resolved;
  const decision = decide(policy, { ...circumstances, capabilities: task.capabilities, parameters });
  if (decision.outcome === 'deny') throw new Error('the policy denies it', { cause: decision });
  return { policy, task: { ...task, parameters, sources }, decision };
}
