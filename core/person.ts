import { base32Digest } from './hash.ts';
import type { EpochSeconds } from './time.ts';

/** A human as an identity provider vouched for them: who delegates to an agent, or who decides on a lease. */
export type Person = {
  /** The provider, `iss`; with `subject` it is the identity, as a subject alone is unique at one provider only. */
  readonly issuer: string;
  /** The provider's own name for the person, `sub`: 1 to 255 printable ASCII characters. */
  readonly subject: string;
  /** Whether more than one factor was proven, by the provider's rule on `amr` and `acr`. */
  readonly mfa: boolean;
  /** When the person last proved who they are, `auth_time`; absent when the provider does not say. */
  readonly authenticated_at?: EpochSeconds;
  /** Groups as the provider names them; empty when the token has none. */
  readonly groups: readonly string[];
  /** The verified payload: ask {@link Object.hasOwn} before taking a claim that a policy names. */
  readonly claims: Readonly<Record<string, unknown>>;
};

/** What makes a person the same person: nothing else, a mail address for example, is ever compared. */
export type PersonIdentity = Pick<Person, 'issuer' | 'subject'>;

/** A short stable key of a person for records and lists: 26 characters of a-z 2-7 (130 bits of SHA-256). */
export function personKey({ issuer, subject }: PersonIdentity): string {
  return base32Digest([issuer, subject], 26).toLowerCase();
}

/** Whether two are one person: the same subject at the same provider. */
export function samePerson(one: PersonIdentity, other: PersonIdentity): boolean {
  return one.issuer === other.issuer && one.subject === other.subject;
}
