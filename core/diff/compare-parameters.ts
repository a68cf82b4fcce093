import { fromWhere } from '../cases/explain-task.ts';
import { type Part, partsOf } from '../policy/pattern.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Parameter } from '../policy/schema-parameters.ts';
import { boundChange, type Change, type Direction } from './change.ts';

/** Which values parameters admit, and whose word is taken for them, other than before. */
export function parameterChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  const names = [...new Set([...Object.keys(before.parameters), ...Object.keys(after.parameters)])];
  return names.flatMap((name): Change[] => {
    const [old, now] = [before.parameters[name], after.parameters[name]];
    if (!old || !now) return [{ direction: 'neutral', what: `parameter ${name} is ${old ? 'gone' : 'new'}` }];
    return [...valueChanges(name, old, now), ...sourceChanges(name, old, now)];
  });
}

function valueChanges(name: string, old: Parameter, now: Parameter): Change[] {
  const what = `parameter ${name}`;
  if (old.type === 'string' && now.type === 'string') {
    if (old.pattern === now.pattern) return [];
    const direction = patternDirection(old.pattern, now.pattern);
    return [{ direction, what: `${what}: pattern ${old.pattern} → ${now.pattern}` }];
  }
  if (old.type !== 'number' || now.type !== 'number')
    return [{ direction: 'unclear', what: `${what}: ${old.type} → ${now.type}` }];
  const minus = (value: number | undefined) => (value === undefined ? undefined : -value);
  return [
    ...boundChange({
      what: `${what}: minimum`,
      before: minus(old.minimum),
      after: minus(now.minimum),
      show: (value) => String(-value),
      unbounded: 'none',
    }),
    ...boundChange({ what: `${what}: maximum`, before: old.maximum, after: now.maximum, unbounded: 'none' }),
  ];
}

function sourceChanges(name: string, old: Parameter, now: Parameter): Change[] {
  if (JSON.stringify(old.source) === JSON.stringify(now.source)) return [];
  const direction = now.source === 'claimed' ? 'wider' : old.source === 'claimed' ? 'narrower' : 'unclear';
  const [from, to] = [fromWhere(old), fromWhere(now)];
  const what = from === to ? `${from}, by another key` : `${from} → ${to}`;
  return [{ direction, what: `parameter ${name}: ${what}` }];
}

/** Patterns are compared element by element: where their elements differ in number it is unclear. */
function patternDirection(before: string, after: string): Direction {
  const [old, now] = [partsOf(before), partsOf(after)];
  const narrower = isWithin(now, old);
  const wider = isWithin(old, now);
  return narrower === wider ? (narrower ? 'neutral' : 'unclear') : narrower ? 'narrower' : 'wider';
}

/** Whether each element of one admits no more than that of the other: then so does the whole. */
function isWithin(inner: readonly Part[], outer: readonly Part[]): boolean {
  return (
    inner.length === outer.length &&
    inner.every((part, i) => {
      const other = outer[i];
      if (!other || part.minimum < other.minimum || part.maximum > other.maximum) return false;
      return charactersOf(part).every((character) => charactersOf(other).includes(character));
    })
  );
}

const everyCharacter = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));

function charactersOf({ members, literal }: Part): string[] {
  return members === undefined
    ? [literal]
    : everyCharacter.filter((each) => new RegExp(`[${members}]`).test(each));
}
