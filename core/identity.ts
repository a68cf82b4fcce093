import { base32Digest, sha256Base64Url } from './hash.ts';

/** Who signed the request, as API Gateway proved it. */
export type Caller = {
  /** Role ARN without its path: assumed-role ARNs do not carry paths, so policies are matched without them. */
  readonly role: string;
  /** IAM's unique id of the role (`AROA…`): a role made anew under the same name is another principal. */
  readonly roleId: string;
  /** Unique id and session name, `AROA…:session`. */
  readonly userId: string;
};

/**
 * What evidence must be bound to: base64url(sha256(nonce "." jkt)), so that it proves both freshness and
 * possession of one key. `jkt` is the RFC 7638 thumbprint.
 */
export function evidenceBinding(nonce: string, jkt: string): string {
  return sha256Base64Url(`${nonce}.${jkt}`);
}

/**
 * The SPIFFE id of the agent with this principal and key: the same pair is always the same agent. 130 bits of a digest
 * over a key that the agent made at random, so that nobody guesses one.
 */
export function agentId(trustDomain: string, agentType: string, principal: string, jkt: string): string {
  return `spiffe://${trustDomain}/agent/${agentType}/${base32Digest([principal, jkt], 26).toLowerCase()}`;
}

/**
 * The lease id that a principal, key and Idempotency-Key lead to, 18 characters. It is short because every
 * revoked id takes room in a grant role's deny document; 80 bits are far beyond accidental collision.
 */
export function leaseId(principal: string, jkt: string, idempotencyKey: string): string {
  return `L-${base32Digest([principal, jkt, idempotencyKey], 16)}`;
}

/** Whether a text could be what {@link leaseId} answers. */
export function isLeaseId(text: string): boolean {
  return /^L-[A-Z2-7]{16}$/.test(text);
}

/** A caller as records name them: role and session. */
export function callerName({ role, userId }: Caller): string {
  return `${role} as ${userId.split(':').at(-1)}`;
}

/** Role ARN with its path removed, the form in which principals are compared. */
export function withoutPath(roleArn: string): string {
  return roleArn.replace(/:role\/(?:.*\/)?([^/]+)$/, ':role/$1');
}
