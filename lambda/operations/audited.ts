import { BrokerError } from '../../core/broker-error.ts';
import type { PersonIdentity } from '../../core/person.ts';
import type { JudgedLease } from '../../core/use-cases/read-lease.ts';

/** What somebody tried to say about a lease. */
export type VoteAttempt = {
  readonly lease: string;
  readonly decision: 'approve' | 'deny';
  readonly through: string;
  readonly reason?: string | undefined;
};

/** One line of audit: what was tried, by whom as far as they proved it, and what it came to. */
export type VoteEvent = VoteAttempt & {
  readonly event: 'vote';
  readonly voter?: PersonIdentity;
  /** The state of the lease after it, or the code of the refusal. */
  readonly outcome: string;
};

/** Runs an attempt and reports it, once, whether it counts or not. */
export async function audited(
  { audit }: { readonly audit: (event: VoteEvent) => void },
  attempt: VoteAttempt,
  run: (seen: (voter: PersonIdentity) => void) => Promise<JudgedLease>,
): Promise<JudgedLease> {
  let voter: PersonIdentity | undefined;
  const report = (outcome: string) => audit({ event: 'vote', ...attempt, ...(voter && { voter }), outcome });
  try {
    const judged = await run((seen) => {
      voter = seen;
    });
    report(judged.lease.state);
    return judged;
  } catch (fault) {
    report(fault instanceof BrokerError ? fault.code : 'server_error');
    throw fault;
  }
}
