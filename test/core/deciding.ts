import { expect } from 'vitest';
import type { Delegator } from '../../core/conditions.ts';
import { type Asked, decide } from '../../core/decide.ts';
import type { Decision, Outcome } from '../../core/decision.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import { after, fromIso } from '../../core/time.ts';
import { invoice } from './invoices.ts';

/** A Tuesday, 10:00 in UTC: within hours, unless a test says otherwise. */
export const tuesday = fromIso('2026-11-24T10:00:00Z');

/** A user whom the strictest delegation takes: MFA, signed in a minute ago. */
export const alice: Delegator = {
  issuer: 'https://login.example.com',
  subject: 'alice',
  mfa: true,
  authenticated_at: after(tuesday, -60),
  presented_at: tuesday,
};

/** From the mildest to the strictest. */
export const outcomes: readonly Outcome[] = ['allow', 'require_approval', 'deny'];

/**
 * Decides twice, by the policy as it was compiled and by the JSON that functions read: both decide the same, and each
 * reason says all that a reason has to say.
 */
export function decided(policy: ContextPolicy, asked: Partial<Asked> = {}): Decision {
  const whole = { capabilities: ['read_invoice'], parameters: invoice, now: tuesday, ...asked };
  const decision = decide(policy, whole);
  expect(decide(JSON.parse(JSON.stringify(policy)), whole)).toEqual(decision);
  for (const { rule, value, threshold, would_change } of decision.reasons)
    for (const text of [rule, value, threshold, would_change]) expect(text).toMatch(/^\S(.*\S)?$/);
  return decision;
}

/** What a decision says of a rule; throws where it says nothing. */
export function reasonOf({ reasons }: Decision, rule: string) {
  const reason = reasons.find((each) => each.rule === rule);
  if (!reason) throw new Error(`no reason ${rule} among ${reasons.map((each) => each.rule).join(', ')}`);
  return reason;
}
