import { describe, expect, it } from 'vitest';
import { largestFile } from '../../../core/policy/source-text.ts';
import { compile, invoiceText, written } from '../../core/invoice-source.ts';
import { followedBy, refused, withPurpose } from './refused.ts';

/** As many times as fit into a file. */
const filled = (text: string) => text.repeat(Math.floor((largestFile - 4_000) / text.length));

describe('a policy that is too large to be reviewed', () => {
  it.each([
    ['10 MB of comment', `#${'x'.repeat(10_000_000)}\n`],
    ['10 MB of lines', '\n'.repeat(10_000_000)],
    ['10 MB of brackets', '['.repeat(10_000_000)],
    ['10 MB of emoji', '😀'.repeat(5_000_000)],
    ['one character more than the largest', `#${'x'.repeat(largestFile - invoiceText.length)}`],
  ])('is refused unread: %s', (_, text) => {
    expect(refused(followedBy(text))).toBe(
      'policy.yaml:1:1: larger than 64000 characters: make several policies of it',
    );
  });

  it('may be as large as the largest', () => {
    const largest = followedBy(`#${'x'.repeat(largestFile - invoiceText.length - 1)}`);
    expect(largest).toHaveLength(largestFile);
    expect(compile(largest)).toEqual(compile(invoiceText));
  });
});

describe('a policy that is nested to exhaust whoever reads it', () => {
  it.each([
    ['lists, 60,000 deep', '['],
    ['lists that end, 30,000 deep', '['.repeat(30_000) + ']'.repeat(30_000)],
    ['maps, 15,000 deep', '{a: '],
    ['maps without keys', '{'],
    ['lists and maps in turn', '[{a: '],
    ['lists whose texts hold their ends', '["]",'],
    ['lists whose texts hold their ends, in other quotes', "[']',"],
    ['lists with comments that hold their ends', '[ # ]\n  '],
    ['lists in a line, 30,000 deep', '- '],
    ['keys of keys, 30,000 deep', '? '],
  ])('is refused: %s', (_, text) => {
    const all = text.length > 100 ? text : filled(text);
    expect(refused(all)).toMatch(
      /nested deeper than 20|indented by more than 100 columns|a key written with `\?`/,
    );
    expect(refused(written('purpose: Validates', `purpose: ${all}\n  x: Validates`))).toMatch(
      /nested deeper|indented|a key written|The : indicator|compact|block|must|Unexpected|an end where/,
    );
  });

  it('is refused where maps stand in each other by lines', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:\n`).join('');
    expect(refused(lines)).toContain('indented by more than 100 columns');
    const fewer = Array.from({ length: 30 }, (_, i) => `${' '.repeat(i)}a:\n`).join('');
    expect(refused(fewer)).toContain('nested deeper than 20');
  });

  it('may be nested as deep as policies are', () => {
    const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    // The file and its policy are two maps around it.
    expect(refused(withPurpose(deep(18)))).toContain('purpose: a text is needed, not a list');
    expect(refused(withPurpose(deep(19)))).toContain('nested deeper than 20');
  });
});

describe('a policy that keeps whoever reads it busy', () => {
  it.each([
    ['commas without entries', `[${filled(',')}]`],
    ['texts without commas', filled('""')],
    ['texts without commas, one a line', `[${filled('""\n')}]`],
    ['commas without entries, one a line', `[${filled(',\n')}]`],
    ['colons', filled(': ')],
    ['dashes, one a line', filled('-\n')],
    ['lists of nothing', `[${filled('[],')}]`],
    ['anchors', filled('&a ')],
    ['tags', filled('!a ')],
    ['pipes', filled('|\n')],
    ['documents', filled('---\n')],
    ['directives', filled('%YAML 1.1\n')],
    ['comments in a list', `[${filled('#\n')}]`],
    ['one long line', `context_policy: ${filled('x')}`],
    ['one long key', `${filled('x')}: 1`],
    ['spaces', `context_policy:${filled(' ')}x`],
    ['quotes that do not end', `context_policy: "${filled('x')}`],
    ['escapes', `context_policy: "${filled('\\x41')}"`],
    ['lines in a text', `context_policy: "${filled('\n')}"`],
  ])('is refused: %s', (_, text) => {
    expect(refused(text)).toMatch(/^policy\.yaml:\d+:\d+: /);
  });

  it.each([
    ['distinct unknown keys', (i: number) => `  k${i}: 1\n`],
    ['keys that are nearly known', (i: number) => `  purpos${i}: 1\n`],
  ])('is refused, by its first mistakes: thousands of %s', (_, line) => {
    const lines = Array.from({ length: 4_000 }, (_, i) => line(i)).join('');
    expect(refused(followedBy(lines)).split('\n').length).toBeLessThanOrEqual(51);
  });

  it.each([
    ['rules', '    invoice_amount:\n', '      - { if: "x", then: maybe }\n', 2_000, 'no rule'],
    [
      'capabilities',
      '  capabilities:\n',
      '    c@: { aws: { actions: [], resources: [] } }\n',
      1_000,
      'entry',
    ],
    ['parameters', '  parameters:\n', '    p@: { type: text }\n', 2_000, 'type'],
  ])('is refused, by its first mistakes: thousands of wrong %s', (_, after, line, count) => {
    const lines = Array.from({ length: count }, (_, i) => line.replace('@', String(i))).join('');
    expect(refused(written(after, after + lines)).split('\n').length).toBeLessThanOrEqual(51);
  });
});

describe('a pattern that would keep whoever matches it busy', () => {
  it.each([
    '(a+)+$',
    '([a-z]+)*b',
    '(a|a)*b',
    '(?=(a+))a*b',
    '[a-z]{1,99999}',
    '[a-z]{1,256}[a-z]',
    '.*.*.*=',
    'a{1,9}{1,9}',
  ])('is none: %s', (pattern) => {
    expect(refused(written('"[0-9]{1,12}"', `"${pattern}"`))).toMatch(
      /context_policy\.parameters\.invoice_id\.pattern: not a pattern/,
    );
  });
});
