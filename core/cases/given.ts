import type { ParameterValues } from '../decision.ts';
import type { Facts } from '../evidence.ts';
import { nearest } from '../nearest.ts';
import type { Verified } from '../parameter-sources.ts';
import type { Person } from '../person.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Situation } from '../policy/schema-cases.ts';
import { after, type EpochSeconds } from '../time.ts';
import { factsOf } from './made-up-facts.ts';

/** Everything that a decision depends on beside its policy, made up: nobody signs in, nothing is asked. */
export type Given = {
  readonly at: EpochSeconds;
  readonly user: Person | undefined;
  readonly facts: Facts;
  readonly task: {
    readonly capabilities: readonly string[];
    readonly parameters: ParameterValues;
    readonly estimated_seconds: number;
  };
  /** What systems of record answer, or that they do not. */
  readonly records: Verified | 'unavailable';
  /** How much of limits is used, by their rules. */
  readonly usage: Readonly<Record<string, number>>;
  readonly depth: number;
};

/** What a situation comes to under a policy, or why it is none, in words. */
export function givenBy(
  policy: ContextPolicy,
  situation: Situation,
): { readonly given: Given } | { readonly problems: readonly string[] } {
  const { at, user, task = {}, records = {}, usage = {}, depth = 0 } = situation;
  const { capabilities, parameters = {}, estimated_seconds = 120 } = task;
  const person = user ? personOf(situation) : undefined;
  const problems = [
    ...(at === undefined ? ['`at` is missing: when is the task asked for?'] : []),
    ...(capabilities === undefined ? ['`task.capabilities` is missing: what is asked for?'] : []),
    ...(user && !person ? ['`user` needs issuer and subject'] : []),
    ...strangers('usage', Object.keys(usage), limitsOf(policy)),
    ...(records === 'unavailable' ? [] : strangers('records', Object.keys(records), lookedUpIn(policy))),
  ];
  if (problems.length > 0 || at === undefined || capabilities === undefined) return { problems };
  const given: Given = {
    at,
    user: person,
    facts: { ...factsOf(policy), ...situation.facts },
    task: { capabilities, parameters: parameters as ParameterValues, estimated_seconds },
    records: records === 'unavailable' ? records : answersOf(records),
    usage: usage as Given['usage'],
    depth,
  };
  return { given };
}

/** One situation changed by another as a JSON merge patch (RFC 7396): null takes away, lists are replaced. */
export function changedBy(base: Situation, patch: Situation): Situation {
  return patched(base, patch) as Situation;
}

function patched(base: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(base) ? { ...base } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = patched(result[name], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function personOf({ at, user, claims }: Situation): Person | undefined {
  if (!user?.issuer || !user.subject || at === undefined) return undefined;
  const { issuer, subject, mfa = false, authenticated } = user;
  return {
    issuer,
    subject,
    mfa,
    ...(typeof authenticated === 'number' && { authenticated_at: after(at, -authenticated) }),
    groups: [],
    claims: claims ?? {},
  };
}

function answersOf(records: Exclude<NonNullable<Situation['records']>, 'unavailable'>): Verified {
  return Object.fromEntries(
    Object.entries(records).flatMap(([name, answer]) =>
      answer === null ? [] : [[name, Array.isArray(answer) ? answer : [answer]]],
    ),
  );
}

function limitsOf({ limits }: ContextPolicy): string[] {
  const counted = (['concurrent_leases', 'per_hour', 'per_task'] as const).filter(
    (limit) => limits[limit] !== undefined,
  );
  const sums = (limits.sum ?? []).map(({ parameter }) => `sum.${parameter}`);
  return [...counted, ...sums].map((limit) => `limits.${limit}`);
}

function lookedUpIn({ parameters }: ContextPolicy): string[] {
  return Object.entries(parameters).flatMap(([name, { source }]) =>
    typeof source === 'object' && 'lookup' in source ? [name] : [],
  );
}

/** What a case says of something that the policy has not would never be looked at. */
function strangers(where: string, named: readonly string[], known: readonly string[]): string[] {
  return named
    .filter((each) => !known.includes(each))
    .map((each) => {
      const meant = nearest(each, known);
      return `\`${where}\` names ${each}, which the policy does not have${meant ? `; did you mean ${meant}?` : ''}`;
    });
}
