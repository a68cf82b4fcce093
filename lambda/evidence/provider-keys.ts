import {
  type CryptoKey,
  createRemoteJWKSet,
  customFetch,
  errors,
  type FlattenedJWSInput,
  type JWTHeaderParameters,
} from 'jose';
import { after, type EpochSeconds } from '../../core/time.ts';

/** Finds the key that signed a token; throws {@link KeysUnavailable}, or what jose throws where none fits. */
export type ProviderKeys = (header: JWTHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/** The keys of a provider could not be had or are unfit, which says nothing about the token. The message is for a log. */
export class KeysUnavailable extends Error {
  constructor(jwksUri: string, cause: unknown) {
    super(`the keys at ${jwksUri} cannot be had: ${cause instanceof Error ? cause.message : 'unknown'}`, {
      cause,
    });
    this.name = 'KeysUnavailable';
  }
}

/** Seconds that fetched keys are used for. */
const cacheSeconds = 600;

/** Seconds between two fetches for keys that were not there or not fit: an unknown `kid` is anybody's to invent. */
const cooldownSeconds = 30;

/** Bytes of a key set, decompressed. */
const largestKeySet = 65_536;

/**
 * The keys at an address from configuration, fetched when first needed. jose picks the key; when to fetch anew goes by
 * our clock. `patience`: milliseconds until a fetch is given up.
 */
export function providerKeys(jwksUri: string, clock: () => EpochSeconds, patience = 2_000): ProviderKeys {
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: patience,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    [customFetch]: boundedFetch,
  });
  let fetchedAt: EpochSeconds | undefined;
  const isOlderThan = (seconds: number) => fetchedAt === undefined || clock() >= after(fetchedAt, seconds);
  const fetchKeys = async () => {
    await keys.reload();
    fetchedAt = clock();
  };
  const find: ProviderKeys = async (header, token) => {
    if (isOlderThan(cacheSeconds)) await fetchKeys();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!isOlderThan(cooldownSeconds)) throw error;
    }
    await fetchKeys();
    return keys(header, token);
  };
  return (header, token) =>
    find(header, token).catch((error) => {
      throw isOfToken(error) ? error : new KeysUnavailable(jwksUri, error);
    });
}

/** That no key fits is the token's fault; everything else is the provider's. */
function isOfToken(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}

/** Follows no redirect, which could lead anywhere, and reads no more than a key set has. */
async function boundedFetch(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' });
  if (response.status === 200) return new Response(await bounded(response));
  await response.body?.cancel();
  throw new Error(`the key set answers with status ${response.status}`);
}

async function bounded(response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > largestKeySet) throw new Error(`the key set is larger than ${largestKeySet} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
