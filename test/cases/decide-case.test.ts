import { describe, expect, it } from 'vitest';
import { decideCase } from '../../core/cases/decide-case.ts';
import { runCase } from '../../core/cases/run-case.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import { invoiceGiven, invoiceResult, invoiceSituation, policyFor } from './invoice-case.ts';

describe('a case', () => {
  it('that is denied by its values still shows every rule and the risk', async () => {
    const { outcome, reasons, risk, values } = await invoiceResult({ records: { invoice_amount: 50_000 } });
    expect({ outcome, risk }).toEqual({ outcome: 'deny', risk: 20 });
    expect(values).toEqual({ customer_id: 'acme', invoice_id: '4711', invoice_amount: 50_000 });
    expect(reasons.filter(({ effect }) => effect === 'deny').map(({ rule }) => rule)).toEqual([
      'conditions.invoice_amount[2]',
    ]);
    expect(reasons.map(({ rule }) => rule)).toContain('conditions.user_delegation');
  });

  it('that is refused before its conditions are asked says what they would have said', async () => {
    const { reasons, unasked, values, risk } = await invoiceResult({ user: null });
    expect(reasons.map(({ rule }) => rule)).toEqual(['conditions.user_delegation']);
    expect(unasked).toMatchObject([{ rule: 'conditions.business_hours', effect: 'allow' }]);
    expect({ values, risk }).toEqual({});
  });

  it('that waits for people shows which limits count it only when it is collected', async () => {
    const { outcome, limits } = await invoiceResult({
      records: { invoice_amount: 5_000 },
      usage: { 'limits.concurrent_leases': 50 },
    });
    expect(outcome).toBe('require_approval');
    expect(limits.map(({ quota, when, full }) => [quota.rule, when, full !== undefined])).toEqual([
      ['limits.per_hour', 'asked', false],
      ['limits.per_task', 'asked', false],
      ['limits.concurrent_leases', 'collected', true],
      ['limits.sum.invoice_amount', 'collected', false],
    ]);
  });

  it('asks the systems of record only for what is looked up, and for nothing that nobody needs', async () => {
    const given = invoiceGiven();
    const { outcome } = await decideCase(policyFor('invoice_processor'), {
      ...given,
      records: 'unavailable',
    });
    expect(outcome).toBe('error');
    const release = policyFor('release_agent');
    const task = { ...given.task, capabilities: ['push_image'], parameters: { service: 'web' } };
    const asked = { ...given, user: undefined, records: 'unavailable', task } as const;
    expect((await decideCase(release, asked)).outcome).toBe('allow');
  });

  it('whose session policy does not fit is refused, and never granted less', async () => {
    const policy = policyFor('invoice_processor');
    const aws = { actions: ['s3:GetObject'], resources: Array.from({ length: 10 }, (_, i) => long(i)) };
    const wide: ContextPolicy = {
      ...policy,
      capabilities: { ...policy.capabilities, read_invoice: { aws } },
    };
    const { outcome, error } = await decideCase(wide, invoiceGiven());
    expect(outcome).toBe('error');
    expect(error).toMatchObject({ code: 'invalid_request', path: 'task.capabilities' });
    expect(error?.detail).toMatch(/characters of 2048/);
  });

  it('is compared with the policy as JSON: what JSON cannot hold comes out red', async () => {
    const policy = policyFor('invoice_processor');
    const endless: ContextPolicy = { ...policy, limits: { ...policy.limits, concurrent_leases: Number.NaN } };
    const { base, one } = {
      base: invoiceSituation(),
      one: { name: 'x', expect: { outcome: 'allow' } },
    } as const;
    const file = { policy: 'invoice-processor.yaml', base, cases: [] };
    expect((await runCase(policy, file, one)).mismatches).toEqual([]);
    expect((await runCase(endless, file, one)).mismatches).toMatchObject([{ what: 'the policy as JSON' }]);
  });
});

function long(i: number): string {
  return `arn:aws:s3:::acme-invoices/${'x'.repeat(190)}${i}`;
}
