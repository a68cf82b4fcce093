import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedQuotas, type Counted, grantedQuotas, limitReason, overEntries } from '../../core/quota.ts';
import { after } from '../../core/time.ts';
import { invoicePolicy, morning } from './invoices.ts';

const lease: Counted = {
  id: 'L-AAAAAAAAAAAAAAAA',
  agent: 'spiffe://mayfly.local/agent/invoice_processor/abc',
  agent_type: 'invoice_processor',
  principal: 'AROAAGENTONE',
  user: { issuer: 'https://login.example', subject: 'alice', mfa: true, presented_at: morning },
  task: {
    name: 'process invoice',
    purpose: 'p',
    capabilities: ['read_invoice'],
    parameters: { invoice_id: '4711', invoice_amount: 420 },
    sources: {},
    estimated_seconds: 120,
  },
  renewable_until: after(morning, 300),
  ancestors: [],
};
const ancestors = [{ lease: 'L-PARENT', agent: 'a', task: 't' }];

const asked = (limits: object, changed: Partial<Counted> = {}) =>
  askedQuotas(invoicePolicy({ limits: limits as never }), { ...lease, ...changed }, morning);
const granted = (limits: object, changed: Partial<Counted> = {}) =>
  grantedQuotas(invoicePolicy({ limits: limits as never }), { ...lease, ...changed }, morning);
const taskOf = (changed: Partial<Counted['task']>) => ({ task: { ...lease.task, ...changed } });

it('nothing is counted where nothing is limited', () => {
  expect([asked({}), granted({})]).toEqual([[], []]);
});

it('what is asked is counted by hour, and by task within its time; what is granted while it may live', () => {
  expect(asked({ per_hour: 10, per_task: { leases: 3, within: '2d' } })).toMatchObject([
    { rule: 'limits.per_hour', most: 10, amount: 1, live: false, until: after(morning, 3_600) },
    { rule: 'limits.per_task', most: 3, amount: 1, live: false, until: after(morning, 172_800) },
  ]);
  expect(granted({ concurrent_leases: 50 })).toMatchObject([
    { rule: 'limits.concurrent_leases', most: 50, amount: 1, live: true, until: lease.renewable_until },
  ]);
});

describe('a task', () => {
  const idOf = (changed: Partial<Counted>) => asked({ per_task: { leases: 3 } }, changed)[0]?.id;

  it.each<[string, Partial<Counted>]>([
    ['under another name', taskOf({ name: 'process invoice 4711 again' })],
    ['with another purpose', taskOf({ purpose: 'other' })],
    ['with other capabilities', taskOf({ capabilities: ['file_result'] })],
    [
      'with the same parameters in another order',
      taskOf({ parameters: { invoice_amount: 420, invoice_id: '4711' } }),
    ],
    ['of another agent of the principal', { agent: 'spiffe://mayfly.local/agent/invoice_processor/xyz' }],
    ['for another user', { user: { issuer: 'i', subject: 'bob', mfa: true, presented_at: morning } }],
  ])('%s is the same task', (_, changed) => {
    expect(idOf(changed)).toBe(idOf({}));
  });

  it.each<[string, Partial<Counted>]>([
    ['of another type', { agent_type: 'payer' }],
    ['of another principal', { principal: 'AROAAGENTTWO' }],
    ['with another value', taskOf({ parameters: { invoice_id: '4712', invoice_amount: 420 } })],
    ['with a number that was a text', taskOf({ parameters: { invoice_id: 4711, invoice_amount: 420 } })],
    ['with nothing but its name', taskOf({ parameters: {} })],
  ])('%s is another task', (_, changed) => {
    expect(idOf(changed)).not.toBe(idOf({}));
  });

  it('is one where it has no parameters, whatever it is called', () => {
    const named = (name: string) => idOf(taskOf({ name, parameters: {} }));
    expect(named('a')).toBe(named('b'));
  });

  it('that is delegated belongs to the task that it was delegated from, and is counted by hour and while it lives', () => {
    const limits = { per_task: { leases: 3 }, per_hour: 5 };
    expect(asked(limits, { ancestors }).map(({ rule }) => rule)).toEqual(['limits.per_hour']);
    const sums = { sum: { invoice_amount: 5_000, per: 'user', within: '1d' }, concurrent_leases: 2 };
    expect(granted(sums, { ancestors }).map(({ rule }) => rule)).toEqual(['limits.concurrent_leases']);
  });
});

