import type { Reason } from './decision.ts';
import { sha256Base64Url } from './hash.ts';
import type { Lease } from './lease.ts';
import { neededParameters } from './parameters.ts';
import type { ContextPolicy } from './policy/schema.ts';
import { scope } from './scope.ts';
import { after, type EpochSeconds } from './time.ts';

/** One limit as it is counted: entries by lease, each with an amount, none longer than it counts. */
export type Quota = {
  /** The id of its record. */
  readonly id: string;
  /** The rule that it comes from, as reasons name it. */
  readonly rule: string;
  readonly most: number;
  /** What is counted is stored in whole units of this size, so that nothing is rounded. */
  readonly unit: number;
  /** Counts only what is alive: an entry whose lease has ended makes room. */
  readonly live: boolean;
  /** What this lease adds, in units. */
  readonly amount: number;
  /** From this second on the entry does not count. */
  readonly until: EpochSeconds;
};

/** What a lease is counted by. */
export type Counted = Pick<
  Lease,
  'id' | 'agent' | 'agent_type' | 'principal' | 'user' | 'task' | 'renewable_until' | 'ancestors'
>;

/** Amounts are counted in millionths: no parameter is told apart more finely. */
const millionth = 0.000001;

/** Limits that count what is asked for: whether it is granted, people may still have to say. */
export function askedQuotas(policy: ContextPolicy, lease: Counted, now: EpochSeconds): Quota[] {
  const { per_hour, per_task } = policy.limits;
  const type = lease.agent_type;
  const quotas: Quota[] = [];
  if (per_hour !== undefined) {
    const id = `limit#hour#${type}`;
    quotas.push({
      id,
      rule: 'limits.per_hour',
      most: per_hour,
      ...one,
      live: false,
      until: after(now, 3_600),
    });
  }
  // What is delegated is part of the task that it was delegated from.
  if (per_task !== undefined && lease.ancestors.length === 0) {
    const id = `limit#task#${type}#${lease.principal}#${taskKey(policy, lease)}`;
    const until = after(now, per_task.within);
    quotas.push({ id, rule: 'limits.per_task', most: per_task.leases, ...one, live: false, until });
  }
  return quotas;
}

/** Limits that count what is granted. */
export function grantedQuotas({ limits }: ContextPolicy, lease: Counted, now: EpochSeconds): Quota[] {
  const type = lease.agent_type;
  const quotas: Quota[] = [];
  if (limits.concurrent_leases !== undefined) {
    const id = `limit#concurrent#${type}`;
    const rule = 'limits.concurrent_leases';
    quotas.push({
      id,
      rule,
      most: limits.concurrent_leases,
      ...one,
      live: true,
      until: lease.renewable_until,
    });
  }
  const sums = lease.ancestors.length === 0 ? (limits.sum ?? []) : [];
  for (const { parameter, most, per, within } of sums) {
    const value = lease.task.parameters[parameter];
    if (typeof value !== 'number') throw new Error(`${parameter} was judged, and is no number`);
    quotas.push({
      id: `limit#sum#${type}#${parameter}#${subjectOf(per, lease)}`,
      rule: `limits.sum.${parameter}`,
      most: Math.round(most / millionth),
      unit: millionth,
      live: false,
      // Up: what is told apart more finely than it is counted must not count for nothing.
      amount: Math.ceil(Number((value / millionth).toPrecision(15))),
      until: after(now, within),
    });
  }
  return quotas;
}

const one = { amount: 1, unit: 1 } as const;

/**
 * The same parameters make the same task, whatever it is called, and whatever else is stated: its name, and what nothing
 * needs, are the agent's own words.
 */
function taskKey(policy: ContextPolicy, { task }: Counted): string {
  const needed = new Set(neededParameters(policy, task.capabilities, {}));
  const values = Object.entries(task.parameters)
    .filter(([name]) => needed.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Base64Url(JSON.stringify(values)).slice(0, 22);
}

function subjectOf(per: 'user' | 'agent' | 'principal', { user, agent, principal }: Counted): string {
  if (per === 'agent') return scope.agent(agent);
  if (per === 'principal') return scope.principal(principal);
  if (!user) throw new Error('a sum per user is only counted where a user is required');
  return scope.user(user);
}

/** Why a limit denies a lease: `used` is what counts already, in units. */
export function limitReason({ rule, most, unit, amount }: Quota, used: number): Reason {
  const shown = (units: number) => String(Number((units * unit).toFixed(6)));
  return {
    rule,
    value: unit === 1 ? shown(used) : `${shown(used)} and ${shown(amount)} more`,
    threshold: `at most ${shown(most)}`,
    effect: 'deny',
    would_change: 'asking again when earlier ones no longer count',
  };
}

/** An entry of a quota's record. */
export type QuotaEntry = {
  readonly lease: string;
  readonly amount: number;
  readonly until: EpochSeconds;
  /** When it was counted. */
  readonly at: EpochSeconds;
  /** The invocation that counted it: tells an own write whose answer was lost from that of another with the same key. */
  readonly by: string;
};

/** Most entries of one record: DynamoDB writes the whole of it each time. */
export const mostEntries = 1_000;

/** Which entries no longer count: those whose time is over. */
export function overEntries(entries: readonly QuotaEntry[], now: EpochSeconds): QuotaEntry[] {
  return entries.filter(({ until }) => until <= now);
}
