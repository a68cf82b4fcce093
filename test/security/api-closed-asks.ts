import type { BrokerClient } from '../../client/index.ts';
import { invoiceTask } from '../broker.ts';
import type { Send } from './api-closed-callers.ts';

/** Whoever may call a route, and the lease that it is about. */
export type Asker = {
  readonly agent: BrokerClient;
  readonly leaseId: string;
  /** Sends as an operator, or as who takes an operator's place. */
  readonly operator: Send;
  readonly url: string;
};

/** What is asked of a closed route, and how the handler refuses an outsider who asks it. */
export type Ask = {
  readonly ask: (asker: Asker) => Promise<unknown>;
  readonly refusal: { readonly status: number; readonly code: string };
};

const notAnAgent = { status: 403, code: 'access_denied' };
const notTheirs = { status: 401, code: 'invalid_token' };
const notAnOperator = { status: 403, code: 'access_denied' };

/** One request for each closed route. */
export const asks: Readonly<Record<string, Ask>> = {
  'POST /v1/challenges': { ask: ({ agent }) => agent.attest(), refusal: notAnAgent },
  'POST /v1/attestations': { ask: ({ agent }) => agent.attest(), refusal: notAnAgent },
  'POST /v1/leases': { ask: ({ agent }) => agent.lease(invoiceTask()), refusal: notTheirs },
  'POST /v1/leases/{id}/credentials': {
    ask: ({ agent, leaseId }) => agent.collect(leaseId),
    refusal: notTheirs,
  },
  'POST /v1/leases/{id}/heartbeat': {
    ask: ({ agent, leaseId }) => agent.heartbeat(leaseId),
    refusal: notTheirs,
  },
  'GET /v1/leases/{id}': { ask: ({ agent, leaseId }) => agent.read(leaseId), refusal: notTheirs },
  'DELETE /v1/leases/{id}': { ask: ({ agent, leaseId }) => agent.release(leaseId), refusal: notTheirs },
  'GET /v1/leases': {
    ask: (asker) => operate(asker, 'GET', '/v1/leases?agent_type=invoice_processor'),
    refusal: notAnOperator,
  },
  'POST /v1/revocations': {
    ask: (asker) => operate(asker, 'POST', '/v1/revocations', { lease: asker.leaseId }),
    refusal: notAnOperator,
  },
  'POST /v1/quarantines': {
    ask: (asker) => operate(asker, 'POST', '/v1/quarantines', { key: 'A'.repeat(43) }),
    refusal: notAnOperator,
  },
};

/** What an operator does; throws status and code of a refusal as an agent's client does. */
async function operate(
  { operator, url }: Asker,
  method: string,
  path: string,
  scope?: object,
): Promise<void> {
  const body = scope && JSON.stringify({ scope, reason: 'a test' });
  const response = await operator(`${url}${path}`, { method, ...(body !== undefined && { body }) });
  if (response.ok) return;
  const { code = 'gateway' } = (await response.json()) as { code?: string };
  throw Object.assign(new Error(`${method} ${path} is refused`), { status: response.status, code });
}
