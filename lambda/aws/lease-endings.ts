import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { denialMargin, grantRoleOf, type Lease, nextDue, wasMinted } from '../../core/lease.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { type EndCause, isTold, kindsLeft, type LeaseEnd, stateAfter } from '../../core/transitions.ts';
import type { EndableLeases } from '../../core/use-cases/end-lease.ts';
import type { DeniableLeases } from '../../core/use-cases/enforce.ts';
import type { HeardLeases } from '../../core/use-cases/heartbeat.ts';
import type { DueLeases } from '../../core/use-cases/sweep.ts';
import type { TimedLeases } from '../../core/use-cases/timer.ts';
import { leaseRecords } from './lease-records.ts';

const isActive = '#state = :active';
/** Of a record that is not there the second half alone would hold too, and the update would make one. */
const hasEnded = 'attribute_exists(id) AND NOT #state IN (:active, :issuing, :pending, :approved)';
const notMinted = '#state IN (:pending, :approved)';
/** No record is both. */
const never = `${isActive} AND ${notMinted}`;
const isHeard = '(attribute_not_exists(beat_due) OR beat_due > :at)';

/** `mayEnd` of core/transitions.ts, by the record as it is at that moment. */
const mayEnd: Readonly<Record<EndCause, string>> = {
  released: `${isActive} AND deadline > :at AND ${isHeard}`,
  cancelled: notMinted,
  deadline: `${isActive} AND deadline <= :at`,
  missed_heartbeat: `${isActive} AND beat_due <= :at`,
  revoked: '#state IN (:active, :issuing)',
  scope_revoked: '#state IN (:active, :issuing)',
};

/** The same of a lease that was read before anything was minted: if it was since, there is more to be done. */
const mayEndUnminted: Readonly<Record<EndCause, string>> = {
  ...mayEnd,
  released: never,
  missed_heartbeat: never,
  deadline:
    '(#state = :pending AND approval.approve_by <= :at) OR (#state = :approved AND approval.collect_by <= :at)',
  revoked: notMinted,
  scope_revoked: notMinted,
};

/** What IAM is told of alone is noted for denial, for as long as the latest credential lives, and stays due until then. */
const alone =
  'SET #state = :state, #end = :end, deny_role = :role, deny_until = credential_until + :margin, due_at = :at';
/** What has grants of its own to be ended stays due until nothing is left of them. */
const waiting = 'SET #state = :state, #end = :end, due_at = :at REMOVE awaiting, approve_by';
const other = 'SET #state = :state, #end = :end REMOVE due_shard, due_at, awaiting, approve_by';

/** The verbs of living and ending, each one conditional write. */
export type LeaseEndings = Pick<EndableLeases, 'find' | 'end'> &
  Pick<HeardLeases, 'beat'> &
  Pick<TimedLeases, 'rearm'> &
  Pick<DueLeases, 'postpone' | 'done'> &
  Pick<DeniableLeases, 'leaveToExpiry'>;

/** Leases in DynamoDB as they live and end. */
export function leaseEndings(dynamo: DynamoDBDocumentClient, table: string): LeaseEndings {
  const { find, update } = leaseRecords(dynamo, table);
  const values = {
    ':active': 'active',
    ':issuing': 'issuing',
    ':released': 'released',
    ':pending': 'pending',
    ':approved': 'approved',
  };
  /** The SDK asks again when an answer is lost, and then meets its own first write. */
  const isOurs = async (id: string, { at, cause, by }: LeaseEnd) => {
    const written = (await find(id))?.end;
    return written?.at === at && written.cause === cause && written.by === by;
  };
  return {
    find,
    end: async (lease, end) =>
      (await update(
        lease.id,
        endingOf(lease, end.cause),
        (wasMinted(lease) ? mayEnd : mayEndUnminted)[end.cause],
        { ...values, ...endingValues(lease, end) },
      )) || isOurs(lease.id, end),
    beat: (lease: Lease, now: EpochSeconds, due: EpochSeconds) =>
      update(
        lease.id,
        'SET beat_due = :beat, due_at = :due',
        `${isActive} AND deadline > :at AND beat_due > :at`,
        { ...values, ':at': now, ':beat': due, ':due': nextDue({ ...lease, beat_due: due }) },
      ),
    rearm: (id, gen) =>
      update(id, 'SET timer_gen = :next', `${isActive} AND timer_gen = :gen`, {
        ...values,
        ':gen': gen,
        ':next': gen + 1,
      }),
    async postpone({ id, state }, due) {
      // Who ended it meanwhile may have died before IAM was told: an end stays due when it happened.
      const condition = 'attribute_exists(due_shard) AND #state = :read';
      await update(id, 'SET due_at = :due', condition, { ':due': due, ':read': state });
    },
    async done(id) {
      await update(id, 'REMOVE due_shard, due_at', hasEnded, values);
    },
    async leaveToExpiry(id) {
      const left = 'SET grants[0].enforcement = :left REMOVE deny_role, deny_until';
      await update(id, left, '#state = :released', { ...values, ':left': 'left_to_expiry' });
    },
  };
}

function endingOf(lease: Lease, cause: EndCause): string {
  if (isTold(lease, cause)) return alone;
  return kindsLeft(lease).length > 0 ? waiting : other;
}

function endingValues(lease: Lease, { at, cause, by, reason }: LeaseEnd) {
  return {
    ':state': stateAfter(cause),
    ':end': { at, cause, by, ...(reason !== undefined && { reason }) },
    ':role': grantRoleOf(lease),
    ':margin': denialMargin,
    ':at': at,
  };
}
