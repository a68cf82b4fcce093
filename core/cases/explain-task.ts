import { wallClock } from '../business-hours.ts';
import { durationText } from '../duration.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Parameter } from '../policy/schema-parameters.ts';
import { toIso } from '../time.ts';
import type { CaseResult } from './decide-case.ts';
import type { Given } from './given.ts';

/** What is asked for, when, and on whose behalf: a line each. */
export function taskLines(policy: ContextPolicy, { at, user, task, depth }: Given): string[] {
  const { is, zone } = policy.conditions.business_hours;
  const wall = is === 'not_used' ? '' : `, ${wallClock(zone, at)} ${zone}`;
  return [
    `${policy.agent_type} asks for ${task.capabilities.join(', ')}, about ${durationText(task.estimated_seconds)}`,
    `at ${toIso(at)}${wall}`,
    user ? `for ${user.subject} of ${user.issuer}, ${signedIn(user, at)}` : "on nobody's behalf",
    ...(depth > 0 ? [`delegated on, ${depth} deep`] : []),
  ];
}

function signedIn({ mfa, authenticated_at }: NonNullable<Given['user']>, at: number): string {
  const when =
    authenticated_at === undefined ? 'nobody knows when' : `${durationText(at - authenticated_at)} before`;
  return `signed in ${when}, with${mfa ? '' : 'out'} MFA`;
}

/** The values that were judged and where they came from, or what the agent stated where they could not be told. */
export function valueLines({ parameters }: ContextPolicy, { task }: Given, { values }: CaseResult): string[] {
  const known = values ?? task.parameters;
  const rows = Object.entries(known).map(([name, value]) => {
    const declared = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    return [name, JSON.stringify(value), values ? fromWhere(declared) : 'stated by the agent'];
  });
  const width = (column: number) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0));
  const [names, texts] = [width(0), width(1)];
  return rows.map(([name = '', value = '', from = '']) =>
    `${name.padEnd(names)}  ${value.padEnd(texts)}  ${from}`.trimEnd(),
  );
}

/** Where the value of a parameter comes from, for people. */
export function fromWhere(parameter: Parameter | undefined): string {
  const source = parameter?.source;
  if (source === undefined) return 'not declared';
  if (source === 'claimed') return "only the agent's word";
  if (source === 'delegation') return "from the user's token";
  if ('attestation' in source) return `proved by the runtime: ${source.attestation}`;
  if ('lookup' in source) {
    const { lookup } = source;
    return 'dynamodb' in lookup
      ? `looked up: ${lookup.attribute} in the table ${lookup.dynamodb}`
      : `looked up: ${lookup.field} in the bucket ${lookup.s3}`;
  }
  const { delegation } = source;
  return 'claim' in delegation
    ? `from the user's token: ${delegation.claim}`
    : `from the user's token: ${delegation.authorization_details.field} of ${delegation.authorization_details.type}`;
}
