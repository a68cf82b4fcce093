import { describe, expect, it } from 'vitest';
import { alice, decided, reasonOf } from './deciding.ts';
import { compile, invoiceText } from './invoice-source.ts';
import { invoice, invoicePolicy } from './invoices.ts';

const both = ['read_invoice', 'file_result'];
const ruled = (then: unknown, more: Record<string, unknown> = {}) =>
  invoicePolicy({ conditions: { invoice_amount: [{ else: then }], ...more } });
const asks = (terms: object = {}) => ({ require_approval: { from: ['finance-managers'], ...terms } });

describe('a decision', () => {
  it('allows what every rule allows, and says why', () => {
    expect(decided(invoicePolicy())).toEqual({
      outcome: 'allow',
      risk: 20,
      obligations: {},
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
          would_change: 'invoice_amount otherwise: denied',
        },
        {
          rule: 'risk.claimed_parameters',
          value: 'customer_id, invoice_amount, invoice_id',
          threshold: 'nothing claimed',
          effect: 'allow',
          would_change: 'a verified source for them',
          risk: 20,
        },
        {
          rule: 'risk',
          value: '20',
          threshold: 'approval from 50 (nobody to ask: denied), denied from 80',
          effect: 'allow',
          would_change: 'without risk.claimed_parameters: 0',
        },
      ],
    });
  });

  it('denies with the rule, the value, the threshold and what would change it', () => {
    const decision = decided(invoicePolicy(), { parameters: { ...invoice, invoice_amount: 5_000 } });
    expect(decision.outcome).toBe('deny');
    expect(reasonOf(decision, 'conditions.invoice_amount[1]')).toEqual({
      rule: 'conditions.invoice_amount[1]',
      value: '5000',
      threshold: 'else',
      effect: 'deny',
      would_change: 'invoice_amount < 1000: approved automatically',
    });
  });

  it('lets one denying rule win over all that allow or ask', () => {
    expect(decided(ruled('deny', { user_delegation: 'required' }), { user: alice }).outcome).toBe('deny');
    expect(decided(ruled(asks(), { user_delegation: 'required' })).outcome).toBe('deny');
    expect(decided(ruled(asks())).outcome).toBe('require_approval');
  });

  it('denies a task that names no capability', () => {
    expect(decided(invoicePolicy(), { capabilities: [] }).outcome).toBe('deny');
  });

  it.each([
    'delete_everything',
    'constructor',
    '__proto__',
    'toString',
  ])('denies the capability %s', (name) => {
    expect(decided(invoicePolicy(), { capabilities: ['read_invoice', name] }).outcome).toBe('deny');
  });

  it('reads every word of the whole language: a small invoice of an owner with a user, by day', () => {
    const parameters = { ...invoice, supplier: 'initech' };
    const decision = decided(compile(invoiceText), { capabilities: both, parameters, user: alice });
    expect(decision).toMatchObject({ risk: 50, outcome: 'require_approval' });
    expect(decision.obligations).toEqual({
      without: ['file_result'],
      approvals: [{ from: ['risk-team'], count: 1, within: 3_600, mfa: 'required' }],
    });
  });
});

describe('what a decision obliges to', () => {
  it('is the shortest lifetime of all that say one', () => {
    const policy = ruled(
      { auto_approve: { longest: '10m' } },
      {
        customer_id: [{ else: { auto_approve: { longest: '9m' } } }],
        user_delegation: { is: 'preferred', otherwise: { longest: '11m', risk: 0 } },
      },
    );
    expect(decided(policy).obligations).toEqual({ longest: 540 });
  });

  it('is to leave out every capability that some rule leaves out, and no other', () => {
    const policy = ruled(
      { auto_approve: { without: ['file_result'] } },
      { customer_id: [{ else: { auto_approve: { without: ['file_result', 'unasked'] } } }] },
    );
    expect(decided(policy, { capabilities: both }).obligations).toEqual({ without: ['file_result'] });
    expect(decided(policy, { capabilities: ['read_invoice'] }).obligations).toEqual({});
  });

  it('denies where nothing is left, and says what was left out', () => {
    const policy = ruled({ auto_approve: { without: both } });
    const decision = decided(policy, { capabilities: both });
    expect(decision).toMatchObject({ outcome: 'deny', obligations: {} });
    expect(reasonOf(decision, 'obligations.without')).toMatchObject({
      value: both.join(', '),
      effect: 'deny',
    });
  });

  it('is to ask all groups that rules name, the same groups once and by the stricter terms', () => {
    const policy = ruled(asks({ from: ['a', 'b'], count: 2, within: '1h', mfa: 'not_required' }), {
      customer_id: [{ else: asks({ from: ['b', 'a', 'a'], count: 1, within: '30m' }) }],
      invoice_id: [{ else: asks({ from: ['c'], mfa: 'not_required' }) }],
    });
    expect(decided(policy).obligations.approvals).toEqual([
      { from: ['a', 'b'], count: 2, within: 1_800, mfa: 'required' },
      { from: ['c'], count: 1, within: 1_800, mfa: 'not_required' },
    ]);
  });

  it('takes a role for proof only where every rule does that asks the same groups', () => {
    const asking = (...proofs: (string | undefined)[]) => {
      const rule = (proof: string | undefined) => [{ else: asks({ ...(proof && { proof }) }) }];
      const [one, other] = proofs.map(rule);
      return decided(invoicePolicy({ conditions: { invoice_amount: one, customer_id: other } })).obligations;
    };
    expect(asking('role', 'role').approvals).toMatchObject([{ proof: 'role' }]);
    for (const proofs of [
      ['role', undefined],
      [undefined, 'role'],
      [undefined, undefined],
    ] as const)
      expect(asking(...proofs).approvals?.map(({ proof }) => proof)).toEqual([undefined]);
  });

  it('is nothing where the task is denied', () => {
    expect(decided(ruled(asks({ longest: '5m' }), { user_delegation: 'required' }))).toMatchObject({
      outcome: 'deny',
      obligations: {},
    });
  });
});
