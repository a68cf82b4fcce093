import { nothingLeft } from '../decide.ts';
import type { Lease } from '../lease.ts';
import { deploymentMaximum } from '../lifetime.ts';
import { after, type EpochSeconds } from '../time.ts';
import { denied, type Judged } from './judge-task.ts';

/**
 * Of a lease's capabilities, or those of them that are wanted, what the decision of now does not leave out. Throws
 * `access_denied` where that is nothing.
 */
export function capabilitiesLeft(
  { task }: Pick<Lease, 'task'>,
  { task: granted }: Pick<Judged, 'task'>,
  wanted: readonly string[] = task.capabilities,
): readonly string[] {
  const left = wanted.filter((name) => granted.capabilities.includes(name));
  if (left.length === 0) throw denied([nothingLeft(wanted)]);
  return left;
}

/**
 * Until when the lease may live by the decision of now, which its renewals do not pass. Throws `access_denied` where it
 * has been promised more than that: new credentials would work longer than anybody is given by now.
 */
export function lifeLeft(
  { issued_at, deadline, renewable_until }: Pick<Lease, 'issued_at' | 'deadline' | 'renewable_until'>,
  { decision, policy }: Pick<Judged, 'decision' | 'policy'>,
): EpochSeconds {
  const longest = Math.min(decision.obligations.longest ?? deploymentMaximum, policy.lifetime.longest);
  const latest = after(issued_at, longest);
  if (deadline <= latest) return latest < renewable_until ? latest : renewable_until;
  throw denied([
    {
      rule: 'obligations.longest',
      value: `${deadline - issued_at} s`,
      threshold: `at most ${longest} s`,
      effect: 'deny',
      would_change: 'asking for a new lease, or in other circumstances',
    },
  ]);
}
