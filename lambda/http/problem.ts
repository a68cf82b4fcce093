import { BrokerError, type ErrorCode } from '../../core/broker-error.ts';
import type { Problem } from '../../core/protocol/responses.ts';
import type { Reply } from './serve.ts';

/** Status and title of a code. The switch is exhaustive: a new code does not compile until it is answered here. */
function answerOf(code: ErrorCode): [status: number, title: string] {
  switch (code) {
    case 'invalid_request':
      return [400, 'The request is not valid'];
    case 'unauthenticated':
      return [401, 'The caller is not known'];
    case 'invalid_token':
      return [401, 'The token is not valid'];
    case 'invalid_dpop_proof':
      return [401, 'The proof of possession is not valid'];
    case 'invalid_evidence':
      return [403, 'The evidence proves nothing'];
    case 'invalid_nonce':
      return [403, 'The nonce is not valid'];
    case 'access_denied':
      return [403, 'Denied'];
    case 'approval_pending':
      return [409, 'The lease waits for approval'];
    case 'approval_closed':
      return [409, 'The approval is closed'];
    case 'approval_refused':
      return [403, 'The approval does not count'];
    case 'quarantined':
      return [403, 'Quarantined'];
    case 'not_found':
      return [404, 'Not found'];
    case 'method_not_allowed':
      return [405, 'Method not allowed'];
    case 'request_too_large':
      return [413, 'The request is too large'];
    case 'idempotency_key_reused':
      return [422, 'The Idempotency-Key was used for another request'];
    case 'lease_in_progress':
      return [409, 'The lease is being made'];
    case 'lease_ended':
      return [409, 'The lease has ended'];
    case 'slow_down':
      return [429, 'Too many requests'];
    case 'upstream_failed':
      return [502, 'The other side failed'];
    case 'temporarily_unavailable':
      return [503, 'Not available now'];
    case 'server_error':
      return [500, 'The broker failed'];
  }
}

/** The RFC 9457 answer to any error; what is not a {@link BrokerError} says nothing of its cause. */
export function problemReply(error: unknown): Reply {
  const known =
    error instanceof BrokerError
      ? error
      : new BrokerError('server_error', 'the broker failed; nothing was granted');
  const [status, title] = answerOf(known.code);
  const { path, fault, retry, reasons, retryAfter } = known.evidence;
  const body: Problem = {
    type: `urn:mayfly:error:${known.code}`,
    title,
    status,
    code: known.code,
    detail: known.message,
    ...(path !== undefined && { path }),
    ...(fault && { fault }),
    ...(retry && { retry }),
    ...(reasons && { reasons: reasons as Problem['reasons'] & {} }),
  };
  return {
    status,
    body,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(retryAfter && { 'Retry-After': String(retryAfter) }),
    },
  };
}
