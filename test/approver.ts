import type { ApprovalListResponse, LeaseView } from '../core/protocol/responses.ts';
import type { LocalBroker } from '../local/start.ts';
import { signedFetch } from './broker.ts';
import type { Answered } from './operator.ts';
import { type PersonClaims, tokenOf } from './people.ts';
import { approverArn } from './synth.ts';

/** The name of the role through which people decide. */
export const approverRole = approverArn.split('/').at(-1) ?? '';

/** What deciding comes to: the lease, or a problem. */
export type Decided = Answered<{ lease?: LeaseView; code?: string; detail?: string; path?: string }>;

/** Those who decide, through the approver's role. */
export type Approvers = {
  ask<Body>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answered<Body>>;
  waiting(): Promise<ApprovalListResponse>;
  /** A person says something about a lease, by a token bound to what it asks unless the claims say otherwise. */
  decide(lease: LeaseView, person: PersonClaims, decision?: 'approve' | 'deny'): Promise<Decided>;
};

/** Makes the approver's role, which may call the API, and those who decide with it. */
export function newApprovers(broker: LocalBroker, role = approverRole): Approvers {
  broker.createRole(role, [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
  const fetch = signedFetch(broker, broker.credentialsFor(role, 'people'));
  const ask = async <Body>(method: 'GET' | 'POST', path: string, body?: unknown) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${broker.url}${path}`, { method, ...sent });
    return { status: response.status, body: (await response.json()) as Body };
  };
  return {
    ask,
    waiting: async () => (await ask<ApprovalListResponse>('GET', '/v1/approvals')).body,
    decide: ({ id, approval }, person, decision = 'approve') => {
      const id_token = tokenOf({ aud: 'mayfly-cli', nonce: approval?.request_hash, ...person }, broker.now());
      return ask('POST', `/v1/leases/${id}/approval`, { decision, id_token });
    },
  };
}
