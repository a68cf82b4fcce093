import { durationText } from '../duration.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Limits } from '../policy/schema-limits.ts';
import { boundChange, type Change, listChanges } from './change.ts';

/** How much there may be, for how long, and from where, other than before. */
export function limitChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  return [
    ...countChanges(before.limits, after.limits),
    ...sumChanges(before.limits.sum ?? [], after.limits.sum ?? []),
    ...lifetimeChanges(before.lifetime, after.lifetime),
    ...networkChanges(before.network, after.network),
  ];
}

function countChanges(old: Limits, now: Limits): Change[] {
  const bound = (what: string, value: (limits: Limits) => number | undefined) =>
    boundChange({ what: `limits: ${what}`, before: value(old), after: value(now) });
  return [
    ...bound('concurrent_leases', (limits) => limits.concurrent_leases),
    ...bound('per_hour', (limits) => limits.per_hour),
    ...bound('per_task leases', (limits) => limits.per_task?.leases),
    ...windowChange('limits: per_task counts', old.per_task?.within, now.per_task?.within),
    ...bound('delegation_depth', (limits) => limits.delegation_depth),
  ];
}

/** A longer window counts more; without a limit there is none to compare. */
function windowChange(what: string, before: number | undefined, after: number | undefined): Change[] {
  if (before === undefined || after === undefined) return [];
  return boundChange({ what, before, after, show: durationText, more: 'narrower' });
}

type Sum = NonNullable<Limits['sum']>[number];

function sumChanges(old: readonly Sum[], now: readonly Sum[]): Change[] {
  const name = ({ parameter, per }: Sum) => `limits: sum of ${parameter} per ${per}`;
  const names = [...new Set([...old, ...now].map(name))];
  return names.flatMap((what) => {
    const [from, to] = [old, now].map((sums) => sums.filter((sum) => name(sum) === what));
    const [one, other] = [from?.[0], to?.[0]];
    // Of several with one name it cannot be told which became which.
    if ((from?.length ?? 0) > 1 || (to?.length ?? 0) > 1) {
      const same = JSON.stringify(from) === JSON.stringify(to);
      return same ? [] : [{ direction: 'unclear' as const, what: `${what}: several, and other ones` }];
    }
    return [
      ...boundChange({ what, before: one?.most, after: other?.most }),
      ...windowChange(`${what} counts`, one?.within, other?.within),
    ];
  });
}

function lifetimeChanges(old: ContextPolicy['lifetime'], now: ContextPolicy['lifetime']): Change[] {
  return [
    ...boundChange({ what: 'lifetime: buffer', before: old.buffer, after: now.buffer }),
    ...boundChange({ what: 'lifetime: floor', before: old.floor, after: now.floor, show: durationText }),
    ...boundChange({
      what: 'lifetime: longest',
      before: old.longest,
      after: now.longest,
      show: durationText,
    }),
    ...boundChange({
      what: 'lifetime: heartbeat',
      before: old.heartbeat,
      after: now.heartbeat,
      show: durationText,
      unbounded: 'none',
    }),
  ];
}

/** Everything listed is one more place to use credentials from; without a list it is everywhere. */
function networkChanges(old: ContextPolicy['network'], now: ContextPolicy['network']): Change[] {
  if (!old && !now) return [];
  if (!old || !now)
    return [
      {
        direction: now ? 'narrower' : 'wider',
        what: now ? 'network: from everywhere → from listed ones' : 'network: from everywhere',
      },
    ];
  return (['source_vpc', 'source_vpce', 'source_ip'] as const).flatMap((kind) =>
    listChanges(`network: ${kind}`, old[kind] ?? [], now[kind] ?? []),
  );
}
