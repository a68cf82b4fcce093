import type { LocalIdentityProvider, TokenChanges } from '../../local/people/identity-provider.ts';
import type { Loopback } from '../../local/people/loopback.ts';
import { compact, type SigningKey } from '../../local/people/signing.ts';

/** Who is at hand when a hostile token is written. */
export type HostileWorld = {
  /** The provider that is trusted; its configuration lists ES256 and RS256. */
  readonly issuer: LocalIdentityProvider;
  /** Another provider that is trusted too. */
  readonly other: LocalIdentityProvider;
  /** A server of the attacker, whose key set holds `key`; it is nobody's provider. */
  readonly attacker: Loopback & { readonly key: SigningKey };
  readonly now: number;
};

/** A token that must be refused: why, in the refusal's own words, and whether that takes the provider's keys to tell. */
export type HostileToken = {
  readonly name: string;
  readonly write: (world: HostileWorld) => string;
  readonly says: string;
  readonly needsKeys?: true;
};

/** A token right in every way but for these changes. */
export const changed =
  (change: (world: HostileWorld) => TokenChanges) =>
  (world: HostileWorld): string =>
    world.issuer.token(change(world));

/** One part of a token. */
export const encoded = (value: string | object) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Header and payload of a right token as text, and its parts as they are sent. */
export function apart(token: string) {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const text = (part: string) => Buffer.from(part, 'base64url').toString();
  return { header, payload, signature, headerText: text(header), payloadText: text(payload) };
}

/** Signed as it should be over a text that is not what a library writes. */
export function signedText(
  { issuer }: HostileWorld,
  change: (header: string, payload: string) => [string, string],
) {
  const { headerText, payloadText } = apart(issuer.token());
  return compact(...change(headerText, payloadText), 'ES256', issuer.keyFor('ES256').privateKey);
}

/** Signed with the provider's public key as if it were a secret, for a verifier that lets the token choose. */
export function keyConfusion({ issuer }: HostileWorld, secret: (key: SigningKey) => string) {
  const key = issuer.keyFor('RS256');
  const { payloadText } = apart(issuer.token());
  return compact(JSON.stringify({ alg: 'HS256', kid: key.kid }), payloadText, 'HS256', secret(key));
}

/** Signed by the attacker, who names the place of the key. */
export function pointing({ issuer, attacker }: HostileWorld, header: object) {
  const { payloadText } = apart(issuer.token());
  const all = { alg: 'ES256', kid: attacker.key.kid, typ: 'JWT', ...header };
  return compact(JSON.stringify(all), payloadText, 'ES256', attacker.key.privateKey);
}
