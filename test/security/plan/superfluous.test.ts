import { afterAll, describe, expect, test } from 'vitest';
import { type Change, changesOf } from './changes.ts';
import { judge, type Request, sessionNamed, widest } from './judge.ts';
import { allowedFromEverywhere } from './mutations/circumstances.ts';
import { classNames, nearMissesOf } from './near-misses.ts';
import { type Subject, subjects } from './subjects.ts';

/** A case that tells a plan from a lesser one: a near miss by its class, or something that must be allowed. */
type Witness = { readonly of: string; readonly request: Request; readonly denied: boolean };

/** Which classes noticed which kinds of changes. */
const noticed = new Map<string, Set<string>>();

afterAll(() => {
  const rows = [...noticed].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = rows.map(([what, classes]) => `${what}: ${[...classes].sort().join(', ')}`);
  console.log(['what is taken out of plans, and the classes that notice', ...lines].join('\n  '));
});

describe('nothing in a plan is superfluous', () => {
  test('there are plans', () => expect(subjects.length).toBeGreaterThan(10));

  test.each(subjects.map((subject) => [subject.name, subject] as const))('%s', async (_, subject) => {
    const witnesses = await witnessesOf(subject);
    const changes = changesOf(subject.statements);
    expect(changes.length).toBeGreaterThanOrEqual(subject.statements.length);
    const unnoticed: string[] = [];
    for (const change of changes) {
      const classes = await noticing(change, subject, witnesses);
      if (classes.length === 0)
        unnoticed.push(`${change.what}: ${JSON.stringify(subject.statements[change.at])}`);
      const known = noticed.get(change.what) ?? new Set();
      noticed.set(change.what, new Set([...known, ...classes]));
    }
    expect(unnoticed).toEqual([]);
  });
});

/**
 * The cases by the statement that decides them. A near miss is denied by the first statement that matches it, and
 * without that one statement it is allowed only if no other denies it: so only these can notice it is gone.
 */
async function witnessesOf(subject: Subject): Promise<Map<number | 'allowed', Witness[]>> {
  const witnesses = new Map<number | 'allowed', Witness[]>();
  const add = (key: number | 'allowed', witness: Witness) =>
    witnesses.set(key, [...(witnesses.get(key) ?? []), witness]);
  for (const request of allowedFromEverywhere(subject))
    add('allowed', { of: 'must be allowed', request, denied: false });
  for (const name of classNames) {
    for (const { request, name: miss } of nearMissesOf(name, subject)) {
      const { why } = await judge(sessionNamed, subject, request);
      const [, index] = /explicit deny in statement (\d+) of the session policy/.exec(why) ?? [];
      if (index === undefined) throw new Error(`the session policy does not deny ${miss}: ${why}`);
      add(Number(index) - 1, { of: name, request, denied: true });
    }
  }
  return witnesses;
}

/** The classes with a case that is decided otherwise after the change; one case of a class is enough. */
async function noticing(
  { statements, at, narrows }: Change,
  subject: Subject,
  witnesses: ReadonlyMap<number | 'allowed', readonly Witness[]>,
): Promise<string[]> {
  const classes = new Set<string>();
  for (const { of, request, denied } of witnesses.get(narrows ? 'allowed' : at) ?? []) {
    if (classes.has(of)) continue;
    const { allowed } = await judge(denied ? sessionNamed : widest, subject, request, statements);
    if (allowed === denied) classes.add(of);
  }
  return [...classes];
}
