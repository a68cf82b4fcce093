import { base32Digest } from './hash.ts';
import type { EpochSeconds } from './time.ts';

/** A person as an identity provider proved them: who they are is issuer and subject together (OpenID Connect Core 2). */
export type Person = {
  readonly issuer: string;
  readonly subject: string;
  readonly mfa: boolean;
  readonly authenticated_at?: EpochSeconds;
  readonly groups: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
};

/** What makes two people the same: a subject means something at its issuer only. */
export type Identity = Pick<Person, 'issuer' | 'subject'>;

/** A short key for a person, 26 characters, the same for the same issuer and subject. */
export function personKey({ issuer, subject }: Identity): string {
  return base32Digest([issuer, subject], 26).toLowerCase();
}

/** Whether two are the same person. */
export function samePerson(one: Identity, other: Identity): boolean {
  return one.issuer === other.issuer && one.subject === other.subject;
}
