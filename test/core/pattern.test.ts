import { describe, expect, it } from 'vitest';
import { matchesPattern, patternProblem } from '../../core/policy/pattern.ts';

describe('parameter patterns', () => {
  it.each(['[a-z0-9-]{1,36}', '[0-9]{1,12}', 'INV-[0-9]{4}', 'abc'])('admits %s', (source) => {
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
  ])('refuses %s', (source) => {
    expect(patternProblem(source)).toBeTypeOf('string');
  });

  it('matches the whole value, so a prefix, a suffix or a trailing line does not pass', () => {
    expect(matchesPattern('[0-9]{1,12}', '4711')).toBe(true);
    for (const value of ['4711x', 'x4711', '4711\n', '', '１２'])
      expect(matchesPattern('[0-9]{1,12}', value)).toBe(false);
  });
});
