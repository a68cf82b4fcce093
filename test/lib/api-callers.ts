import type { Group } from '../../lib/api-policy.ts';

/** Who may call each closed route; a new one needs a row. */
export const callers: Readonly<Record<string, readonly Group[]>> = {
  'POST /v1/challenges': ['agent'],
  'POST /v1/attestations': ['agent'],
  'POST /v1/leases': ['agent'],
  'POST /v1/leases/{id}/credentials': ['agent'],
  'POST /v1/leases/{id}/heartbeat': ['agent'],
  'DELETE /v1/leases/{id}': ['agent'],
  'GET /v1/leases/{id}': ['agent', 'operator'],
  'GET /v1/leases': ['operator'],
  'POST /v1/revocations': ['operator'],
  'POST /v1/quarantines': ['operator'],
};
