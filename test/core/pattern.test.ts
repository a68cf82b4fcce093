import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesPattern, patternProblem } from '../../core/policy/pattern.ts';

describe('parameter patterns', () => {
  it.each([
    '[a-z0-9-]{1,36}',
    '[0-9]{1,12}',
    'INV-[0-9]{4}',
    'abc',
    '[-a]',
    '[a-]{3}',
  ])('admits %s', (source) => {
    expect(patternProblem(source)).toBeUndefined();
  });

  it.each([
    'a|b',
    '.*',
    '(a)',
    '[a-z]+',
    '[^a]{1,2}',
    '[a-z]{2,1}',
    '[z-a]{1,2}',
    '',
    '[a-z]{1,999}',
    'a*',
    '\\d',
    '[*]{1,2}',
    '[]',
    '[a',
    'a{2}',
    '^a$',
    'a b',
    '[.-a]{1,2}',
    '[+-=]',
    '[a-z-9]',
    '[9-a]',
    '[A-z]',
    '[Z-a]',
  ])('refuses %s', (source) => {
    expect(patternProblem(source)).toBeTypeOf('string');
  });

  it('admits only what is written in a class, whatever stands beside a dash', () => {
    const members = fc.constantFrom('a', 'z', '0', '9', '.', '/', ':', '@', '+', '=', '_', '-', 'a-z', '0-9');
    fc.assert(
      fc.property(fc.array(members, { minLength: 1, maxLength: 5 }), (parts) => {
        const pattern = `[${parts.join('')}]`;
        fc.pre(patternProblem(pattern) === undefined);
        const written = parts.join('');
        const admitted = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter((each) =>
          matchesPattern(pattern, each),
        );
        for (const each of admitted)
          expect(written.includes(each) || /[a-z0-9]/.test(each), `${pattern} admits ${each}`).toBe(true);
      }),
    );
  });

  it('matches the whole value, so a prefix, a suffix or a trailing line does not pass', () => {
    expect(matchesPattern('[0-9]{1,12}', '4711')).toBe(true);
    for (const value of ['4711x', 'x4711', '4711\n', '', '１２'])
      expect(matchesPattern('[0-9]{1,12}', value)).toBe(false);
  });

  it('judges adjoining classes in one pass: a value that fits nowhere cannot hold a function for hours', () => {
    const pattern = `[a-z]${'[a-z]{0,30}'.repeat(8)}`;
    expect(patternProblem(pattern)).toBeUndefined();
    expect(matchesPattern(pattern, 'a'.repeat(241))).toBe(true);
    expect(matchesPattern(pattern, 'a'.repeat(242))).toBe(false);
    expect(matchesPattern(pattern, `${'a'.repeat(70)}!`)).toBe(false);
  });

  it('admits what the same regular expression admits', () => {
    const element = fc.constantFrom('[ab]{0,2}', '[b-c]{1,2}', 'a', '[c]', '-', '[a-]{2}', '[A-Za-c]{0,1}');
    const patterns = fc.array(element, { minLength: 1, maxLength: 4 }).map((parts) => `a${parts.join('')}`);
    const values = fc.array(fc.constantFrom('a', 'b', 'c', '-', 'A', '\n'), { maxLength: 8 });
    fc.assert(
      fc.property(patterns, values, (pattern, characters) => {
        const value = `a${characters.join('')}`;
        expect(matchesPattern(pattern, value)).toBe(new RegExp(`^(?:${pattern})$`).test(value));
      }),
    );
  });
});
