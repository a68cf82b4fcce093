import type { EpochSeconds } from '../../../core/time.ts';
import type { Shown } from '../people.ts';
import type { Ground } from './ground.ts';
import type { ModelLease } from './model.ts';

/** How long after its lease's death a credential worked, in seconds beyond IAM's own delay. */
export type Lateness = {
  /** Where no process had ended. */
  undisturbed: number;
  /** After a crash. */
  disturbed: number;
};

/** Holds every credential against the model, second by second; what is wrong goes to the faults. */
export function judge(on: Ground, worst: Lateness): void {
  for (const shown of on.shown) {
    const lease = on.model.leases.get(shown.lease);
    if (!lease) throw new Error('shown, and not in the model');
    livedAsLongAsItShould(on, shown, lease);
    diedInTime(on, shown, lease, worst);
  }
}

function livedAsLongAsItShould(on: Ground, { session, at, lease: id }: Shown, lease: ModelLease): void {
  const { died = Number.POSITIVE_INFINITY, doubtSince = Number.POSITIVE_INFINITY } = lease;
  const until = Math.min(died, doubtSince, session.expiration, session.deadline, on.now());
  for (const second of [at, ...on.world.aws.changes(session.role)]) {
    if (second >= at && second < until && !on.world.aws.works(session, second))
      on.fault(`${session.accessKeyId} of ${id} was refused at ${second}, and is dead at ${died}`);
  }
}

function diedInTime(on: Ground, shown: Shown, lease: ModelLease, worst: Lateness): void {
  const { died } = lease;
  if (died === undefined) return;
  const last = lastWorking(on, shown, died);
  if (last === undefined) return;
  const allowed = on.model.worksUntil(lease, on.delay);
  if (last > allowed)
    on.fault(`${shown.session.accessKeyId} of ${lease.id} worked at ${last}, dead at ${died}`);
  const kind = allowed === died + on.delay + 3 ? 'undisturbed' : 'disturbed';
  worst[kind] = Math.max(worst[kind], last - died - on.delay);
}

/** The last second from `died` on at which the credential worked; what IAM says changes only when documents count. */
function lastWorking(
  { world: { aws } }: Ground,
  { session, at }: Shown,
  died: EpochSeconds,
): number | undefined {
  const end = session.expiration < session.deadline ? session.expiration : session.deadline;
  const begin = died > at ? died : at;
  const marks = [begin, ...aws.changes(session.role).filter((each) => each > begin && each < end), end];
  const i = marks.findLastIndex((mark) => mark < end && aws.works(session, mark));
  return i < 0 ? undefined : (marks[i + 1] ?? end) - 1;
}
