/** Why a call was refused before any service looked at it; each protocol has its own name for it. */
export type AuthFault =
  | 'missing_token'
  | 'incomplete_signature'
  | 'unknown_key'
  | 'expired_token'
  | 'wrong_signature'
  | 'stale_signature';

/** A refusal in AWS's words. `code` is the service's error code, or an {@link AuthFault} that the protocol names. */
export class AwsFault extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsFault';
    this.code = code;
    this.status = status;
  }
}

const authMessages: Readonly<Record<AuthFault, string>> = {
  missing_token: 'Request is missing Authentication Token',
  incomplete_signature: 'The request signature does not conform to AWS standards.',
  unknown_key: 'The security token included in the request is invalid.',
  expired_token: 'The security token included in the request is expired',
  wrong_signature: 'The request signature we calculated does not match the signature you provided.',
  stale_signature:
    'Signature expired: the difference between the request time and the current time is too large.',
};

/** A refusal by signature or key; `detail` says more where it helps. */
export function authFault(kind: AuthFault, detail?: string): AwsFault {
  return new AwsFault(kind, detail ? `${authMessages[kind]} ${detail}` : authMessages[kind], 403);
}
