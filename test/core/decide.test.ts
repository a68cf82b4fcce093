import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../core/decide.ts';
import type { Rule } from '../../core/policy/schema.ts';
import { invoice, invoicePolicy } from './invoices.ts';

const otherwiseDeny: Rule = { else: 'deny' };
const ruled = (rules: Rule[], value: number) =>
  decide(invoicePolicy({ conditions: { invoice_amount: rules } }), ['read_invoice'], {
    ...invoice,
    invoice_amount: value,
  });

describe('a decision', () => {
  it('allows what every rule allows, and says why', () => {
    expect(decide(invoicePolicy(), ['read_invoice'], invoice)).toEqual({
      outcome: 'allow',
      reasons: [
        {
          rule: 'capabilities.read_invoice',
          value: 'read_invoice',
          threshold: 'a capability of invoice_processor',
          effect: 'allow',
          would_change: 'taking the capability out of the policy',
        },
        {
          rule: 'conditions.invoice_amount[0]',
          value: '420',
          threshold: '< 1000',
          effect: 'allow',
          would_change: 'invoice_amount otherwise',
        },
      ],
    });
  });

  it('denies with the rule, the value, the threshold and what would change it', () => {
    const { outcome, reasons } = ruled([{ if: '< 1000', then: 'auto_approve' }, otherwiseDeny], 5_000);
    expect(outcome).toBe('deny');
    expect(reasons.at(-1)).toEqual({
      rule: 'conditions.invoice_amount[1]',
      value: '5000',
      threshold: 'else',
      effect: 'deny',
      would_change: 'invoice_amount < 1000',
    });
  });

  it('takes the first rule that matches, so a later and looser one changes nothing', () => {
    const rules: Rule[] = [{ if: '> 100', then: 'deny' }, { else: 'auto_approve' }];
    expect(ruled(rules, 101).outcome).toBe('deny');
    expect(ruled(rules, 100).outcome).toBe('allow');
  });

  it.each([
    ['< 10', 9.99, 10],
    ['<= 10', 10, 10.01],
    ['> 10', 10.01, 10],
    ['>= 10', 10, 9.99],
    ['== 10', 10, 10.01],
    ['< -1.5', -1.6, -1.5],
  ])('reads "%s" as it is written', (test, inside, outside) => {
    const rules: Rule[] = [{ if: test, then: 'auto_approve' }, otherwiseDeny];
    expect(ruled(rules, inside).outcome).toBe('allow');
    expect(ruled(rules, outside).outcome).toBe('deny');
  });

  it('lets one denying rule win over all that allow', () => {
    const policy = invoicePolicy({
      conditions: {
        invoice_amount: [{ else: 'auto_approve' }],
        weight: [{ if: '> 5', then: 'deny' }, { else: 'auto_approve' }],
      },
    });
    expect(decide(policy, ['read_invoice'], { ...invoice, weight: 6 }).outcome).toBe('deny');
    expect(decide(policy, ['read_invoice'], { ...invoice, weight: 5 }).outcome).toBe('allow');
  });

  it('denies when nothing matched, as when a policy came without its `else`', () => {
    const { outcome, reasons } = ruled([{ if: '< 1', then: 'auto_approve' }], 2);
    expect(outcome).toBe('deny');
    expect(reasons.at(-1)).toMatchObject({ effect: 'deny' });
  });

  it('denies a rule whose parameter is absent, even if its `else` would allow', () => {
    const policy = invoicePolicy({ conditions: { invoice_amount: [{ else: 'auto_approve' }] } });
    const { outcome, reasons } = decide(policy, ['read_invoice'], {});
    expect(outcome).toBe('deny');
    expect(reasons.at(-1)).toMatchObject({ value: 'absent', would_change: 'stating invoice_amount' });
  });

  it('denies an operator it does not know', () => {
    expect(ruled([{ if: '!= 1', then: 'auto_approve' }, otherwiseDeny], 2).outcome).toBe('deny');
  });

  it('denies a task that names no capability', () => {
    expect(decide(invoicePolicy(), [], invoice).outcome).toBe('deny');
  });

  it.each([
    'delete_everything',
    'constructor',
    '__proto__',
    'toString',
  ])('denies the capability %s', (name) => {
    expect(decide(invoicePolicy(), ['read_invoice', name], invoice).outcome).toBe('deny');
  });

  it('allows exactly when every reason does, in whatever order capabilities are named', () => {
    const known = Object.keys(invoicePolicy().capabilities);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...known, 'unknown'), { minLength: 1 }),
        fc.integer({ min: 0, max: 2_000 }),
        (capabilities, invoice_amount) => {
          const { outcome, reasons } = decide(invoicePolicy(), capabilities, { ...invoice, invoice_amount });
          expect(outcome === 'allow').toBe(reasons.every(({ effect }) => effect === 'allow'));
          expect(outcome === 'allow').toBe(!capabilities.includes('unknown') && invoice_amount < 1_000);
          expect(reasons).toHaveLength(capabilities.length + 1);
          const reversed = decide(invoicePolicy(), capabilities.toReversed(), { ...invoice, invoice_amount });
          expect(reversed.outcome).toBe(outcome);
        },
      ),
    );
  });
});