describe('a sum', () => {
  const sum = (per: string, changed: Partial<Counted> = {}, most = 5_000) =>
    granted({ sum: { invoice_amount: most, per, within: '1d' } }, changed)[0];

  const other = {
    user: { user: { issuer: 'https://login.example', subject: 'bob', mfa: true, presented_at: morning } },
    agent: { agent: 'spiffe://mayfly.local/agent/invoice_processor/xyz' },
    principal: { principal: 'AROAAGENTTWO' },
  } as const;
  it.each(
    Object.keys(other) as (keyof typeof other)[],
  )('per %s is counted by that and by nothing else', (per) => {
    for (const [each, changed] of Object.entries(other)) {
      const same = sum(per, changed)?.id === sum(per)?.id;
      expect(same, each).toBe(each !== per);
    }
  });

  it('tells one person at two providers apart', () => {
    const elsewhere = {
      user: { issuer: 'https://other.example', subject: 'alice', mfa: true, presented_at: morning },
    };
    expect(sum('user', elsewhere)?.id).not.toBe(sum('user')?.id);
  });

  it.each([
    [0, 0],
    [0.1, 100_000],
    [0.3, 300_000],
    [0.000001, 1],
    [0.0000001, 1],
    [420.000000001, 420_000_001],
    [1.005, 1_005_000],
    [33.33, 33_330_000],
    [1_000_000_000, 1_000_000_000_000_000],
  ])('counts %d as %d millionths: exactly, or more', (value, amount) => {
    expect(sum('user', taskOf({ parameters: { invoice_amount: value } }))?.amount).toBe(amount);
  });

  it('counts no amount for less than it is, and none of at most six decimals for more', () => {
    const cents = fc.integer({ min: 0, max: 1_000_000_000_000 });
    fc.assert(
      fc.property(cents, fc.integer({ min: 0, max: 6 }), (digits, places) => {
        const value = digits / 10 ** places;
        const counted = sum('user', taskOf({ parameters: { invoice_amount: value } }), 1_000_000_000)?.amount;
        expect(counted).toBe(digits * 10 ** (6 - places));
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (value) => {
        const counted = sum('user', taskOf({ parameters: { invoice_amount: value } }))?.amount ?? -1;
        expect(counted * 0.000001).toBeGreaterThanOrEqual(value * (1 - 1e-12));
      }),
    );
  });

  it('of a text, or of nobody, is a fault and not nothing', () => {
    expect(() => sum('user', taskOf({ parameters: { invoice_amount: '420' } }))).toThrow('is no number');
    const { user: _, ...nobody } = lease;
    const policy = invoicePolicy({ limits: { sum: { invoice_amount: 1, per: 'user', within: '1d' } } });
    expect(() => grantedQuotas(policy, nobody, morning)).toThrow('per user');
  });

  it('is denied in the words of its amounts', () => {
    const quota = sum('user', taskOf({ parameters: { invoice_amount: 900.5 } }));
    expect(quota && limitReason(quota, 4_500_250_000)).toEqual({
      rule: 'limits.sum.invoice_amount',
      value: '4500.25 and 900.5 more',
      threshold: 'at most 5000',
      effect: 'deny',
      would_change: 'asking again when earlier ones no longer count',
    });
  });
});

it('an entry counts to the second before its time is over', () => {
  const entry = { lease: 'L', amount: 1, until: after(morning, 3_600), at: morning, by: 'attempt' };
  expect(overEntries([entry], after(morning, 3_599))).toEqual([]);
  expect(overEntries([entry], after(morning, 3_600))).toEqual([entry]);
});
