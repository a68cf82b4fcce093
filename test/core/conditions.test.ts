import { describe, expect, it } from 'vitest';
import { type Delegator, delegatorOf } from '../../core/conditions.ts';
import { after, fromIso } from '../../core/time.ts';
import { alice, decided, reasonOf, tuesday } from './deciding.ts';
import { invoicePolicy } from './invoices.ts';

const sunday = fromIso('2026-11-22T10:00:00Z');
const delegating = (user_delegation: unknown, user: Delegator | undefined) =>
  decided(invoicePolicy({ conditions: { user_delegation } }), { user });
const timed = (business_hours: unknown, now = sunday) =>
  decided(invoicePolicy({ conditions: { business_hours } }), { now });
const { authenticated_at: _, ...undated } = alice;

describe('a user behind the task', () => {
  it('when required and there, allows', () => {
    const decision = delegating('required', alice);
    expect(decision).toMatchObject({ outcome: 'allow', obligations: {} });
    expect(reasonOf(decision, 'conditions.user_delegation')).toEqual({
      rule: 'conditions.user_delegation',
      value: 'alice of https://login.example.com',
      threshold: 'required: a user, MFA, signed in within 3600 s',
      effect: 'allow',
      would_change: 'nothing: it is met',
    });
  });

  it('when required and not there, denies', () => {
    const decision = delegating('required', undefined);
    expect(decision.outcome).toBe('deny');
    expect(reasonOf(decision, 'conditions.user_delegation')).toMatchObject({
      value: 'no user',
      effect: 'deny',
      would_change: 'a subject_token of the user behind the task',
    });
  });

  it('when preferred and not there, adds its weight to the risk and says what would take it away', () => {
    const decision = delegating('preferred', undefined);
    // 30, and 20 for what the agent claims.
    expect(decision.risk).toBe(50);
    expect(reasonOf(decision, 'conditions.user_delegation')).toMatchObject({ effect: 'allow', risk: 30 });
    expect(delegating('preferred', alice).risk).toBe(20);
  });

  it('when not used, is no reason at all', () => {
    for (const user of [alice, undefined]) {
      const { outcome, reasons } = delegating('not_used', user);
      expect(outcome).toBe('allow');
      expect(reasons.map(({ rule }) => rule)).not.toContain('conditions.user_delegation');
    }
  });

  it.each([
    ['without MFA', { ...alice, mfa: false }, {}, 'signing in with MFA'],
    ['who signed in nobody knows when', undated, {}, 'a token with auth_time'],
    [
      'of another identity provider',
      { ...alice, issuer: 'https://login.example.org' },
      { issuers: ['https://login.example.com', 'https://login.example.net'] },
      'a user of https://login.example.com or https://login.example.net',
    ],
    [
      'of a provider whose address only begins alike',
      { ...alice, issuer: 'https://login.example.com.evil.example' },
      { issuers: ['https://login.example.com'] },
      'a user of https://login.example.com',
    ],
  ])('%s does not count', (_, user, terms, would_change) => {
    const decision = delegating({ is: 'required', ...terms }, user);
    expect(decision.outcome).toBe('deny');
    expect(reasonOf(decision, 'conditions.user_delegation').would_change).toBe(would_change);
    expect(delegating({ is: 'preferred', ...terms }, user).risk).toBe(50);
  });

  it('counts without MFA where the policy says so, and from each provider it names', () => {
    expect(delegating({ is: 'required', mfa: 'not_required' }, { ...alice, mfa: false }).outcome).toBe(
      'allow',
    );
    const issuers = ['https://login.example.org', alice.issuer];
    expect(delegating({ is: 'required', issuers }, alice).outcome).toBe('allow');
  });

  it.each([
    ['1m', 60],
    ['1h', 3_600],
    ['1d', 86_400],
  ])('who signed in %s ago still counts, and a second longer ago no more', (max_age, seconds) => {
    const since = (age: number) => ({ ...alice, authenticated_at: after(tuesday, -age) });
    expect(delegating({ is: 'required', max_age }, since(seconds)).outcome).toBe('allow');
    const late = delegating({ is: 'required', max_age }, since(seconds + 1));
    expect(late.outcome).toBe('deny');
    expect(reasonOf(late, 'conditions.user_delegation').value).toContain(`signed in ${seconds + 1} s before`);
  });

  it('is judged by when the token was shown: waiting for approval makes nobody too old', () => {
    const { issuer, subject, mfa } = alice;
    const person = { issuer, subject, mfa, authenticated_at: after(tuesday, -3_600), groups: [], claims: {} };
    const policy = invoicePolicy({ conditions: { user_delegation: 'required' } });
    const user = delegatorOf(person, tuesday);
    expect(decided(policy, { user, now: after(tuesday, 7_200) }).outcome).toBe('allow');
    expect(decided(policy, { user: delegatorOf(person, after(tuesday, 1)) }).outcome).toBe('deny');
  });

  it('leaves nothing of their token on the record but what decides', () => {
    const person = { ...alice, groups: ['finance'], claims: { sub: 'alice', secret: 'x' } };
    expect(delegatorOf(person, tuesday)).toEqual(alice);
    const { authenticated_at: _, ...undatedPerson } = person;
    expect(delegatorOf(undatedPerson, tuesday)).toEqual(undated);
  });
});

describe('the hours', () => {
  it('when required, deny outside and allow within', () => {
    const decision = timed('required');
    expect(decision.outcome).toBe('deny');
    expect(reasonOf(decision, 'conditions.business_hours')).toEqual({
      rule: 'conditions.business_hours',
      value: 'Sun 10:00 UTC',
      threshold: 'required: Mon-Fri 08:00-18:00 UTC',
      effect: 'deny',
      would_change: 'asking within Mon-Fri 08:00-18:00 UTC',
    });
    expect(timed('required', tuesday).outcome).toBe('allow');
  });

  it('when preferred, add their weight outside', () => {
    expect(timed('preferred').risk).toBe(50);
    expect(timed('preferred', tuesday).risk).toBe(20);
  });

  it('when not used, are no reason at all', () => {
    expect(timed('not_used').reasons.map(({ rule }) => rule)).not.toContain('conditions.business_hours');
  });
});

describe('what is granted otherwise', () => {
  const otherwise = { risk: 7, longest: '10m', without: ['file_result'] };
  const capabilities = ['read_invoice', 'file_result'];
  const decide = (is: string, now: typeof sunday) =>
    decided(invoicePolicy({ conditions: { business_hours: { is, otherwise } } }), { now, capabilities });

  it('holds where a preferred condition is not met, with its own risk in place of the weight', () => {
    expect(decide('preferred', sunday)).toMatchObject({
      outcome: 'allow',
      risk: 27,
      obligations: { longest: 600, without: ['file_result'] },
    });
  });

  it('holds nowhere else', () => {
    expect(decide('preferred', tuesday)).toMatchObject({ risk: 20, obligations: {} });
    expect(decide('not_used', sunday)).toMatchObject({ risk: 20, obligations: {} });
    expect(decide('required', sunday)).toMatchObject({ outcome: 'deny', obligations: {} });
  });

  it('counts as no risk where it says 0', () => {
    const conditions = { business_hours: { is: 'preferred', otherwise: { risk: 0 } } };
    expect(decided(invoicePolicy({ conditions }), { now: sunday }).risk).toBe(20);
  });
});
