import type { BrokerClient } from '../../client/index.ts';
import type { LeaseView } from '../../core/protocol/responses.ts';
import { invoiceTask } from '../broker.ts';
import type { Send } from './api-closed-callers.ts';

/** Whoever may call a route, and the lease that it is about. */
export type Asker = {
  readonly agent: BrokerClient;
  readonly leaseId: string;
  /** A lease that waits for people, and what one of them would say of it. */
  readonly waiting: LeaseView;
  readonly idToken: string;
  /** A helper asks for a lease from that of the agent. */
  readonly delegate: () => Promise<unknown>;
  /** Sends as an operator, or as who takes an operator's place. */
  readonly operator: Send;
  /** The same for who decides. */
  readonly approver: Send;
  /** The same for a service that takes tokens of the broker. */
  readonly service: Send;
  /** Has the broker make a call for an agent with a lease for it. */
  readonly proxied: () => Promise<unknown>;
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
const notAnApprover = { status: 403, code: 'access_denied' };
const notAService = { status: 403, code: 'access_denied' };

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
  'POST /v1/leases/{id}/delegations': { ask: ({ delegate }) => delegate(), refusal: notTheirs },
  'ANY /v1/leases/{id}/proxy/{capability}/{path+}': { ask: ({ proxied }) => proxied(), refusal: notTheirs },
  'POST /v1/introspections': {
    ask: ({ service, url }) => sent(service, url, 'POST', '/v1/introspections', 'token=none'),
    refusal: notAService,
  },
  'GET /v1/approvals': {
    ask: ({ approver, url }) => sent(approver, url, 'GET', '/v1/approvals'),
    refusal: notAnApprover,
  },
  'POST /v1/leases/{id}/approval': {
    ask: ({ approver, url, waiting, idToken: id_token }) =>
      sent(approver, url, 'POST', `/v1/leases/${waiting.id}/approval`, { decision: 'approve', id_token }),
    refusal: notAnApprover,
  },
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

/** What an operator does. */
function operate({ operator, url }: Asker, method: string, path: string, scope?: object): Promise<void> {
  return sent(operator, url, method, path, scope && { scope, reason: 'a test' });
}

/** What somebody asks who is no agent; throws status and code of a refusal as an agent's client does. */
async function sent(
  send: Send,
  url: string,
  method: string,
  path: string,
  asked?: object | string,
): Promise<void> {
  const body = typeof asked === 'object' ? JSON.stringify(asked) : asked;
  const response = await send(`${url}${path}`, { method, ...(body !== undefined && { body }) });
  if (response.ok) return;
  const { code = 'gateway' } = (await response.json()) as { code?: string };
  throw Object.assign(new Error(`${method} ${path} is refused`), { status: response.status, code });
}
