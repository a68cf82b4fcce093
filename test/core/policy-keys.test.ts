import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { invoiceText, refusal, written } from './invoice-source.ts';

type Path = readonly (string | number)[];

/** The policy as plain values, and every map in it by its path. */
const whole: unknown = parse(invoiceText);
const maps = mapsIn(whole, []);

function mapsIn(value: unknown, path: Path): { path: Path; keys: string[] }[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.entries(value).flatMap(([key, each]) =>
    mapsIn(each, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return Array.isArray(value) ? below : [{ path, keys: Object.keys(value) }, ...below];
}

/** The policy with a key of one of its maps renamed, or with one more. */
function changed(path: Path, change: (key: string) => string, more: Record<string, unknown> = {}): string {
  const rebuilt = (value: unknown, at: Path): unknown => {
    if (Array.isArray(value)) return value.map((each, i) => rebuilt(each, [...at, i]));
    if (typeof value !== 'object' || value === null) return value;
    const here = at.join('\n') === path.join('\n');
    const entries = Object.entries(value).map(([key, each]) => [
      here ? change(key) : key,
      rebuilt(each, [...at, key]),
    ]);
    return Object.fromEntries([...entries, ...(here ? Object.entries(more) : [])]);
  };
  return stringify(rebuilt(whole, []));
}

/** `lookup` becomes `lokoup`: two letters in the middle change places. */
function mistyped(key: string): string {
  const at = Math.floor(key.length / 2) - 1;
  return key.slice(0, at) + key.charAt(at + 1) + key.charAt(at) + key.slice(at + 2);
}

/** Maps whose keys the policy makes up itself. */
const ownNames = ['context_policy.conditions', 'context_policy.parameters', 'context_policy.capabilities'];
const known = maps.filter(({ path }) => !ownNames.includes(path.join('.')));

describe('a key that nobody knows', () => {
  it.each(
    known.map(({ path }) => [path.join('.') || 'the file itself', path] as const),
  )('is refused where it stands in %s, with line and column', (_, path) => {
    const message = refusal(changed(path, (key) => key, { qqqqqqqq: 1 }));
    const place = [...path, 'qqqqqqqq'].join('.');
    expect(message).toMatch(/^policy\.yaml:\d+:\d+: /);
    expect(message).toContain(path.at(-1) === 'sum' ? 'a sum is of one parameter' : `${place}: unknown key`);
  });

  it.each(
    known.flatMap(({ path, keys }) =>
      keys
        .filter(
          (key) => key.length > 3 && mistyped(key) !== key && !(path.at(-1) === 'sum' && key.includes('_')),
        )
        .map((key) => [key, path.join('.'), path] as const),
    ),
  )('is taken for a mistyped %s in %s', (key, _, path) => {
    const lines = refusal(changed(path, (each) => (each === key ? mistyped(key) : each))).split('\n');
    const place = [...path, mistyped(key)].join('.');
    expect(lines).toContainEqual(expect.stringMatching(/^policy\.yaml:\d+:\d+: /));
    expect(lines.join('\n')).toContain(`${place}: unknown key; did you mean ${key}?`);
    // One mistake is told once: what was mistyped is not missed as well.
    expect(lines.filter((line) => line.includes('is missing'))).toEqual([]);
  });

  it('has a table that covers the language', () => {
    expect(known.length).toBeGreaterThan(25);
  });

  it.each([
    ['- if: "< 1000"', '- iff: "< 1000"', 'invoice_amount.0.iff: unknown key; did you mean if?'],
    ['- else: deny', '- els: deny', 'invoice_amount.2.els: unknown key; did you mean else?'],
    [
      'user_delegation: {',
      'user_delegatoin: {',
      'conditions.user_delegatoin: unknown key; did you mean user_delegation?',
    ],
    [
      '{ is: required, mfa: required, max_age: 1h, issuers: ["https://login.example.com"] }',
      '{ is: required, max_ge: 1h }',
      'conditions.user_delegation.max_ge: unknown key; did you mean max_age?',
    ],
    [
      'invoice_amount:\n      -',
      'invoice_amont:\n      -',
      'no parameter is called invoice_amont; did you mean invoice_amount?',
    ],
    [
      'supplier:\n      -',
      'bussiness_hours:\n      -',
      'no parameter is called bussiness_hours; did you mean business_hours?',
    ],
    ['- else: deny', '- { else: deny, then: deny }', 'invoice_amount.2.then: does not stand beside else'],
    ['per: user', 'pr: user', 'limits.sum.pr: unknown key; did you mean per?'],
    [
      'without: [file_result]',
      'without: [file_results]',
      'no capability is called file_results; did you mean file_result?',
    ],
  ])('of %j written as %j is explained', (from, to, message) => {
    expect(refusal(written(from, to))).toContain(message);
  });
});
