import { describe, expect, it } from 'vitest';
import { fromIso } from '../../core/time.ts';
import { alice, decided, reasonOf } from './deciding.ts';
import { invoice, invoicePolicy } from './invoices.ts';

const sunday = fromIso('2026-11-22T10:00:00Z');
const nothingClaimed = { weights: { claimed_parameters: 0 } };
/** A task whose only rule adds so much risk. */
const risky = (risk: number, terms: object = {}) =>
  decided(
    invoicePolicy({
      conditions: { invoice_amount: [{ else: { auto_approve: { risk } } }] },
      risk: { ...nothingClaimed, ...terms },
    }),
  );
const approval = { from: ['risk-team'], count: 2, within: '1h' };
const asked = [{ from: ['risk-team'], count: 2, within: 3_600, mfa: 'required' }];

describe('the risk of a task', () => {
  it.each([
    [0, 'allow'],
    [49, 'allow'],
    [50, 'require_approval'],
    [79, 'require_approval'],
    [80, 'deny'],
    [100, 'deny'],
  ])('of %i comes to %s', (risk, outcome) => {
    const decision = risky(risk, { approval });
    expect(decision).toMatchObject({ risk, outcome });
    expect(decision.obligations).toEqual(outcome === 'require_approval' ? { approvals: asked } : {});
  });

  it.each([
    [49, 'allow'],
    [50, 'deny'],
    [79, 'deny'],
  ])('of %i comes to %s where there is nobody to ask', (risk, outcome) => {
    const decision = risky(risk);
    expect(decision.outcome).toBe(outcome);
    expect(reasonOf(decision, 'risk').threshold).toBe(
      'approval from 50 (nobody to ask: denied), denied from 80',
    );
  });

  it.each([
    [29, 'allow'],
    [30, 'require_approval'],
    [40, 'deny'],
  ])('of %i comes to %s by thresholds of the policy', (risk, outcome) => {
    expect(risky(risk, { approval: { ...approval, at: 30 }, deny: { at: 40 } }).outcome).toBe(outcome);
  });

  it('denies from the threshold on where both are the same', () => {
    const both = { approval: { ...approval, at: 50 }, deny: { at: 50 } };
    expect(risky(49, both).outcome).toBe('allow');
    expect(risky(50, both).outcome).toBe('deny');
  });

  it('is never more than 100, and its reason counts on from what it really is', () => {
    const heavy = { auto_approve: { risk: 90 } };
    const conditions = {
      invoice_amount: [{ else: heavy }],
      customer_id: [{ else: { auto_approve: { risk: 70 } } }],
    };
    const decision = decided(invoicePolicy({ conditions, risk: nothingClaimed }));
    expect(decision).toMatchObject({ risk: 100, outcome: 'deny' });
    expect(reasonOf(decision, 'risk')).toMatchObject({
      value: '100',
      would_change: 'without conditions.invoice_amount[0]: 70',
    });
  });

  it('adds up what is claimed, who and what is missing, what outlives, and through whom it was asked', () => {
    const weights = {
      claimed_parameters: 1,
      no_user_delegation: 2,
      outside_business_hours: 4,
      outliving_capability: 8,
      delegated_agent: 16,
    };
    const { read_invoice } = invoicePolicy().capabilities;
    if (!read_invoice) throw new Error('no such capability');
    const policy = invoicePolicy({
      conditions: { user_delegation: 'preferred', business_hours: 'preferred' },
      risk: { weights },
      capabilities: { read_invoice: { ...read_invoice, outlives: 'what was read' } },
    });
    expect(decided(policy, { now: sunday, depth: 2 }).risk).toBe(1 + 2 + 4 + 8 + 2 * 16);
    expect(decided(policy, { now: sunday, depth: 1 }).risk).toBe(1 + 2 + 4 + 8 + 16);
    expect(decided(policy, { user: alice }).risk).toBe(1 + 8);
  });

  it('has a reason for each part, and each part a weight that can be 0', () => {
    const conditions = { invoice_amount: [{ else: 'auto_approve' }] };
    const decision = decided(invoicePolicy({ conditions, risk: nothingClaimed }));
    expect(reasonOf(decision, 'risk.claimed_parameters')).toMatchObject({ risk: 0 });
    expect(decision.reasons.map(({ rule }) => rule)).not.toContain('risk');
  });
});

describe('what a task rests on by the words of its agent', () => {
  const text = { type: 'string', pattern: '[a-z0-9]{1,36}' } as const;
  const lookup = { lookup: { s3: 'acme', key: '${invoice_id}.json', field: 'owner' } };
  const claimedIn = (parameters: object, resource: string, conditions = {}) => {
    const aws = { actions: ['s3:GetObject'], resources: [resource] };
    const policy = invoicePolicy({
      parameters: parameters as ReturnType<typeof invoicePolicy>['parameters'],
      conditions,
      capabilities: { c: { aws } },
    });
    const { reasons } = decided(policy, { capabilities: ['c'], parameters: { ...invoice, owner: 'bob' } });
    return reasons.find(({ rule }) => rule === 'risk.claimed_parameters')?.value;
  };

  it('is what it claims and gets', () => {
    const parameters = {
      invoice_id: { ...text, source: 'claimed' },
      owner: { ...text, source: 'delegation' },
    };
    expect(claimedIn(parameters, 'arn:aws:s3:::acme/${invoice_id}')).toBe('invoice_id');
    expect(claimedIn(parameters, 'arn:aws:s3:::acme/${owner}')).toBeUndefined();
  });

  it('is what it claims and is judged by', () => {
    const parameters = {
      invoice_id: { ...text, source: 'claimed' },
      owner: { ...text, source: 'delegation' },
    };
    const conditions = { invoice_id: [{ else: 'auto_approve' }] };
    expect(claimedIn(parameters, 'arn:aws:s3:::acme/${owner}', conditions)).toBe('invoice_id');
  });

  it('is what somebody else says of a thing that it names', () => {
    const parameters = { invoice_id: { ...text, source: 'claimed' }, owner: { ...text, source: lookup } };
    expect(claimedIn(parameters, 'arn:aws:s3:::acme/${owner}')).toBe('invoice_id');
    const conditions = { owner: [{ else: 'auto_approve' }] };
    expect(claimedIn(parameters, 'arn:aws:s3:::acme/fixed', conditions)).toBe('invoice_id');
  });
});
