import { createPublicKey, type JsonWebKey } from 'node:crypto';
import type { JWK } from 'jose';
import { type Members, member } from './compact-jwt.ts';

/** Keys of one set: beyond, it is no set of keys but a burden. */
export const mostKeys = 100;

/** Bits of an RSA modulus (RFC 7518 section 3.3). */
export const leastBits = 2_048;

/** Members that only secrets have (RFC 7518 section 6): of EC, OKP and RSA keys, of shared ones, of post-quantum ones. */
const secrets = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** The keys in a set (RFC 7517 section 5), whatever they are for. Throws where the set shows that its issuer is broken. */
export function keysIn(set: Members): readonly Members[] {
  const keys = member(set, 'keys');
  if (!Array.isArray(keys)) throw new Error('it is no set of keys');
  if (keys.length > mostKeys) throw new Error(`it holds more than ${mostKeys} keys`);
  return keys.map(publicOnly);
}

/** The keys among these that may verify anything; what cannot be read is ignored, as RFC 7517 section 5 says. */
export function verifyingKeys(keys: readonly Members[]): JWK[] {
  return keys.filter(isFit) as JWK[];
}

/** A secret that is published is everybody's: then none of the issuer's keys can be believed. */
function publicOnly(key: unknown): Members {
  if (typeof key !== 'object' || key === null || Array.isArray(key))
    throw new Error('it holds what is no key');
  const members = key as Members;
  if (member(members, 'kty') === 'oct' || secrets.some((name) => Object.hasOwn(members, name)))
    throw new Error('it publishes a secret');
  return members;
}

function isFit(key: Members): boolean {
  try {
    const { asymmetricKeyDetails } = createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
    return (asymmetricKeyDetails?.modulusLength ?? leastBits) >= leastBits;
  } catch {
    return false;
  }
}
