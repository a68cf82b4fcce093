import type { Group } from '../../lib/api-policy.ts';

/** Who may call each closed route; a new one needs a row. */
export const callers: Readonly<Record<string, readonly Group[]>> = {
  'POST /v1/challenges': ['agent'],
  'POST /v1/attestations': ['agent'],
  'POST /v1/leases': ['agent'],
  'POST /v1/leases/{id}/credentials': ['agent'],
  'POST /v1/leases/{id}/heartbeat': ['agent'],
  'DELETE /v1/leases/{id}': ['agent'],
  'POST /v1/leases/{id}/delegations': ['agent'],
  'ANY /v1/leases/{id}/proxy/{capability}/{path+}': ['agent'],
  'GET /v1/leases/{id}': ['agent', 'operator', 'approver'],
  'POST /v1/leases/{id}/approval': ['approver'],
  'GET /v1/approvals': ['approver'],
  'GET /v1/leases': ['operator'],
  'POST /v1/revocations': ['operator'],
  'POST /v1/quarantines': ['operator'],
  'POST /v1/introspections': ['service'],
};
