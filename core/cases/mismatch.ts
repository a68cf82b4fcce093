import type { Reason } from '../decision.ts';
import type { Expectation } from '../policy/schema-cases.ts';
import type { CaseResult } from './decide-case.ts';

/** Something that came out otherwise than a case says. */
export type Mismatch = { readonly what: string; readonly expected: string; readonly actual: string };

/** What of a result is not as expected; nothing when all is. */
export function mismatchesOf(expected: Expectation, result: CaseResult): Mismatch[] {
  const { outcome, risk, rules, obligations, lifetime, error, reasons = [] } = expected;
  return [
    ...unlike('outcome', outcome, result.outcome),
    ...(risk === undefined ? [] : unlike('risk', risk, result.risk)),
    ...(rules === undefined ? [] : rulesUnlike(rules, result)),
    ...reasons.flatMap((reason) => reasonUnlike(reason, result.reasons)),
    ...(obligations === undefined ? [] : unlike('obligations', obligations, result.obligations)),
    ...(lifetime === undefined ? [] : unlike('lifetime', lifetime, result.grant?.lifetime)),
    ...(error === undefined ? [] : errorUnlike(error, result)),
  ];
}

/** The rules that made an outcome: those of its effect, but for the capabilities that the policy has. */
export function decidingRules({ outcome, reasons }: Pick<CaseResult, 'outcome' | 'reasons'>): string[] {
  return reasons
    .filter(({ effect, rule }) => effect === outcome && !(effect === 'allow' && /^capabilities\./.test(rule)))
    .map(({ rule }) => rule);
}

/** What denies or asks people has to be named completely: a second cause that nobody expected may be a mistake. */
function rulesUnlike(rules: readonly string[], result: CaseResult): Mismatch[] {
  const deciding = decidingRules(result);
  if (result.outcome !== 'allow') return unlike('rules', [...rules].sort(), [...deciding].sort());
  return rules.every((rule) => deciding.includes(rule)) ? [] : unlike('rules', rules, deciding);
}

function reasonUnlike(
  expected: NonNullable<Expectation['reasons']>[number],
  reasons: readonly Reason[],
): Mismatch[] {
  const given = reasons.find(({ rule }) => rule === expected.rule);
  const actual =
    given && Object.fromEntries(Object.keys(expected).map((name) => [name, given[name as keyof Reason]]));
  return unlike(`reason ${expected.rule}`, expected, actual);
}

function errorUnlike(expected: NonNullable<Expectation['error']>, { error }: CaseResult): Mismatch[] {
  const actual = error && { code: error.code, ...(error.path !== undefined && { path: error.path }) };
  return unlike('error', expected, actual);
}

function unlike(what: string, expected: unknown, actual: unknown): Mismatch[] {
  const [wanted, got] = [canonical(expected), canonical(actual)];
  return wanted === got ? [] : [{ what, expected: wanted, actual: got }];
}

/** JSON in which names are sorted and nothing is undefined. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing';
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, each]) => `${name}: ${canonical(each)}`).join(', ')}}`;
}
