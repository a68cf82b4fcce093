import { BrokerError } from '../broker-error.ts';
import type { Reason } from '../decision.ts';
import { issuingPatience, type Lease } from '../lease.ts';
import { limitReason, mostEntries, type Quota, type QuotaEntry } from '../quota.ts';
import type { EpochSeconds } from '../time.ts';
import { goneEntries, type LivingWorld } from './gone-entries.ts';
import { denied } from './judge-task.ts';

/** Quotas; each verb is one request. */
export type Quotas = {
  /**
   * Counts a lease if it fits beside all that the record holds, over or not, and it has fewer than {@link mostEntries}
   * entries; false when it does not, or was counted before.
   */
  add(quota: Quota, entry: QuotaEntry): Promise<boolean>;
  /** The entries of a quota, read consistently. */
  read(id: string): Promise<readonly QuotaEntry[]>;
  /** Counts a lease in the place of these entries, at most {@link mostReplaced}; false when one of them is gone, or it does not fit. */
  replace(quota: Quota, entry: QuotaEntry, gone: readonly QuotaEntry[]): Promise<boolean>;
  /** No longer counts these; nothing happens when one of them is gone already. At most {@link mostReplaced}. */
  drop(id: string, gone: readonly QuotaEntry[]): Promise<void>;
  /** No longer counts a lease. */
  remove(id: string, entry: QuotaEntry): Promise<void>;
};

/** Everything that counting touches. */
export type CountingWorld = LivingWorld & { readonly quotas: Quotas };

/** What was counted for a lease, to be taken back where it comes to nothing. */
export type Claims = readonly { readonly id: string; readonly entry: QuotaEntry }[];

/**
 * Counts a lease by all of these quotas, or by none. One request for each quota that has room. Throws `access_denied`
 * with a reason for each that is full, `temporarily_unavailable` when too many ask at the same moment, and
 * `lease_in_progress` or `idempotency_key_reused` where another request counted this lease and did not make it.
 */
export async function claimLimits(
  world: CountingWorld,
  quotas: readonly Quota[],
  { id: lease, attempt: by }: Pick<Lease, 'id' | 'attempt'>,
  now: EpochSeconds,
): Promise<Claims> {
  const asked = quotas.map((quota) => ({
    quota,
    entry: { lease, amount: quota.amount, until: quota.until, at: now, by },
  }));
  const results = await Promise.allSettled(asked.map(({ quota, entry }) => claim(world, quota, entry, now)));
  const claims = asked.flatMap(({ quota, entry }, i) => {
    const result = results[i];
    return result?.status === 'fulfilled' && result.value === 'added' ? [{ id: quota.id, entry }] : [];
  });
  const reasons = results.flatMap((result) =>
    result.status === 'fulfilled' && typeof result.value === 'object' ? [result.value] : [],
  );
  const failed = results.find(({ status }) => status === 'rejected');
  if (reasons.length === 0 && !failed) return claims;
  await takeBack(world, claims);
  if (reasons.length > 0) throw denied(reasons);
  const fault: unknown = failed?.status === 'rejected' ? failed.reason : undefined;
  throw fault instanceof BrokerError ? fault : unavailable(fault);
}

/**
 * Refuses what would not fit by now, and counts nothing: people are not asked for what could not be granted. Throws
 * `access_denied` with a reason for each quota that is full.
 */
export async function refuseFull(
  world: CountingWorld,
  quotas: readonly Quota[],
  lease: string,
  now: EpochSeconds,
): Promise<void> {
  const reasons = await Promise.all(
    quotas.map(async (quota) => {
      const entries = quota.amount > quota.most ? [] : await world.quotas.read(quota.id);
      // Collected since: whoever asks again under the same key has its answer coming.
      if (entries.some((entry) => entry.lease === lease)) return [];
      const used = sum(entries) - sum(await goneEntries(world, quota, entries, lease, now));
      return used + quota.amount > quota.most ? [limitReason(quota, used)] : [];
    }),
  );
  if (reasons.flat().length > 0) throw denied(reasons.flat());
}

/** Best effort: what stays counted counts no longer than its time. */
export async function takeBack({ quotas }: CountingWorld, claims: Claims): Promise<void> {
  await Promise.allSettled(claims.map(({ id, entry }) => quotas.remove(id, entry)));
}

/** How often a place is looked for: each time one is lost, somebody else has got it. */
const tries = 12;

async function claim(
  world: CountingWorld,
  quota: Quota,
  entry: QuotaEntry,
  now: EpochSeconds,
): Promise<'added' | 'there' | Reason> {
  if (quota.amount > quota.most) return limitReason(quota, 0);
  if (await world.quotas.add(quota, entry)) return 'added';
  for (let attempt = 0; attempt < tries; attempt++) {
    const entries = await world.quotas.read(quota.id);
    const there = entries.find(({ lease }) => lease === entry.lease);
    if (there?.by === entry.by) return 'added';
    if (there) return countedBefore(world, entry, there);
    const gone = await goneEntries(world, quota, entries, entry.lease, now);
    const used = sum(entries) - sum(gone);
    if (used + quota.amount > quota.most || entries.length - gone.length >= mostEntries)
      return limitReason(quota, used);
    const some = gone.slice(0, mostReplaced);
    const fits = sum(entries) - sum(some) + quota.amount <= quota.most;
    if (!fits) await world.quotas.drop(quota.id, some);
    else if (await world.quotas.replace(quota, entry, some)) return 'added';
  }
  throw unavailable(new Error(`${quota.id} changed ${tries} times while a place in it was looked for`));
}

/**
 * What counts a lease that is on record is its own. Without one, another request of the same key may take it back at any
 * moment, or was for less: what is granted by it would not be counted.
 */
async function countedBefore(
  { leases }: CountingWorld,
  entry: QuotaEntry,
  there: QuotaEntry,
): Promise<'there'> {
  const [record] = await leases.findAll([entry.lease]);
  if (record) return 'there';
  const left = there.at + issuingPatience - entry.at;
  if (left > 0) {
    const detail = 'another request with this Idempotency-Key is being answered';
    throw new BrokerError('lease_in_progress', detail, { retryAfter: left, retry: 'same_key' });
  }
  if (there.amount === entry.amount) return 'there';
  const detail = 'this Idempotency-Key came with another request before';
  throw new BrokerError('idempotency_key_reused', detail, { retry: 'new_key' });
}

/**
 * Entries that one write takes away: an expression has 4,096 bytes and 300 operators (DynamoDB developer guide,
 * constraints). In {@link tries} writes all of a record can be.
 */
export const mostReplaced = 100;

function sum(entries: readonly QuotaEntry[]): number {
  return entries.reduce((total, { amount }) => total + amount, 0);
}

function unavailable(cause: unknown): BrokerError {
  const detail = 'limits could not be counted; nothing was granted: ask again with the same Idempotency-Key';
  return new BrokerError('temporarily_unavailable', detail, { retryAfter: 1, retry: 'same_key' }, cause);
}
