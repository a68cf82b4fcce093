import type { LeaseListResponse, LeaseView, RevocationResponse } from '../core/protocol/responses.ts';
import type { LocalBroker } from '../local/start.ts';
import { signedFetch } from './broker.ts';
import { operatorArn } from './synth.ts';

/** The name of the role that operates the broker under test. */
export const operatorRole = operatorArn.split('/').at(-1) ?? '';

/** What a request of an operator came to. */
export type Answered<Body> = { readonly status: number; readonly body: Body };

/** An operator of the broker under test. */
export type Operator = {
  ask<Body>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answered<Body>>;
  revoke(scope: object, rest?: object): Promise<Answered<RevocationResponse & { code?: string }>>;
  quarantine(scope: object, rest?: object): Promise<Answered<{ code?: string }>>;
  leases(query: string): Promise<LeaseListResponse>;
  lease(id: string): Promise<LeaseView>;
};

/** Makes the operator's role, which may call the API, and an operator with it. */
export function newOperator(broker: LocalBroker, role = operatorRole): Operator {
  broker.createRole(role, [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
  const fetch = signedFetch(broker, broker.credentialsFor(role, 'on-call'));
  const ask = async <Body>(method: 'GET' | 'POST', path: string, body?: unknown) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${broker.url}${path}`, { method, ...sent });
    return { status: response.status, body: (await response.json()) as Body };
  };
  const reason = 'a test';
  return {
    ask,
    revoke: (scope, rest) => ask('POST', '/v1/revocations', { scope, reason, ...rest }),
    quarantine: (scope, rest) => ask('POST', '/v1/quarantines', { scope, reason, ...rest }),
    leases: async (query) => (await ask<LeaseListResponse>('GET', `/v1/leases?${query}`)).body,
    lease: async (id) => (await ask<{ lease: LeaseView }>('GET', `/v1/leases/${id}`)).body.lease,
  };
}
