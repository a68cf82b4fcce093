import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validateParameters } from '../../core/parameters.ts';
import { invoice, invoicePolicy } from './invoices.ts';

/** The loosest pattern that the language admits. */
const loosest = '[A-Za-z0-9_.:/@+=-]{1,256}';
const loosePolicy = invoicePolicy({
  parameters: {
    ...invoicePolicy().parameters,
    customer_id: { type: 'string', pattern: loosest, source: 'claimed' },
  },
});
const problemOf = (claimed: Record<string, unknown>, policy = invoicePolicy()) => {
  const checked = validateParameters(policy, ['read_invoice'], claimed);
  return 'problem' in checked ? checked.problem : undefined;
};

describe('the parameters of a task', () => {
  it('pass when they are declared, needed and inside their types', () => {
    expect(validateParameters(invoicePolicy(), ['read_invoice'], invoice)).toEqual({ values: invoice });
  });

  it.each([
    ['a wildcard', 'ac*e'],
    ['a single-character wildcard', 'acm?'],
    ['a policy variable', '${aws:username}'],
    ['a dollar', 'acme$'],
    ['a parent folder', 'acme/../globex'],
    ['a single quote', "acme'"],
    ['a double quote', 'acme"'],
    ['a backtick', 'acme`'],
    ['a backslash', 'acme\\'],
    ['a statement end', 'acme;'],
    ['a space', 'ac me'],
    ['a newline', 'acme\n'],
    ['a null byte', 'acme\u0000'],
    ['a control character', 'ac\u0008me'],
    ['a Cyrillic а', '\u0430cme'],
    ['a full-width letter', '\uff41cme'],
    ['a zero-width space', 'ac\u200bme'],
    ['text that turns direction', '\u202eemca'],
    ['nothing', ''],
  ])('are refused with %s, even under the loosest pattern', (_, customer_id) => {
    for (const policy of [invoicePolicy(), loosePolicy])
      expect(problemOf({ ...invoice, customer_id }, policy)).toMatchObject({
        path: 'task.parameters.customer_id',
      });
  });

  it.each([
    ['undeclared', { ...invoice, extra: 'x' }, 'extra'],
    ['inherited', { ...invoice, constructor: 'x' }, 'constructor'],
    ['needed by a resource and absent', { customer_id: 'acme', invoice_amount: 1 }, 'invoice_id'],
    ['needed by a rule and absent', { customer_id: 'acme', invoice_id: '1' }, 'invoice_amount'],
    ['a number where text is needed', { ...invoice, invoice_id: 4711 }, 'invoice_id'],
    ['text where a number is needed', { ...invoice, invoice_amount: '420' }, 'invoice_amount'],
    ['not finite', { ...invoice, invoice_amount: Number.POSITIVE_INFINITY }, 'invoice_amount'],
    ['not a number', { ...invoice, invoice_amount: Number.NaN }, 'invoice_amount'],
    ['too large to be counted exactly', { ...invoice, invoice_amount: 2 ** 53 }, 'invoice_amount'],
    ['too small to be stored', { ...invoice, invoice_amount: 1e-200 }, 'invoice_amount'],
    ['written with an exponent', { ...invoice, invoice_amount: 1e-7 }, 'invoice_amount'],
    ['below the minimum', { ...invoice, invoice_amount: -1 }, 'invoice_amount'],
    ['an object', { ...invoice, customer_id: { value: 'acme' } }, 'customer_id'],
    ['a list', { ...invoice, customer_id: ['acme'] }, 'customer_id'],
  ])('are refused when one is %s', (_, claimed, name) => {
    expect(problemOf(claimed)?.path).toBe(`task.parameters.${name}`);
  });

  it.each([
    0,
    -0,
    0.000001,
    999.99,
    0.1 + 0.2,
    Number.MAX_SAFE_INTEGER,
  ])('pass with the number %d', (invoice_amount) => {
    expect(problemOf({ ...invoice, invoice_amount })).toBeUndefined();
  });

  it('are refused above a maximum', () => {
    const parameters = {
      ...invoicePolicy().parameters,
      invoice_amount: { type: 'number', maximum: 9, source: 'claimed' },
    } as const;
    expect(problemOf({ ...invoice, invoice_amount: 10 }, invoicePolicy({ parameters }))?.message).toBe(
      'the maximum is 9',
    );
    expect(problemOf({ ...invoice, invoice_amount: 9 }, invoicePolicy({ parameters }))).toBeUndefined();
  });

  it('need what all asked capabilities need and nothing of others', () => {
    const policy = invoicePolicy({ conditions: {} });
    const checked = validateParameters(policy, ['read_invoice'], { customer_id: 'acme', invoice_id: '1' });
    expect(checked).toEqual({ values: { customer_id: 'acme', invoice_id: '1' } });
  });

  it('hold none of the steering characters, whatever is claimed', () => {
    const pieces = ['*', '?', '$', '${', '}', '..', '/', "'", '"', '\\', '\n', 'а', 'acme', '4711', '-', ':'];
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(hostile, (customer_id) => {
        const checked = validateParameters(loosePolicy, ['read_invoice'], { ...invoice, customer_id });
        if ('values' in checked)
          expect(checked.values['customer_id']).toMatch(/^(?!.*\.\.)[A-Za-z0-9_.:/@+=-]{1,256}$/);
      }),
      { numRuns: 1_000 },
    );
  });
});
