import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWK,
  type JWTHeaderParameters,
} from 'jose';
import type { TrustUnavailable } from '../../core/evidence.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { keysIn, verifyingKeys } from './key-set.ts';
import { trustCache } from './trust-cache.ts';
import { type TrustFetchOptions, trustFetch } from './trust-fetch.ts';

/** Finds the key that signed a token; throws {@link TrustUnavailable}, or what jose throws where none fits. */
export type ProviderKeys = (header: JWTHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

export type TrustSourceOptions = TrustFetchOptions & {
  /** Told when a source could not be asked anew behind a caller's back. */
  readonly onFailure?: (fault: TrustUnavailable) => void;
};

/** The keys at an address from configuration, fetched when first needed; how long they count is in `trust-cache.ts`. */
export function providerKeys(
  jwksUri: string,
  clock: () => EpochSeconds,
  { onFailure, ...how }: TrustSourceOptions = {},
): ProviderKeys {
  const load = async () => finderAmong(verifyingKeys(keysIn(await trustFetch(jwksUri, how))));
  const name = `the keys at ${jwksUri}`;
  const { current, again } = trustCache(load, clock, { name, ...(onFailure && { onFailure }) });
  return finderIn(current, again);
}

/** Finds keys among these alone. */
export function finderAmong(keys: readonly JWK[]): ProviderKeys {
  return createLocalJWKSet({ keys: [...keys] });
}

/** Finds keys among those at hand, and where the token's is not there, among those loaded anew. */
export function finderIn(
  current: () => Promise<ProviderKeys>,
  again: () => Promise<ProviderKeys>,
): ProviderKeys {
  return async (header, token) => {
    try {
      return await (await current())(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    return (await again())(header, token);
  };
}
