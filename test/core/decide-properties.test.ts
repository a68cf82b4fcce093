import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after } from '../../core/time.ts';
import { alice, decided, outcomes, tuesday } from './deciding.ts';
import { invoice, invoicePolicy } from './invoices.ts';

const both = ['read_invoice', 'file_result'];

/** Verdicts as policies write them, of every kind. */
const obligations = fc.record(
  {
    risk: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 100 })),
    longest: fc.integer({ min: 1, max: 900 }).map((each) => `${each}s`),
    without: fc.subarray(['read_invoice', 'file_result', 'other'], { minLength: 1 }),
  },
  { requiredKeys: [] },
);
const groups = fc.subarray(['a', 'b', 'c'], { minLength: 1 });
const verdicts = fc.oneof(
  { weight: 3, arbitrary: fc.constant('auto_approve') },
  fc.constant('deny'),
  obligations.map((each) => ({ auto_approve: each })),
  fc.tuple(obligations, groups).map(([each, from]) => ({ require_approval: { ...each, from } })),
);
const needs = fc.constantFrom('required', 'preferred', 'not_used', 'not_used');
const conditions = fc.record(
  {
    invoice_amount: verdicts.map((then) => [{ if: '< 1000', then }, { else: 'deny' }]),
    customer_id: verdicts.map((then) => [{ else: then }]),
    user_delegation: needs,
    business_hours: needs,
  },
  { requiredKeys: [] },
);
const risk = fc.record(
  { approval: fc.constantFrom({}, { from: ['risk-team'] }, { at: 20 }, { at: 1, from: ['risk-team'] }) },
  { requiredKeys: [] },
);
const circumstances = fc.record({
  capabilities: fc.oneof(
    { weight: 4, arbitrary: fc.subarray(both, { minLength: 1 }) },
    fc.uniqueArray(fc.constantFrom(...both, 'unknown'), { minLength: 1 }),
  ),
  parameters: fc.integer({ min: 0, max: 1_200 }).map((invoice_amount) => ({ ...invoice, invoice_amount })),
  now: fc.integer({ min: 0, max: 7 * 24 }).map((hour) => after(tuesday, hour * 3_600)),
  user: fc.constantFrom(undefined, alice, alice, { ...alice, mfa: false }),
  depth: fc.constantFrom(0, 0, 1, 4),
});
const severity = (decision: ReturnType<typeof decided>) => outcomes.indexOf(decision.outcome);

describe('whatever a policy says', () => {
  it('the strictest reason wins', () => {
    const seen = { allow: 0, require_approval: 0, deny: 0 };
    fc.assert(
      fc.property(conditions, risk, circumstances, (written, risks, asked) => {
        const decision = decided(invoicePolicy({ conditions: written, risk: risks }), asked);
        const strictest = Math.max(...decision.reasons.map(({ effect }) => outcomes.indexOf(effect)));
        expect(severity(decision)).toBe(strictest);
        expect(decision.risk).toBeLessThanOrEqual(100);
        expect('approvals' in decision.obligations).toBe(decision.outcome === 'require_approval');
        seen[decision.outcome]++;
      }),
      { numRuns: 500 },
    );
    for (const outcome of outcomes) expect(seen[outcome], outcome).toBeGreaterThan(5);
  });

  it('one more rule never makes the outcome milder, the risk less, the lease longer or wider', () => {
    fc.assert(
      fc.property(conditions, risk, circumstances, verdicts, (written, risks, asked, then) => {
        const before = decided(invoicePolicy({ conditions: written, risk: risks }), asked);
        const more = { ...written, invoice_id: [{ else: then }] };
        const since = decided(invoicePolicy({ conditions: more, risk: risks }), asked);
        expect(severity(since)).toBeGreaterThanOrEqual(severity(before));
        expect(since.risk).toBeGreaterThanOrEqual(before.risk);
        if (since.outcome === 'deny') return;
        const [was, is] = [before.obligations, since.obligations];
        expect(is.longest ?? 900).toBeLessThanOrEqual(was.longest ?? 900);
        expect(is.without ?? []).toEqual(expect.arrayContaining([...(was.without ?? [])]));
        expect((is.approvals ?? []).length).toBeGreaterThanOrEqual((was.approvals ?? []).length);
      }),
      { numRuns: 500 },
    );
  });

  it('the order in which capabilities are named changes nothing', () => {
    fc.assert(
      fc.property(conditions, risk, circumstances, (written, risks, asked) => {
        const policy = invoicePolicy({ conditions: written, risk: risks });
        const turned = { ...asked, capabilities: asked.capabilities.toReversed() };
        const [one, other] = [decided(policy, asked), decided(policy, turned)];
        expect(other).toMatchObject({ outcome: one.outcome, risk: one.risk });
        expect([...(other.obligations.without ?? [])].sort()).toEqual(
          [...(one.obligations.without ?? [])].sort(),
        );
        expect({ ...other.obligations, without: [] }).toEqual({ ...one.obligations, without: [] });
        expect(other.reasons.map(({ rule }) => rule).sort()).toEqual(
          one.reasons.map(({ rule }) => rule).sort(),
        );
      }),
      { numRuns: 300 },
    );
  });
});
