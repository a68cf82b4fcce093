import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRuleTest } from '../../core/policy/rule-test.ts';
import type { Rule } from '../../core/policy/schema-conditions.ts';
import type { Parameter } from '../../core/policy/schema-parameters.ts';
import { ruleFor, runsOf, spansOf, spansText } from '../../core/value-spans.ts';

const amount: Parameter = { type: 'number', minimum: 0, source: 'claimed' };
const word: Parameter = { type: 'string', pattern: '[a-z]{1,9}', source: 'claimed' };
const rule = (text: string): Rule => ({ if: text, test: parseRuleTest(text), then: { outcome: 'allow' } });
const rest: Rule = { then: { outcome: 'deny' } };

/** In words, which values each rule decides on. */
function told(parameter: Parameter, tests: readonly string[]): string[] {
  const rules = [...tests.map(rule), rest];
  return runsOf(spansOf(parameter, [rules]), (span) => String(ruleFor(rules, span))).map(
    ({ key, spans }) => `${spansText(spans)}: ${key}`,
  );
}

describe('the values that rules tell apart', () => {
  it.each<[string[], string[]]>([
    [
      ['< 1000', '< 10000'],
      ['from 0 to below 1000: 0', 'from 1000 to below 10000: 1', '10000 and more: 2'],
    ],
    [['<= 1000'], ['from 0 to 1000: 0', 'above 1000: 1']],
    [
      ['> 5', '>= 5'],
      ['from 0 to below 5: 2', 'exactly 5: 1', 'above 5: 0'],
    ],
    [['== 7'], ['from 0 to below 7: 1', 'exactly 7: 0', 'above 7: 1']],
    [['10..20'], ['from 0 to below 10: 1', 'from 10 to 20: 0', 'above 20: 1']],
    [
      ['in [1, 2]'],
      ['from 0 to below 1: 1', 'exactly 1: 0', 'above 1 to below 2: 1', 'exactly 2: 0', 'above 2: 1'],
    ],
    [['< 0'], ['0 and more: 1']],
    [[], ['0 and more: 0']],
  ])('of %j are %j', (tests, spans) => {
    expect(told(amount, tests)).toEqual(spans);
  });

  it('have no ends where a parameter has none, and the ends that it has', () => {
    expect(told({ type: 'number', source: 'claimed' }, ['< 5'])).toEqual(['below 5: 0', '5 and more: 1']);
    expect(told({ type: 'number', source: 'claimed' }, [])).toEqual(['any value: 0']);
    expect(told({ ...amount, maximum: 9 } as Parameter, ['< 5'])).toEqual([
      'from 0 to below 5: 0',
      'from 5 to 9: 1',
    ]);
  });

  it('are texts by name, and all the others', () => {
    expect(told(word, ['in [acme, globex]', '== initech'])).toEqual([
      'acme, globex: 0',
      'initech: 1',
      'any other value: 2',
    ]);
  });

  it('are told apart as the rules themselves tell every single value', () => {
    const operators = fc.constantFrom('<', '<=', '>', '>=', '==');
    const tests = fc.array(
      fc.tuple(operators, fc.integer({ min: -3, max: 9 })).map(([op, value]) => `${op} ${value}`),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(tests, fc.integer({ min: 0, max: 40 }), (texts, quarter) => {
        const rules = [...texts.map(rule), rest];
        const value = quarter / 4;
        const span = spansOf(amount, [rules]).find(
          ({ from = 0, to = 0 }) => (from === to && value === from) || (value > from && value < to),
        );
        expect(span && ruleFor(rules, span)).toBe(ruleFor(rules, { sample: value }));
      }),
    );
  });
});
