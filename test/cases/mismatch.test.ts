import { describe, expect, it } from 'vitest';
import { mismatchesOf } from '../../core/cases/mismatch.ts';
import type { Expectation } from '../../core/policy/schema-cases.ts';
import { invoiceResult } from './invoice-case.ts';

const allowed = await invoiceResult();
const denied = await invoiceResult({ user: { mfa: false }, records: { invoice_amount: 50_000 } });
const refused = await invoiceResult({ task: { parameters: { invoice_id: null } } });

describe('what is expected of a case', () => {
  it.each<[string, Expectation]>([
    ['outcome alone', { outcome: 'allow' }],
    ['risk', { outcome: 'allow', risk: 20 }],
    ['one of the rules that allow', { outcome: 'allow', rules: ['conditions.invoice_amount[0]'] }],
    ['no obligations', { outcome: 'allow', obligations: {} }],
    ['the lifetime', { outcome: 'allow', lifetime: { first: 300, total: 300 } }],
    ['part of a reason', { outcome: 'allow', reasons: [{ rule: 'risk', value: '20' }] }],
  ])('is met: %s', (_, expected) => {
    expect(mismatchesOf(expected, allowed)).toEqual([]);
  });

  it.each<[string, string, Expectation]>([
    ['another outcome', 'outcome', { outcome: 'deny' }],
    ['another risk', 'risk', { outcome: 'allow', risk: 21 }],
    [
      'a rule that is not among the reasons',
      'rules',
      { outcome: 'allow', rules: ['conditions.invoice_amount[1]'] },
    ],
    ['an obligation that is not there', 'obligations', { outcome: 'allow', obligations: { longest: 120 } }],
    ['another lifetime', 'lifetime', { outcome: 'allow', lifetime: { first: 300, total: 301 } }],
    [
      'a reason with another value',
      'reason risk',
      { outcome: 'allow', reasons: [{ rule: 'risk', value: '21' }] },
    ],
    ['a reason that is not given', 'reason x', { outcome: 'allow', reasons: [{ rule: 'x' }] }],
    ['an error where there is none', 'error', { outcome: 'allow', error: { code: 'invalid_request' } }],
  ])('comes out red: %s', (_, what, expected) => {
    expect(mismatchesOf(expected, allowed)).toMatchObject([{ what }]);
  });

  it('comes out red when something else denies, too', () => {
    const both = ['conditions.invoice_amount[2]', 'conditions.user_delegation'];
    expect(mismatchesOf({ outcome: 'deny', rules: both }, denied)).toEqual([]);
    expect(mismatchesOf({ outcome: 'deny', rules: both.slice(0, 1) }, denied)).toMatchObject([
      { what: 'rules' },
    ]);
    expect(mismatchesOf({ outcome: 'deny', rules: [...both, 'risk'] }, denied)).toMatchObject([
      { what: 'rules' },
    ]);
  });

  it('names an error by code and path', () => {
    const error = { code: 'invalid_request', path: 'task.parameters.invoice_id' };
    expect(mismatchesOf({ outcome: 'error', error }, refused)).toEqual([]);
    expect(mismatchesOf({ outcome: 'error', error: { code: error.code } }, refused)).toMatchObject([
      { what: 'error', actual: expect.stringContaining('task.parameters.invoice_id') },
    ]);
  });
});
