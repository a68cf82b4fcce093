import { describe, expect, it } from 'vitest';
import { decided, reasonOf } from './deciding.ts';
import { invoice, invoicePolicy } from './invoices.ts';

const string = { type: 'string', pattern: '[A-Za-z0-9.:/@+=_-]{1,100}', source: 'claimed' } as const;
const { parameters } = invoicePolicy();

/** The outcome of rules for an amount, a number, and for a supplier, a text. */
const amounts = (rules: unknown[], invoice_amount: number) =>
  decided(invoicePolicy({ conditions: { invoice_amount: rules } }), {
    parameters: { ...invoice, invoice_amount },
  });
const suppliers = (rules: unknown[], supplier: string) =>
  decided(
    invoicePolicy({ parameters: { ...parameters, supplier: string }, conditions: { supplier: rules } }),
    {
      parameters: { ...invoice, supplier },
    },
  );
const onlyIf = (test: string) => [{ if: test, then: 'auto_approve' }, { else: 'deny' }];

describe('the test of a rule for a number', () => {
  it.each([
    ['< 10', [9.99, -10, 0], [10, 10.01]],
    ['<= 10', [10, 9], [10.01, 11]],
    ['> 10', [10.01, 11], [10, 9]],
    ['>= 10', [10, 10.01], [9.99, -10]],
    ['== 10', [10], [10.01, 9.99, -10, 1, 100]],
    ['== 10.50', [10.5], [10, 10.51]],
    ['== 007', [7], [70, 0.07]],
    ['< -1.5', [-1.6, -2], [-1.5, 0, 1.6]],
    ['< 0', [-0.000001], [0, -0]],
    ['in [1, 2,30]', [1, 2, 30], [3, 12, 1.5]],
    ['in [5]', [5], [50]],
    ['100..500', [100, 500, 250.5], [99.999999, 500.000001]],
    ['-5..-1', [-5, -1, -3], [-5.1, 0, 3]],
    ['7..7', [7], [6.9, 7.1]],
    ['0.1..0.3', [0.1, 0.2, 0.3], [0.30000000000000004, 0.09]],
    ['<= 999999999999999', [999_999_999_999_999], [1_000_000_000_000_000]],
  ])('"%s" passes %j and not %j', (test, inside, outside) => {
    for (const value of inside) expect(amounts(onlyIf(test), value).outcome, String(value)).toBe('allow');
    for (const value of outside) expect(amounts(onlyIf(test), value).outcome, String(value)).toBe('deny');
  });
});

describe('the test of a rule for a text', () => {
  it.each([
    ['== acme', ['acme'], ['Acme', 'acme1', 'acm']],
    ['== 007', ['007'], ['7', '07', '0007']],
    ['== 1.0', ['1.0'], ['1', '1.00']],
    ['== -5', ['-5'], ['5', '-5.0']],
    ['in [acme, globex,initech]', ['acme', 'globex', 'initech'], ['acme,', 'glob', 'in']],
    ['in [7]', ['7'], ['07', '7.0']],
    ['== arn:aws:s3/a@b+c=d', ['arn:aws:s3/a@b+c=d'], ['arn:aws:s3/a@b+c=D']],
  ])('"%s" passes %j and not %j', (test, inside, outside) => {
    for (const value of inside) expect(suppliers(onlyIf(test), value).outcome, value).toBe('allow');
    for (const value of outside) expect(suppliers(onlyIf(test), value).outcome, value).toBe('deny');
  });
});

describe('rules for a parameter', () => {
  const bands = [
    { if: '< 1000', then: 'auto_approve' },
    { if: '< 10000', then: { require_approval: { from: ['finance-managers'] } } },
    { else: 'deny' },
  ];

  it.each([
    [999.99, 'allow', '[0]', '< 1000'],
    [1_000, 'require_approval', '[1]', '< 10000'],
    [9_999.99, 'require_approval', '[1]', '< 10000'],
    [10_000, 'deny', '[2]', 'else'],
  ])('of %d come to %s by rule %s', (amount, outcome, index, threshold) => {
    const decision = amounts(bands, amount);
    expect(decision.outcome).toBe(outcome);
    expect(reasonOf(decision, `conditions.invoice_amount${index}`)).toMatchObject({
      value: String(amount),
      threshold,
      effect: outcome,
    });
  });

  it('say which values would come to something else', () => {
    expect(reasonOf(amounts(bands, 5_000), 'conditions.invoice_amount[1]').would_change).toBe(
      'invoice_amount < 1000: approved automatically; invoice_amount otherwise: denied',
    );
    expect(
      reasonOf(amounts([{ else: 'auto_approve' }], 1), 'conditions.invoice_amount[0]').would_change,
    ).toBe('nothing: no rule says otherwise');
  });

  it('tell five of twenty others, and how many there are', () => {
    const steps = Array.from({ length: 19 }, (_, i) => ({ if: `== ${i}`, then: 'auto_approve' }));
    const { would_change } = reasonOf(
      amounts([...steps, { else: 'deny' }], 99),
      'conditions.invoice_amount[19]',
    );
    expect(would_change.split('; ')).toHaveLength(6);
    expect(would_change).toMatch(/== 4: approved automatically; and 14 rules more$/);
  });

  it('are read from the top: a later and looser one changes nothing', () => {
    const rules = [{ if: '> 100', then: 'deny' }, { if: '> 50', then: 'auto_approve' }, { else: 'deny' }];
    expect(amounts(rules, 101).outcome).toBe('deny');
    expect(amounts(rules, 100).outcome).toBe('allow');
    expect(amounts(rules, 50).outcome).toBe('deny');
  });

  it('deny a value that is absent, even if their `else` would allow', () => {
    const policy = invoicePolicy({ conditions: { invoice_amount: [{ else: 'auto_approve' }] } });
    const decision = decided(policy, { parameters: { customer_id: 'acme', invoice_id: '1' } });
    expect(decision.outcome).toBe('deny');
    expect(reasonOf(decision, 'conditions.invoice_amount')).toMatchObject({
      value: 'absent',
      would_change: 'stating invoice_amount',
    });
  });

  it.each(['constructor', 'toString', '__proto__'])('take nothing inherited for a value: %s', (name) => {
    const policy = invoicePolicy();
    const rules = Object.fromEntries([[name, [{ then: { outcome: 'allow' as const } }]]]);
    const decision = decided({ ...policy, conditions: { ...policy.conditions, rules } });
    expect(decision.outcome).toBe('deny');
  });

  it('deny where none matches, as when a policy came without its `else`', () => {
    const policy = invoicePolicy();
    const rules = { invoice_amount: policy.conditions.rules['invoice_amount']?.slice(0, 1) ?? [] };
    expect(rules.invoice_amount).toHaveLength(1);
    const decision = decided(
      { ...policy, conditions: { ...policy.conditions, rules } },
      { parameters: { ...invoice, invoice_amount: 5_000 } },
    );
    expect(decision.outcome).toBe('deny');
  });

  it('never pass a number by a text or a text by a number', () => {
    const supplier = invoicePolicy({
      parameters: { ...parameters, supplier: string },
      conditions: { supplier: onlyIf('< 10') },
    });
    expect(decided(supplier, { parameters: { ...invoice, supplier: '5' } }).outcome).toBe('deny');
    expect(amounts(onlyIf('== acme'), Number.NaN).outcome).toBe('deny');
  });
});
