import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neededParameters, statedProblem } from '../../core/parameters.ts';
import { invoice, invoicePolicy } from './invoices.ts';

/** The loosest pattern that the language admits. */
const loosest = '[A-Za-z0-9_.:/@+=-]{1,256}';
const loosePolicy = invoicePolicy({
  parameters: {
    ...invoicePolicy().parameters,
    customer_id: { type: 'string', pattern: loosest, source: 'claimed' },
  },
});
const problemOf = (stated: Record<string, unknown>, policy = invoicePolicy()) =>
  statedProblem(policy, stated);

describe('the parameters of a task', () => {
  it('pass when they are declared and inside their types', () => {
    expect(problemOf(invoice)).toBeUndefined();
    expect(problemOf({})).toBeUndefined();
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

  it('are refused below a minimum that is not 0, and at the limits they pass', () => {
    const parameters = {
      ...invoicePolicy().parameters,
      invoice_amount: { type: 'number', minimum: -5, maximum: 5, source: 'claimed' },
    } as const;
    const policy = invoicePolicy({ parameters });
    for (const invoice_amount of [-5, 0, 5]) expect(problemOf({ invoice_amount }, policy)).toBeUndefined();
    for (const invoice_amount of [-5.01, 5.01]) expect(problemOf({ invoice_amount }, policy)).toBeDefined();
  });

  it('hold none of the steering characters, whatever is claimed', () => {
    const pieces = ['*', '?', '$', '${', '}', '..', '/', "'", '"', '\\', '\n', 'а', 'acme', '4711', '-', ':'];
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces)).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(hostile, (customer_id) => {
        if (!problemOf({ ...invoice, customer_id }, loosePolicy))
          expect(customer_id).toMatch(/^(?!.*\.\.)[A-Za-z0-9_.:/@+=-]{1,256}$/);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what a task needs', () => {
  const text = { type: 'string', pattern: '[a-z0-9]{1,36}' } as const;
  const lookup = {
    lookup: { dynamodb: 'owners', key: { id: '${invoice_id}' }, attribute: 'owner' },
  } as const;
  const parameters = {
    customer_id: { ...text, source: 'claimed' },
    invoice_id: { ...text, source: 'claimed' },
    result_id: { ...text, source: 'claimed' },
    owner: { ...text, source: lookup },
    amount: { type: 'number', source: lookup, minimum: 0 },
    unused: { ...text, source: 'claimed' },
  } as const;
  const capability = (resource: string) => ({ aws: { actions: ['s3:GetObject'], resources: [resource] } });
  const capabilities = {
    read: capability('arn:aws:s3:::acme/${customer_id}/a'),
    file: capability('arn:aws:s3:::acme/${result_id}/${customer_id}'),
    owned: capability('arn:aws:s3:::acme/${owner}'),
    fixed: capability('arn:aws:s3:::acme/a'),
  };
  const needed = (asked: string[], changed: Parameters<typeof invoicePolicy>[0] = {}, stated = {}) =>
    neededParameters(
      invoicePolicy({ parameters, capabilities, conditions: {}, ...changed }),
      asked,
      stated,
    ).sort();

  it('is what the asked resources name, and nothing of others', () => {
    expect(needed(['read'])).toEqual(['customer_id']);
    expect(needed(['read', 'file'])).toEqual(['customer_id', 'result_id']);
    expect(needed(['fixed'])).toEqual([]);
  });

  it('is what those are looked up with, too', () => {
    expect(needed(['owned'])).toEqual(['invoice_id', 'owner']);
  });

  it('is what rules judge, whatever is asked', () => {
    const conditions = { amount: [{ else: 'auto_approve' }] };
    expect(needed(['fixed'], { conditions })).toEqual(['amount', 'invoice_id']);
  });

  it('is what is added up', () => {
    const limits = { sum: { amount: 5_000, per: 'agent', within: '1d' } };
    expect(needed(['fixed'], { limits })).toEqual(['amount', 'invoice_id']);
  });

  it('is everything that is stated, so that a lie about any of it is found', () => {
    expect(needed(['fixed'], {}, { owner: 'me', unused: 'x' })).toEqual(['invoice_id', 'owner', 'unused']);
  });

  it.each([
    'constructor',
    '__proto__',
    'unknown',
  ])('is nothing for the capability %s, which is none', (name) => {
    expect(needed([name])).toEqual([]);
  });
});
