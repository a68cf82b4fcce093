import fc from 'fast-check';
import { patternProblem } from '../../../core/policy/pattern.ts';

/** What steers IAM, JSON, paths or eyes somewhere else. */
const hostile = [
  ...[
    '*',
    '?',
    '$',
    '${',
    '${aws:username}',
    '${tenant}',
    '}',
    '..',
    '../',
    '/',
    '//',
    ':',
    '::',
    '.',
    '-',
    '_',
  ],
  ...['"', "'", '`', '\\', '\\u002a', '%2A', '&', '@', '+', '=', ',', ';', '<', '>', '[', ']', '{', '|', '^'],
  ...[' ', '\t', '\n', '\r', '\0', '\u007f', '\u0085', '\u00a0', '\u200b', '\u202e', '\ufeff'],
  ...['＊', '？', '∗', '⁄', 'а', 'е', 'ı', 'ß', 'é', '\u0301', '\ud800', '😀'],
  ...[
    '","Resource":"*',
    '"]},{"Effect":"Allow","Action":"*","Resource":"*"',
    'arn:aws:s3:::acme-payroll/',
    'x',
  ],
];

const member = fc.constantFrom('a-z', 'A-Z', '0-9', '.', '_', ':', '/', '@', '+', '=');
const quantifier = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 9 }))
  .map(([least, more]) => `{${least},${least + more}}`);
const charClass = fc
  .tuple(fc.uniqueArray(member, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.option(quantifier))
  .map(([members, dash, times]) => `[${members.join('')}${dash ? '-' : ''}]${times ?? ''}`);
const literal = fc.constantFrom('a', 'Z', '7', '_', ':', '/', '@', '=', '-');

/** Patterns of the pattern language, from the tightest to those that admit all that a pattern can. */
export const patterns = fc
  .array(fc.oneof({ weight: 3, arbitrary: charClass }, literal), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(''))
  .filter((pattern) => patternProblem(pattern) === undefined);

/** A value that a pattern admits, as it is or with something hostile in it. */
export function valuesFor(pattern: string): fc.Arbitrary<string> {
  const admitted = fc.stringMatching(new RegExp(`^(?:${pattern})$`));
  const spoiled = fc
    .tuple(admitted, fc.constantFrom(...hostile), fc.nat())
    .map(
      ([value, text, at]) =>
        value.slice(0, at % (value.length + 1)) + text + value.slice(at % (value.length + 1)),
    );
  const soup = fc.array(fc.constantFrom(...hostile), { maxLength: 6 }).map((parts) => parts.join(''));
  return fc.oneof({ weight: 3, arbitrary: admitted }, { weight: 2, arbitrary: spoiled }, soup);
}
