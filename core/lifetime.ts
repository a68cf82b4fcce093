/** The lifetime rules of a policy, all in seconds but for `buffer`. */
export type LifetimeRules = {
  /** Factor on the estimate, 1 to 2 with at most two decimals. */
  readonly buffer: number;
  /** No lease is shorter than this. */
  readonly floor: number;
  /** No lease is longer than this, renewals included. */
  readonly longest: number;
};

/** What a task of some estimate may have, in seconds. */
export type Lifetime = { readonly first: number; readonly total: number };

/** A deployment never grants longer than this, whatever a policy says: 12 hours. */
export const deploymentMaximum = 43_200;

/**
 * One credential lives at most this long: role chaining caps AssumeRole at 3,600 s (STS API reference,
 * AssumeRole), and a minute of it is kept for narrowing.
 */
export const longestCredential = 3_540;

/** Shortest and longest AssumeRole session, in seconds (STS API reference, AssumeRole; role chaining). */
const assumeRoleBounds = { minimum: 900, maximum: 3_600 } as const;

/** First deadline and total budget, in whole seconds, for a task estimated at `estimate` seconds (≥ 1). */
export function lifetimeOf(estimate: number, rules: LifetimeRules): Lifetime {
  const cap = Math.min(rules.longest, deploymentMaximum);
  return {
    first: Math.min(Math.max(bufferedSeconds(estimate, rules), rules.floor), cap),
    total: Math.min(Math.max(2 * estimate, rules.floor), cap),
  };
}

/** An estimate in seconds with the buffer of the policy, rounded up. */
export function bufferedSeconds(estimate: number, { buffer }: Pick<LifetimeRules, 'buffer'>): number {
  // In hundredths, because 100 × 1.1 is 110.00000000000001 in floating point and would round up to 111.
  return Math.ceil((estimate * Math.round(buffer * 100)) / 100);
}

/**
 * How credentials come to fit a lease: `scoped_credentials` narrows a wide session in a second call, which
 * takes any lifetime; `session_policy` gives AssumeRole the policy, where the second call is missing.
 */
export type Narrowing = 'scoped_credentials' | 'session_policy';

/** Reads the setting; throws an Error for anything else. */
export function narrowingOf(text: string): Narrowing {
  if (text === 'scoped_credentials' || text === 'session_policy') return text;
  throw new Error(`narrowing is ${text}: scoped_credentials or session_policy`);
}

/** Seconds one credential of a lease with `remaining` seconds to its deadline may live. */
export function credentialSeconds(remaining: number): number {
  return Math.min(remaining, longestCredential);
}

/**
 * DurationSeconds of AssumeRole for a credential of `seconds`: a minute more where it is narrowed afterwards,
 * exactly as long where it is what the agent gets, since a longer one would pass `credential_until`.
 */
export function assumeRoleSeconds(seconds: number, narrowing: Narrowing): number {
  const wanted = narrowing === 'scoped_credentials' ? seconds + 60 : seconds;
  return Math.min(Math.max(wanted, assumeRoleBounds.minimum), assumeRoleBounds.maximum);
}

/**
 * Seconds from now within which STS must say that a credential of `seconds` ends. Without narrowing STS cannot
 * say less than 900, and the deadline inside the policy does the rest.
 */
export function latestExpiry(seconds: number, narrowing: Narrowing): number {
  return narrowing === 'scoped_credentials' ? seconds : Math.max(seconds, assumeRoleBounds.minimum);
}
