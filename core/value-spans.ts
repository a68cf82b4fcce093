import { passes } from './policy/rule-test.ts';
import type { Rule } from './policy/schema-conditions.ts';
import type { Parameter } from './policy/schema-parameters.ts';

/**
 * Values of a parameter that no test tells apart: one number, all between two, one text, or every other text. `sample`
 * stands for all of them; ends are infinite where nothing bounds them.
 */
export type Span = {
  readonly sample: number | string;
  readonly from?: number;
  readonly to?: number;
  /** The one text, where it is one. */
  readonly text?: string;
};

/** No value of a parameter holds a space. */
const anyOther = ' any other';

/** All values of a parameter, as lists of rules and further thresholds tell them apart; numbers in order. */
export function spansOf(
  parameter: Parameter,
  lists: readonly (readonly Rule[])[],
  thresholds: readonly number[] = [],
): Span[] {
  const tests = lists.flat().flatMap((rule) => ('test' in rule ? [rule.test] : []));
  if (parameter.type === 'string') {
    const texts = tests.flatMap((test) =>
      test.op === '==' ? [test.value] : test.op === 'in' ? test.values : [],
    );
    return [...[...new Set(texts)].map((text) => ({ sample: text, text })), { sample: anyOther }];
  }
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = parameter;
  const numbers = tests.flatMap((test) =>
    test.op === 'in'
      ? test.values.map(Number)
      : test.op === 'range'
        ? [test.from, test.to]
        : [Number(test.value)],
  );
  const ends = [...new Set([...numbers, ...thresholds, minimum, maximum])]
    .filter((end) => Number.isFinite(end) && end >= minimum && end <= maximum)
    .sort((a, b) => a - b);
  return numberSpans([minimum, ...ends.filter((end) => end !== minimum && end !== maximum), maximum]);
}

function numberSpans(ends: readonly number[]): Span[] {
  return ends.flatMap((from, i) => {
    const to = ends[i + 1];
    const point = Number.isFinite(from) ? [{ sample: from, from, to: from }] : [];
    return to === undefined || to === from ? point : [...point, { sample: between(from, to), from, to }];
  });
}

function between(from: number, to: number): number {
  if (!Number.isFinite(from)) return Number.isFinite(to) ? to - 1 : 0;
  return Number.isFinite(to) ? (from + to) / 2 : from + 1;
}

/** The place of the rule that decides on these values; -1 where none does. */
export function ruleFor(rules: readonly Rule[], { sample }: Span): number {
  return rules.findIndex((rule) => !('test' in rule) || passes(rule.test, sample));
}

/** Adjoining spans in words: `from 1000 to below 10000`, `acme, globex`. */
export function spansText(spans: readonly Span[]): string {
  const [first, last] = [spans[0], spans.at(-1)];
  if (first?.from === undefined || last?.to === undefined)
    return spans.map(({ text = 'any other value' }) => text).join(', ');
  const [from, to] = [first.from, last.to];
  if (from === to) return `exactly ${from}`;
  const start = first.from === first.to ? `from ${from}` : `above ${from}`;
  const end = last.from === last.to ? `to ${to}` : `to below ${to}`;
  if (!Number.isFinite(from))
    return Number.isFinite(to) ? end.replace(/^to /, 'up to ').replace('up to below', 'below') : 'any value';
  if (Number.isFinite(to)) return `${start} ${end}`;
  return start.startsWith('from') ? `${from} and more` : `above ${from}`;
}

/** Runs of spans that have the same key, in order; spans without one are left out. */
export function runsOf(
  spans: readonly Span[],
  keyOf: (span: Span) => string | undefined,
): { key: string; spans: Span[] }[] {
  const runs: { key: string; spans: Span[] }[] = [];
  let before: string | undefined;
  for (const span of spans) {
    const key = keyOf(span);
    const last = runs.at(-1);
    if (key !== undefined && last && before === key) last.spans.push(span);
    else if (key !== undefined) runs.push({ key, spans: [span] });
    before = key;
  }
  return runs;
}
