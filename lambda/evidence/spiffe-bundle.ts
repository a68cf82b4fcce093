import { X509Certificate } from 'node:crypto';
import type { EpochSeconds } from '../../core/time.ts';
import { after } from '../../core/time.ts';
import { type Members, member } from './compact-jwt.ts';
import { keysIn, verifyingKeys } from './key-set.ts';
import { finderAmong, finderIn, type ProviderKeys, type TrustSourceOptions } from './provider-keys.ts';
import { stale, trustCache } from './trust-cache.ts';
import { trustFetch } from './trust-fetch.ts';

/** Where the bundle of a trust domain is: at a bundle endpoint (profile `https_web`), or in the configuration itself. */
export type SpiffeSource =
  | { readonly trust_domain: string; readonly bundle_url: string; readonly private_network: boolean }
  | { readonly trust_domain: string; readonly bundle: Members };

/** What a trust domain signs with; both throw `TrustUnavailable` where its bundle cannot be had. */
export type SpiffeBundle = {
  /** Finds the key of a JWT-SVID; throws what jose throws where none fits. */
  readonly jwtKeys: ProviderKeys;
  /** The certificates (DER) that X.509-SVIDs lead to. */
  x509Roots(): Promise<readonly Uint8Array[]>;
};

type Bundle = {
  readonly sequence: number | undefined;
  readonly hint: number | undefined;
  readonly jwtKeys: ProviderKeys;
  readonly x509Roots: readonly Uint8Array[];
};

/** The bundle of a trust domain (SPIFFE Trust Domain and Bundle, section 4), fetched when first needed. */
export function spiffeBundle(
  source: SpiffeSource,
  clock: () => EpochSeconds,
  { onFailure, ...how }: TrustSourceOptions = {},
): SpiffeBundle {
  const fetched = async () =>
    'bundle' in source
      ? source.bundle
      : trustFetch(source.bundle_url, { ...how, privateNetwork: source.private_network });
  const newest = newestOnly(clock);
  const cache = trustCache(async () => newest(bundleOf(await fetched())), clock, {
    name: `the bundle of ${source.trust_domain}`,
    freshFor: ({ hint }) => hint,
    ...(onFailure && { onFailure }),
  });
  const keysOf = (bundle: Bundle) => bundle.jwtKeys;
  return {
    jwtKeys: finderIn(
      () => cache.current().then(keysOf),
      () => cache.again().then(keysOf),
    ),
    x509Roots: async () => (await cache.current()).x509Roots,
  };
}

/**
 * Takes no bundle that is older than the one before, as a server that lags behind would bring back what was withdrawn;
 * unless that one is stale: then the domain may have begun anew.
 */
function newestOnly(clock: () => EpochSeconds): (bundle: Bundle) => Bundle {
  let last: { readonly sequence: number; readonly at: EpochSeconds } | undefined;
  return (bundle) => {
    const { sequence } = bundle;
    if (sequence === undefined) return bundle;
    const at = clock();
    if (last && sequence < last.sequence && at < after(last.at, stale))
      throw new Error('it is older than the one before');
    last = { sequence, at };
    return bundle;
  };
}

/** Reads a bundle; one entry that is not as it must be makes all of it unfit. Entries for another use are ignored. */
function bundleOf(document: Members): Bundle {
  const keys = keysIn(document);
  const usedFor = (use: string) => keys.filter((key) => member(key, 'use') === use);
  return {
    sequence: numberIn(document, 'spiffe_sequence'),
    hint: numberIn(document, 'spiffe_refresh_hint'),
    jwtKeys: finderAmong(verifyingKeys(usedFor('jwt-svid').map(jwtKeyOf))),
    x509Roots: usedFor('x509-svid').map(rootOf),
  };
}

function numberIn(document: Members, name: string): number | undefined {
  const value = member(document, name);
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new Error(`${name} is no whole number`);
  return Number(value);
}

/** Without `use`, which says `jwt-svid` where jose, by RFC 7517, knows only `sig`. */
function jwtKeyOf({ use, ...key }: Members): Members {
  const kid = member(key, 'kid');
  if (typeof kid !== 'string' || kid === '') throw new Error('a key for JWT-SVIDs has no kid');
  return key;
}

function rootOf(key: Members): Uint8Array {
  const chain = member(key, 'x5c');
  const only: unknown = Array.isArray(chain) && chain.length === 1 ? chain[0] : undefined;
  if (typeof only !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(only))
    throw new Error('a key for X.509-SVIDs has not exactly one certificate');
  return new X509Certificate(Buffer.from(only, 'base64')).raw;
}
