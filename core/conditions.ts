import { hoursText, isOpen, wallClock } from './business-hours.ts';
import type { Finding } from './decision.ts';
import type { Person } from './person.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { Conditions } from './policy/schema-conditions.ts';
import { remembered } from './remembered.ts';
import type { EpochSeconds } from './time.ts';

/** The person behind a task as records keep them: nothing of their token but what a decision looks at. */
export type Delegator = Pick<Person, 'issuer' | 'subject' | 'mfa' | 'authenticated_at'> & {
  /** When their token was shown: what it allowed then does not end while a lease waits or is renewed. */
  readonly presented_at: EpochSeconds;
};

/** A person whose token is shown now, without what only the token is needed for. */
export function delegatorOf(
  { issuer, subject, mfa, authenticated_at }: Person,
  presented_at: EpochSeconds,
): Delegator {
  return { issuer, subject, mfa, ...(authenticated_at !== undefined && { authenticated_at }), presented_at };
}

/** What a condition met, and what would meet it. */
type Met = { readonly met: boolean; readonly value: string; readonly would: string };

/** What the two built-in conditions of a policy say, those that it uses. */
export function conditionFindings(
  { conditions: { user_delegation: delegation, business_hours: hours }, risk: { weights } }: ContextPolicy,
  user: Delegator | undefined,
  now: EpochSeconds,
): Finding[] {
  const findings: Finding[] = [];
  if (delegation.is !== 'not_used') {
    const threshold = `${delegation.is}: ${delegationText(delegation)}`;
    const found = { rule: 'conditions.user_delegation', threshold, ...delegationMet(delegation, user) };
    findings.push(findingOf(delegation, found, weights.no_user_delegation));
  }
  if (hours.is !== 'not_used') {
    const text = hoursText(hours);
    const found = {
      rule: 'conditions.business_hours',
      threshold: `${hours.is}: ${text}`,
      met: isOpen(hours, now),
      value: `${wallClock(hours.zone, now)} ${hours.zone}`,
      would: `asking within ${text}`,
    };
    findings.push(findingOf(hours, found, weights.outside_business_hours));
  }
  return findings;
}

/** `required` unmet denies; `preferred` unmet adds risk and grants less. */
function findingOf(
  { is, otherwise }: Pick<Conditions['user_delegation'], 'is' | 'otherwise'>,
  { rule, threshold, met, value, would }: Met & { readonly rule: string; readonly threshold: string },
  weight: number,
): Finding {
  if (met) return { reason: { rule, value, threshold, effect: 'allow', would_change: `nothing: it is met` } };
  if (is === 'required') return { reason: { rule, value, threshold, effect: 'deny', would_change: would } };
  const { risk = weight, ...less } = otherwise;
  return { reason: { rule, value, threshold, effect: 'allow', would_change: would, risk }, ...less };
}

function delegationMet(
  { mfa, max_age, issuers }: Conditions['user_delegation'],
  user: Delegator | undefined,
): Met {
  if (!user) return { met: false, value: 'no user', would: 'a subject_token of the user behind the task' };
  const value = `${user.subject} of ${user.issuer}`;
  if (issuers && !issuers.includes(user.issuer))
    return { met: false, value, would: `a user of ${issuers.join(' or ')}` };
  if (mfa === 'required' && !user.mfa)
    return { met: false, value: `${value}, without MFA`, would: 'signing in with MFA' };
  if (user.authenticated_at === undefined)
    return { met: false, value: `${value}, signed in nobody knows when`, would: 'a token with auth_time' };
  const age = user.presented_at - user.authenticated_at;
  if (age > max_age)
    return { met: false, value: `${value}, signed in ${age} s before`, would: 'signing in again' };
  return { met: true, value, would: '' };
}

const delegationText = remembered(({ mfa, max_age, issuers }: Conditions['user_delegation']) => {
  const who = issuers ? `a user of ${issuers.join(' or ')}` : 'a user';
  return `${who}${mfa === 'required' ? ', MFA' : ''}, signed in within ${max_age} s`;
});
