import type { Reason } from '../decision.ts';
import type { Lease } from '../lease.ts';
import { askedQuotas, grantedQuotas, limitReason, type Quota } from '../quota.ts';
import type { Judged } from '../use-cases/judge-task.ts';
import type { Given } from './given.ts';

/** One limit as this task meets it: `used` in the quota's units, `full` where there is no room for the task. */
export type LimitUse = {
  readonly quota: Quota;
  readonly used: number;
  readonly full?: Reason;
  /** What waits for people is counted by some limits only when it is collected. */
  readonly when: 'asked' | 'collected';
};

/** All limits that count this lease. What waits for people is counted as a grant once they have approved it. */
export function limitsFor({ policy, decision }: Judged, lease: Lease, { usage }: Given): LimitUse[] {
  const waits = decision.outcome === 'require_approval' && lease.ancestors.length === 0;
  const use = (quota: Quota, when: LimitUse['when']): LimitUse => {
    const used = Math.round((usage[quota.rule] ?? 0) / quota.unit);
    const full = fullReason(quota, used);
    return { quota, used, when, ...(full && { full }) };
  };
  return [
    ...askedQuotas(policy, lease, lease.issued_at).map((quota) => use(quota, 'asked')),
    ...grantedQuotas(policy, lease, lease.issued_at).map((quota) =>
      use(quota, waits ? 'collected' : 'asked'),
    ),
  ];
}

/** Why there is no room: people are not asked for what no sum would let through, whatever else is full. */
export function refusals(limits: readonly LimitUse[]): Reason[] {
  const full = (chosen: (use: LimitUse) => boolean) =>
    limits.filter(chosen).flatMap((use) => (use.full ? [use.full] : []));
  const hopeless = full(({ when, quota }) => when === 'collected' && !quota.live);
  return hopeless.length > 0 ? hopeless : full(({ when }) => when === 'asked');
}

function fullReason(quota: Quota, used: number): Reason | undefined {
  if (quota.amount > quota.most) return limitReason(quota, 0);
  return used + quota.amount > quota.most ? limitReason(quota, used) : undefined;
}
