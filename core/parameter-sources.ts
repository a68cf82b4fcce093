import type { ParameterValues, Reason } from './decision.ts';
import type { Facts } from './evidence.ts';
import { declared, type ParameterProblem, problemOf } from './parameters.ts';
import type { Person } from './person.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { Parameter, Source } from './policy/schema-parameters.ts';

/** Where the value of a parameter came from, as records and people see it. */
export type ValueSource = 'claimed' | 'delegation' | 'attestation' | 'lookup';

/** What verified sources say: all that they allow for a parameter, nothing for one that they do not know. */
export type Verified = Readonly<Record<string, readonly (string | number)[]>>;

/** What kind of source a parameter has. */
export function sourceOf({ source }: Parameter): ValueSource {
  if (typeof source === 'string') return source;
  if ('delegation' in source) return 'delegation';
  return 'attestation' in source ? 'attestation' : 'lookup';
}

/** What a user's token and the attestation say of the parameters that are taken from them. */
export function verifiedBy(
  policy: ContextPolicy,
  names: readonly string[],
  user: Person | undefined,
  facts: Facts,
): Verified {
  const verified: Record<string, readonly (string | number)[]> = {};
  for (const name of names) {
    const source = declared(policy, name)?.source;
    if (source === undefined || source === 'claimed' || (typeof source === 'object' && 'lookup' in source))
      continue;
    verified[name] = saidBy(name, source, user, facts);
  }
  return verified;
}

/**
 * The values of a task: what verified sources say, and only for claimed parameters what the agent does. Of several
 * values that a source allows the agent may state one. What it states otherwise is a lie, and denied.
 */
export function resolveParameters(
  policy: ContextPolicy,
  names: readonly string[],
  stated: ParameterValues,
  verified: Verified,
):
  | { readonly values: ParameterValues; readonly sources: Readonly<Record<string, ValueSource>> }
  | { readonly problem: ParameterProblem }
  | { readonly denied: Reason } {
  const values: Record<string, string | number> = {};
  const sources: Record<string, ValueSource> = {};
  for (const name of names) {
    const parameter = declared(policy, name);
    const path = `task.parameters.${name}`;
    if (!parameter) return { problem: { path, message: 'the policy declares no such parameter' } };
    const source = sourceOf(parameter);
    const own = Object.hasOwn(stated, name) ? stated[name] : undefined;
    if (source === 'claimed') {
      if (own === undefined) return { problem: { path, message: 'this parameter is needed and absent' } };
      values[name] = own;
    } else {
      const found = chosen(name, parameter, source, own, verified[name] ?? []);
      if ('reason' in found) return { denied: found.reason };
      values[name] = found.value;
    }
    sources[name] = source;
  }
  return { values, sources };
}

function chosen(
  name: string,
  parameter: Parameter,
  source: ValueSource,
  stated: string | number | undefined,
  allowed: readonly (string | number)[],
): { readonly value: string | number } | { readonly reason: Reason } {
  const refuse = (value: string, threshold: string, would_change: string) => ({
    reason: { rule: `parameters.${name}`, value, threshold, effect: 'deny' as const, would_change },
  });
  const from = sourceNames[source];
  // Not even the shape of what a source says is trusted.
  const sound = [...new Set(allowed)].filter((value) => problemOf(parameter, value) === undefined);
  if (sound.length === 0)
    return refuse('unknown', `a value that ${from} knows`, `asking for what ${from} knows`);
  if (stated !== undefined) {
    return sound.includes(stated)
      ? { value: stated }
      : refuse(String(stated), `what ${from} says`, 'stating the truth, or nothing');
  }
  const [only] = sound;
  return only !== undefined && sound.length === 1
    ? { value: only }
    : refuse('absent', `one of ${sound.length} values that ${from} allows`, `stating ${name}`);
}

const sourceNames: Readonly<Record<ValueSource, string>> = {
  claimed: 'the agent',
  delegation: "the user's token",
  attestation: 'the attestation',
  lookup: 'the system of record',
};

function saidBy(
  name: string,
  source: Exclude<Source, 'claimed' | { lookup: unknown }>,
  user: Person | undefined,
  facts: Facts,
): readonly (string | number)[] {
  if (typeof source === 'object' && 'attestation' in source) return listed(facts[source.attestation]);
  if (!user) return [];
  if (source === 'delegation') return listed(own(user.claims, name));
  const { delegation } = source;
  if ('claim' in delegation) return listed(own(user.claims, delegation.claim));
  const { type, field } = delegation.authorization_details;
  const details = own(user.claims, 'authorization_details');
  return (Array.isArray(details) ? details : []).flatMap((each: unknown) =>
    own(each, 'type') === type ? listed(own(each, field)) : [],
  );
}

function own(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function listed(value: unknown): (string | number)[] {
  return (Array.isArray(value) ? value : [value]).filter(
    (each) => typeof each === 'string' || typeof each === 'number',
  );
}
