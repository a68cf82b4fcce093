import { createPrivateKey } from 'node:crypto';
import { inject } from 'vitest';
import type { EpochSeconds } from '../core/time.ts';
import { compact } from '../local/people/signing.ts';

/** What a token says of a person beside who they are; `undefined` takes a claim out. */
export type PersonClaims = { readonly sub: string } & Readonly<Record<string, unknown>>;

/** A token of the run's identity provider for this broker: the person just signed in with MFA, changed as said. */
export function tokenOf(person: PersonClaims, now: EpochSeconds): string {
  const { url, kid, privateKey } = inject('identityProvider');
  const right = {
    iss: url,
    aud: 'mayfly',
    iat: now,
    exp: now + 300,
    auth_time: now,
    amr: ['pwd', 'mfa'],
    groups: ['staff'],
  };
  const header = JSON.stringify({ alg: 'ES256', kid, typ: 'JWT' });
  return compact(header, JSON.stringify({ ...right, ...person }), 'ES256', createPrivateKey(privateKey));
}

export { alice, dora, frieda } from './persons.ts';
