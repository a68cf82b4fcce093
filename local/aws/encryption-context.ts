import { AwsFault } from '../fault.ts';
import type { JsonBody } from './json-protocol.ts';

/** Pairs that are no secret and belong to a ciphertext: without the very same ones it is not decrypted. */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * The encryption context of a call, empty where it has none. Throws for what is no map of texts, and for two names that
 * differ by case alone, which one condition key would stand for.
 */
export function encryptionContextOf(body: JsonBody): EncryptionContext {
  const given = body['EncryptionContext'] ?? {};
  const isMap = typeof given === 'object' && !Array.isArray(given);
  if (!isMap || !Object.values(given).every((value) => typeof value === 'string'))
    throw new AwsFault('SerializationException', 'The encryption context is no map of texts.');
  const names = Object.keys(given);
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length)
    throw new AwsFault('ValidationException', 'Names that differ by case alone are not emulated.');
  return given as EncryptionContext;
}

/**
 * The condition keys of an encryption context: one per pair, and the list of names. Both are absent where there is none
 * (KMS developer guide, `kms:EncryptionContext:context-key` and `kms:EncryptionContextKeys`).
 */
export function contextKeys(context: EncryptionContext): Record<string, string | string[]> {
  const pairs = Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]);
  if (pairs.length === 0) return {};
  return { ...Object.fromEntries(pairs), 'kms:EncryptionContextKeys': Object.keys(context) };
}

/** The bytes that stand for an encryption context: the same for the same pairs, in whatever order they came. */
export function contextBytes(context: EncryptionContext): Buffer {
  const sorted = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(sorted));
}
