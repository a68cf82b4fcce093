import { durationText } from '../duration.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { ApprovalTerms } from '../policy/schema-conditions.ts';
import { policyBudget } from '../session-policy.ts';
import type { CaseResult } from './decide-case.ts';
import type { Given } from './given.ts';
import type { LimitUse } from './limit-use.ts';

/** Who has to approve: a line for each of the terms, all of which are needed. */
export function approvalLines({ obligations }: CaseResult, { user, depth }: Given): string[] {
  const terms = obligations.approvals ?? [];
  if (terms.length === 0) return [];
  return [
    ...terms.map(termsText),
    ...(user ? [`not ${user.subject} of ${user.issuer}: nobody decides on what is done for them`] : []),
    ...(depth > 0 ? ['denied, unless they approved the lease that it is delegated from'] : []),
  ];
}

/** One of the terms in words: `1 of finance-managers, with MFA, within 30 min`. */
export function termsText({ from, count, within, mfa }: ApprovalTerms): string {
  const how = mfa === 'required' ? 'with MFA' : 'with or without MFA';
  return `${count} of ${from.join(' or ')}, ${how}, within ${durationText(within)}`;
}

/** What each limit counts of the task, and whether there is room. */
export function limitLines({ limits }: CaseResult, { at }: Given): string[] {
  return limits.map(({ quota, used, when, full }: LimitUse) => {
    const { rule, unit, amount, most, live, until } = quota;
    const shown = (units: number) => String(Number((units * unit).toFixed(6)));
    const counts = live ? 'while it lives' : `for ${durationText(until - at)}`;
    const room = full ? 'no room' : 'fits';
    const later = when === 'collected' ? '; counted when it is collected' : '';
    return `${rule}: ${shown(used)} used, ${shown(amount)} more ${counts}, at most ${shown(most)}: ${room}${later}`;
  });
}

/** What the lease would hold, and for how long. */
export function grantLines(policy: ContextPolicy, { grant, obligations }: CaseResult): string[] {
  if (!grant) return [];
  const { asks, lifetime, policySize } = grant;
  const { longest, without = [] } = obligations;
  const { heartbeat } = policy.lifetime;
  return [
    ...asks.flatMap(({ capability, actions, resources, outlives }) => [
      `${capability}: ${actions.join(', ')}`,
      ...resources.map((resource) => `  on ${resource}`),
      ...(outlives === undefined ? [] : [`  outlives the lease: ${outlives}`]),
    ]),
    ...(without.length > 0 ? [`left out: ${without.join(', ')}`] : []),
    `lives ${durationText(lifetime.first)}, with renewals ${durationText(lifetime.total)} at most${
      longest === undefined ? '' : `, as rules allow no more than ${durationText(longest)}`
    }`,
    heartbeat === undefined
      ? 'no heartbeats: an agent that dies keeps it to its deadline'
      : `heartbeats every ${durationText(heartbeat)}; silent for ${durationText(2 * heartbeat)}, it is revoked`,
    `its session policy takes ${thousands(policySize)} of ${thousands(policyBudget)} characters`,
  ];
}

/** `2,048`. */
export function thousands(value: number): string {
  return value.toLocaleString('en-US');
}
