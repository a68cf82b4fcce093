// What a rule asks of a value: `< 1000`, `== acme`, `in [a, b]`, `100..999.99`. Read once, when a policy is compiled.

/** A comparison as functions carry it out. */
export type RuleTest =
  | { readonly op: '<' | '<=' | '>' | '>='; readonly value: number }
  /** Values are texts: `007` is another text than `7`, and the same number. */
  | { readonly op: '=='; readonly value: string }
  | { readonly op: 'in'; readonly values: readonly string[] }
  /** Both ends belong to it. */
  | { readonly op: 'range'; readonly from: number; readonly to: number };

/** At most 15 digits and 6 decimals: so many are compared exactly as they are written. */
const number = '-?(?:[0-9]{1,9}\\.[0-9]{1,6}|[0-9]{1,12}\\.[0-9]{1,3}|[0-9]{1,15})';
const word = '[A-Za-z0-9][A-Za-z0-9_.:/@+=-]{0,99}';
const value = `(?:${number}|${word})`;

/** What the text of a test looks like: editors know it from the JSON Schema. */
export const ruleTestPattern = new RegExp(
  `^(?:(?:<|<=|>|>=) ${number}|== ${value}|in \\[${value}(?:, ?${value}){0,49}\\]|${number}\\.\\.${number})$`,
);

const isNumber = new RegExp(`^${number}$`);

/** Reads the text of a test; it matches {@link ruleTestPattern}. */
export function parseRuleTest(text: string): RuleTest {
  const list = /^in \[(.*)\]$/.exec(text);
  if (list) return { op: 'in', values: (list[1] ?? '').split(/, ?/) };
  const [operator = '', operand = ''] = text.split(' ');
  switch (operator) {
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { op: operator, value: Number(operand) };
    case '==':
      return { op: operator, value: operand };
    default: {
      const [from, to] = text.split('..');
      return { op: 'range', from: Number(from), to: Number(to) };
    }
  }
}

/** Whether a value passes. */
export function passes(test: RuleTest, value: number | string): boolean {
  if (test.op === '==') return same(test.value, value);
  if (test.op === 'in') return test.values.some((each) => same(each, value));
  if (typeof value !== 'number') return false;
  switch (test.op) {
    case '<':
      return value < test.value;
    case '<=':
      return value <= test.value;
    case '>':
      return value > test.value;
    case '>=':
      return value >= test.value;
    case 'range':
      return value >= test.from && value <= test.to;
  }
}

function same(wanted: string, value: number | string): boolean {
  return typeof value === 'number' ? Number(wanted) === value : wanted === value;
}

/** Why a test could never mean what it says for a parameter of this type; undefined when it can. */
export function ruleTestProblem(test: RuleTest, type: 'number' | 'string'): string | undefined {
  if (test.op === 'range' && test.from > test.to) return `the range ${test.from}..${test.to} is empty`;
  if (type === 'string')
    return test.op === '==' || test.op === 'in' ? undefined : 'text is compared by == and in only';
  const values = test.op === 'in' ? test.values : test.op === '==' ? [test.value] : [];
  const text = values.find((each) => !isNumber.test(each));
  return text === undefined ? undefined : `a number is never ${text}`;
}
