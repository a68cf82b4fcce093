import { createHash } from 'node:crypto';

/** SHA-256 of UTF-8 text as unpadded base64url (RFC 7515 section 2). */
export function sha256Base64Url(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The first `characters` (5 bits each, at most 51) of the SHA-256 of the parts, in RFC 4648 base32.
 * Each part is preceded by its length, so that no two lists of parts share an input.
 */
export function base32Digest(parts: readonly string[], characters: number): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  const bits = [...hash.digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: characters }, (_, i) =>
    base32Alphabet.charAt(Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)),
  ).join('');
}

/** A stable number from 0 to `shards` − 1 for a key. */
export function shardOf(key: string, shards: number): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) % shards;
}
