import type { EvidenceFaultCode } from './evidence.ts';

/** Every refusal that Mayfly knows, in OAuth's words where OAuth has one. */
export type ErrorCode =
  | 'invalid_request'
  | 'unauthenticated'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'invalid_evidence'
  | 'invalid_nonce'
  | 'access_denied'
  | 'quarantined'
  | 'approval_pending'
  | 'approval_closed'
  | 'approval_refused'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_too_large'
  | 'idempotency_key_reused'
  | 'lease_in_progress'
  | 'lease_ended'
  | 'slow_down'
  | 'upstream_failed'
  | 'temporarily_unavailable'
  | 'server_error';

/** What a caller may be told beside code and detail. */
export type ErrorEvidence = {
  /** JSON path of the field at fault, such as `parameters.customer_id`. */
  readonly path?: string;
  /** Why evidence proves nothing, as a stable word. */
  readonly fault?: EvidenceFaultCode;
  /** Seconds to wait before asking again. */
  readonly retryAfter?: number;
  /** How a retry can succeed. */
  readonly retry?: 'same_key' | 'new_key';
  readonly reasons?: readonly unknown[];
};

/** A refusal on its way to the caller; `detail` is shown to them and so holds no internals and no secrets. */
export class BrokerError extends Error {
  readonly code: ErrorCode;
  readonly evidence: ErrorEvidence;

  constructor(code: ErrorCode, detail: string, evidence: ErrorEvidence = {}, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause });
    this.name = 'BrokerError';
    this.code = code;
    this.evidence = evidence;
  }
}
