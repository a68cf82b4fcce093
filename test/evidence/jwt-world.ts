import type { EvidenceFaultCode } from '../../core/evidence.ts';
import { type JwtKey, type JwtParts, type Members, signedText, written } from './jwt-signing.ts';

/** Who is at hand when a token is forged. */
export type JwtWorld = {
  /** What a true token is made of. */
  readonly sound: JwtParts;
  /** Another key of the same issuer for the same algorithm, and one for RSA. */
  readonly sibling: JwtKey;
  readonly rsa: JwtKey;
  /** The key of another issuer that is trusted as well. */
  readonly foreign: JwtKey;
};

/** A true token with one thing wrong, and how it is to be refused. */
export type JwtForgery = {
  readonly attack: string;
  readonly fault: EvidenceFaultCode;
  readonly write: (world: JwtWorld) => string;
};

/** Forged in the header; `undefined` takes a member out. */
export function header(attack: string, change: Members, fault: EvidenceFaultCode = 'header'): JwtForgery {
  return {
    attack,
    fault,
    write: ({ sound }) => written({ ...sound, header: { ...sound.header, ...change } }),
  };
}

/** Forged in the claims, and signed as it should be. */
export function claims(attack: string, fault: EvidenceFaultCode, change: Members): JwtForgery {
  return {
    attack,
    fault,
    write: ({ sound }) => written({ ...sound, claims: { ...sound.claims, ...change } }),
  };
}

/** One forgery for each of these values of a claim; `undefined` leaves the claim out. */
export function values(claim: string, fault: EvidenceFaultCode, ...wrong: readonly unknown[]): JwtForgery[] {
  return wrong.map((value) => claims(`its ${claim} is ${shown(value)}`, fault, { [claim]: value }));
}

/** A value as the name of a test has it. */
export function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}… of ${text.length} characters` : text;
}

/** Forged in the text of header and payload, and signed as it should be. */
export function texts(
  attack: string,
  change: (header: string, payload: string) => readonly [string | Buffer, string | Buffer],
  fault: EvidenceFaultCode = 'malformed',
): JwtForgery {
  return {
    attack,
    fault,
    write: ({ sound }) =>
      signedText(...change(JSON.stringify(sound.header), JSON.stringify(sound.claims)), sound.key),
  };
}

/** A true token, changed after it was signed. */
export function sent(
  attack: string,
  fault: EvidenceFaultCode,
  change: (token: string, world: JwtWorld) => string,
): JwtForgery {
  return { attack, fault, write: (world) => change(written(world.sound), world) };
}
