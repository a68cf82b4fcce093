import { nothingLeft } from '../decide.ts';
import { needsEnding } from '../grant.ts';
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
 * Until when the lease may live by the decision of now, which its renewals do not pass: its deadline, where something of it
 * would go on that nobody is granted any more. Throws `access_denied` where it has been promised more than that: new
 * credentials would work longer than anybody is given by now.
 */
export function lifeLeft(
  lease: Pick<Lease, 'issued_at' | 'deadline' | 'renewable_until' | 'grants'>,
  { decision, policy, task }: Judged,
): EpochSeconds {
  const { issued_at, deadline, renewable_until } = lease;
  const longest = Math.min(decision.obligations.longest ?? deploymentMaximum, policy.lifetime.longest);
  const latest = after(issued_at, longest);
  if (deadline <= latest) {
    if (goesOnUngranted(lease, task.capabilities)) return deadline;
    return latest < renewable_until ? latest : renewable_until;
  }
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

/**
 * Whether the lease holds something that is not granted by now and ends with the lease alone: an open session of a database,
 * a token to be revoked, calls of the broker. Credentials that say themselves when they end are only not made again.
 */
function goesOnUngranted({ grants }: Pick<Lease, 'grants'>, granted: readonly string[]): boolean {
  return grants.some(
    (grant) =>
      (grant.kind === 'proxy' || needsEnding(grant)) &&
      grant.capabilities.some((each) => !granted.includes(each)),
  );
}
