import { hoursText } from '../business-hours.ts';
import { durationText } from '../duration.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Conditions } from '../policy/schema-conditions.ts';
import { boundChange, type Change, combined, type Direction, gradeChange, listChanges } from './change.ts';
import { lessDirection, verdictText } from './compare-verdicts.ts';

const needs = ['not_used', 'preferred', 'required'] as const;
const mfa = ['not_required', 'required'] as const;

/** How the two built-in conditions are other than before. */
export function conditionChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  const [old, now] = [before.conditions, after.conditions];
  return [
    ...gradeChange('user_delegation', old.user_delegation.is, now.user_delegation.is, needs),
    ...(isUsed(old.user_delegation, now.user_delegation)
      ? delegationChanges(old.user_delegation, now.user_delegation)
      : []),
    ...gradeChange('business_hours', old.business_hours.is, now.business_hours.is, needs),
    ...(isUsed(old.business_hours, now.business_hours)
      ? [
          ...hourChanges(old.business_hours, now.business_hours),
          ...otherwiseChanges('business_hours', old.business_hours, now.business_hours),
        ]
      : []),
  ];
}

type Need = Pick<Conditions['user_delegation'], 'is' | 'otherwise'>;
type Delegation = Conditions['user_delegation'];
type Hours = Conditions['business_hours'];

function isUsed(old: Need, now: Need): boolean {
  return old.is !== 'not_used' && now.is !== 'not_used';
}

function delegationChanges(old: Delegation, now: Delegation): Change[] {
  const what = 'user_delegation';
  return [
    ...gradeChange(`${what}: MFA`, old.mfa, now.mfa, mfa),
    ...boundChange({
      what: `${what}: signed in within`,
      before: old.max_age,
      after: now.max_age,
      show: durationText,
    }),
    ...issuerChanges(old.issuers, now.issuers),
    ...otherwiseChanges(what, old, now),
  ];
}

/** Without a list every provider of the deployment counts. */
function issuerChanges(old: readonly string[] | undefined, now: readonly string[] | undefined): Change[] {
  const what = 'user_delegation: users of';
  if (old && now) return listChanges(what, old, now);
  if (!old && !now) return [];
  return [
    {
      direction: now ? 'narrower' : 'wider',
      what: `${what} ${old?.join(', ') ?? 'every provider'} → ${now?.join(', ') ?? 'every provider'}`,
    },
  ];
}

/** What is granted where a preferred condition is not met. */
function otherwiseChanges(name: string, old: Need, now: Need): Change[] {
  if (old.is !== 'preferred' || now.is !== 'preferred') return [];
  const direction = lessDirection(old.otherwise, now.otherwise);
  const text = ({ otherwise }: Need) =>
    verdictText({ outcome: 'allow', ...otherwise }).replace('approved automatically', 'granted');
  return direction === undefined
    ? []
    : [{ direction, what: `${name}, not met: ${text(old)} → ${text(now)}` }];
}

function hourChanges(old: Hours, now: Hours): Change[] {
  const [from, to] = [hoursText(old), hoursText(now)];
  if (from === to) return [];
  // Zones move against each other in the course of a year.
  const direction: Direction = (old.zone === now.zone ? openDirection(old, now) : 'unclear') ?? 'neutral';
  return [{ direction, what: `business_hours: ${from} → ${to}` }];
}

function openDirection(old: Hours, now: Hours): Direction | undefined {
  const [before, after] = [openMinutes(old), openMinutes(now)];
  return combined([
    [...after].some((minute) => !before.has(minute)) ? 'wider' : undefined,
    [...before].some((minute) => !after.has(minute)) ? 'narrower' : undefined,
  ]);
}

const [minutesOfDay, minutesOfWeek] = [1_440, 10_080];

/** The open minutes of a week, Monday 00:00 first; a window that ends before it starts runs into the next day. */
function openMinutes({ days, hours: { from, to } }: Hours): Set<number> {
  const length = to > from ? to - from : to - from + minutesOfDay;
  return new Set(
    days.flatMap((day) =>
      Array.from({ length }, (_, i) => ((day - 1) * minutesOfDay + from + i) % minutesOfWeek),
    ),
  );
}
