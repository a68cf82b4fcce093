import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PolicySourceError } from '../../../core/policy/source.ts';
import { readSource } from '../../../core/policy/source-document.ts';
import { compile, invoiceText } from '../../core/invoice-source.ts';
import { readable } from './refused.ts';

/** What means something to YAML, to the language, or to neither. */
const pieces = [
  ...[
    '[',
    ']',
    '{',
    '}',
    ',',
    ': ',
    '- ',
    '? ',
    '# ',
    '"',
    "'",
    '|\n',
    '>-\n',
    '\n',
    '\n  ',
    '\n    ',
    '  ',
    ' ',
  ],
  ...[
    '&a ',
    '*a',
    '!!str ',
    '<<: ',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\\',
    '\\n',
    '\t',
    '\0',
    '\u202e',
    'é',
    '😀',
  ],
  ...[
    'deny',
    'auto_approve',
    'else',
    'if',
    'then',
    '"< 1"',
    'risk: 5',
    'longest: 1m',
    'null',
    '~',
    'true',
    'yes',
  ],
  ...['-1', '1e9', '0x1', '007', '99999999999999999999', '__proto__: 1', 'constructor', '${x}', '*', '../'],
];

/** The policy with something put in, taken out or doubled in a few places. */
const mutated = fc
  .array(
    fc.record({
      at: fc.nat({ max: invoiceText.length }),
      length: fc.oneof(fc.constant(0), fc.nat({ max: 40 })),
      text: fc.oneof(fc.constantFrom('', ...pieces), fc.string({ maxLength: 5 })),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((changes) =>
    changes.reduce(
      (text, { at, length, text: piece }) => text.slice(0, at) + piece + text.slice(at + length),
      invoiceText,
    ),
  );

/** Files of nothing but pieces. */
const soup = fc
  .array(fc.constantFrom(...pieces, 'context_policy:', 'a: ', 'b'), { maxLength: 60 })
  .map((parts) => parts.join(''));

describe('a file that somebody spoilt', () => {
  it('compiles to plain JSON or is refused by its place, and nothing else ever happens', () => {
    const seen = { compiled: 0, refused: 0 };
    fc.assert(
      fc.property(mutated, (text) => {
        try {
          const policy = compile(text);
          seen.compiled++;
          expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
        } catch (error) {
          if (!(error instanceof PolicySourceError)) throw error;
          seen.refused++;
          readable(error.message);
        }
      }),
      { numRuns: 500 },
    );
    expect(seen.compiled).toBeGreaterThan(5);
    expect(seen.refused).toBeGreaterThan(100);
  });

  it('is read for what every reader of YAML 1.2 reads, or not at all', () => {
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(fc.oneof(mutated, soup), (text) => {
        const source = readSource(text);
        seen['faults' in source ? 'refused' : 'read']++;
        if (!('faults' in source)) expect(source.value).toEqual(parse(text));
      }),
      { numRuns: 1_000 },
    );
    expect(seen.read).toBeGreaterThan(10);
    expect(seen.refused).toBeGreaterThan(100);
  });
});
