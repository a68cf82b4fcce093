import { panicPolicy } from '../core/denial.ts';
import { issuanceFunctionName } from '../core/settings.ts';
import type { Failure } from './cli-error.ts';
import { called, iamDelay } from './command.ts';
import { type GrantRole, type Place, typesOf } from './grant-roles.ts';
import type { Outcome, Switched, Way, Work } from './panic-steps.ts';
import { printableJson } from './printable.ts';

/** What is about to happen, as a sentence without its full stop. */
export function whatHappens(way: Way, { deployment, region }: Place, { roles, issuance }: Work): string {
  const where = `${deployment} in ${region}`;
  const which = `${counted(roles.length)} (${perType(roles)})`;
  const parts =
    way === 'panic'
      ? [
          ...(issuance ? ['stops issuance'] : []),
          ...(roles.length > 0 ? [`denies everything to every session of ${which}`] : []),
        ]
      : [`lets ${which} work again`, ...(issuance ? ['starts issuance'] : [])];
  return `${where}: this ${parts.join(' and ')}`;
}

/** What would be done, call by call. */
export function rehearsal(way: Way, { deployment }: Place, { roles, issuance }: Work): string[] {
  const fn = issuanceFunctionName(deployment);
  const onAll =
    way === 'panic'
      ? `Would set the reserved concurrency of ${fn} to 0`
      : `Would remove the reserved concurrency of ${fn}`;
  const onRoles = roles.map(({ name }) =>
    way === 'panic'
      ? `Would put the policy ${panicPolicy.name} on ${name}`
      : `Would delete the policy ${panicPolicy.name} of ${name}, if it is there`,
  );
  const all = issuance ? [onAll] : [];
  return [...(way === 'panic' ? [...all, ...onRoles] : [...onRoles, ...all]), 'Nothing was done.'];
}

/** What was done, for a person. */
export function outcomeLines(way: Way, place: Place, { issuance, roles }: Outcome, scope: string): string[] {
  const fn = issuanceFunctionName(place.deployment);
  const done = roles.filter(({ result }) => succeeded(result));
  const already = done.filter(({ result }) => 'changed' in result && !result.changed).length;
  const ofAll = `${done.length} of ${counted(roles.length)}`;
  if (way === 'panic')
    return [
      ...(issuance && succeeded(issuance) ? [`Issuance is stopped: ${fn} may not run.`] : []),
      ...(roles.length > 0
        ? [`${ofAll} denied everything by the policy ${panicPolicy.name}. ${iamDelay}`]
        : []),
      `To let them work again: ${called} unpanic ${scope}`,
    ];
  const onAll = issuance
    ? `Issuance runs: ${fn} has no reserved concurrency.`
    : `If issuance was stopped by panic all, it stays so until ${called} unpanic all.`;
  return [
    `${ofAll} without the policy ${panicPolicy.name}${already > 0 ? `; ${already} did not have it` : ''}. ${iamDelay}`,
    ...(issuance && !succeeded(issuance) ? [] : [onAll]),
  ];
}

/** What was done, for a machine. */
export function outcomeJson(
  place: Place,
  { issuance, roles }: Outcome,
  failures: readonly Failure[],
): string {
  const done = {
    ...place,
    issuance: issuance ? succeeded(issuance) : null,
    roles: roles.map(({ role, result }) => ({ role, done: succeeded(result) })),
    failures: failures.map(({ message }) => message),
  };
  return printableJson(done);
}

function succeeded(result: Switched): boolean {
  return !('error' in result);
}

function counted(roles: number): string {
  return roles === 1 ? '1 grant role' : `${roles} grant roles`;
}

function perType(roles: readonly GrantRole[]): string {
  const count = (type: string) => roles.filter(({ agentType }) => agentType === type).length;
  return typesOf(roles)
    .map((type) => `${type} ${count(type)}`)
    .join(', ');
}
