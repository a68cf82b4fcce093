import { grantRoleOf, isStalled, type Lease, leaseDue } from '../lease.ts';
import { type Revocation, revocationRepeats } from '../revocation.ts';
import { endOfLease, type Standing } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import { isTerminal, isTold, kindsLeft, stateAfter } from '../transitions.ts';
import { callRevoker, endGrantsOf, keepOutTheSilent } from './end-lease.ts';
import { inTurns } from './in-turns.ts';
import { type ReadableLeases, settled } from './read-lease.ts';
import { carryOut, type ListedLeases, type RevokingWorld, repeats } from './revoke.ts';
import { type Timers, tellPeople } from './timer.ts';

/** Something whose time has come, as the index names it. */
export type Due =
  | { readonly kind: 'lease'; readonly id: string }
  | { readonly kind: 'shard'; readonly role: string }
  | { readonly kind: 'revocation'; readonly id: string };

/** Leases as the sweeper needs them. */
export type DueLeases = ListedLeases &
  ReadableLeases & {
    /** What is due in a partition of the index, page by page. */
    due(partition: number, now: EpochSeconds): AsyncIterable<readonly Due[]>;
    /** Moves what is due to its next time; nothing happens if it is not due any more, or has left this state since. */
    postpone(lease: Pick<Lease, 'id' | 'state'>, due: EpochSeconds): Promise<void>;
    /** Takes an ended lease off what is due, for good. */
    done(id: string): Promise<void>;
  };

/** Everything that the sweeper touches. */
export type SweepingWorld = RevokingWorld & {
  readonly leases: DueLeases;
  readonly timers: Timers;
  /** What each lease is judged by, in few requests. */
  readonly standingsOf: (leases: readonly Lease[]) => Promise<readonly Standing[]>;
  /** Told what could not be done; the next round tries again. */
  readonly report: (due: Due, fault: unknown) => void;
};

/** What a round came to. */
export type Swept = { readonly seen: number; readonly failed: number };

/**
 * One round over one partition: ends what is over, calls the revoker for what IAM was not told, goes on with
 * revocations. Two rounds at once are harmless: every step is conditional or does nothing twice. One thing that
 * fails stops no other, and no revocation keeps leases waiting: one of a large type may take longer than a round has.
 */
export async function sweep(world: SweepingWorld, partition: number): Promise<Swept> {
  let seen = 0;
  const revocations: Promise<boolean[]>[] = [];
  const results: boolean[] = [];
  for await (const page of world.leases.due(partition, world.clock())) {
    seen += page.length;
    revocations.push(inTurns(ofKind('revocation', page), (due) => sweepOther(world, due)));
    results.push(...(await inTurns(ofKind('shard', page), (due) => sweepOther(world, due))));
    results.push(...(await sweepLeases(world, page)));
  }
  results.push(...(await Promise.all(revocations)).flat());
  return { seen, failed: results.filter((done) => !done).length };
}

/** One round over all partitions; throws when one could not be read, once the others are done. */
export async function sweepAll(world: SweepingWorld, partitions: number): Promise<Swept> {
  const sweeps = Array.from({ length: partitions }, (_, partition) => sweep(world, partition));
  let [seen, failed] = [0, 0];
  for (const round of await Promise.allSettled(sweeps)) {
    if (round.status === 'rejected') throw round.reason;
    seen += round.value.seen;
    failed += round.value.failed;
  }
  return { seen, failed };
}

function ofKind(kind: Due['kind'], page: readonly Due[]): Due[] {
  return page.filter((due) => due.kind === kind);
}

/** False, and reported, when the step failed. */
function attempt(world: SweepingWorld, due: Due, step: () => Promise<unknown>): Promise<boolean> {
  return step().then(
    () => true,
    (fault) => {
      world.report(due, fault);
      return false;
    },
  );
}

function sweepOther(world: SweepingWorld, due: Due): Promise<boolean> {
  return attempt(world, due, async () => {
    if (due.kind === 'shard') {
      // Whatever the shard says, this call is one more: a call that was lost must not keep others away.
      const change = `sweep-${world.clock()}`;
      return world.revoker.send({ role: due.role, change, leases: [] });
    }
    if (due.kind === 'revocation') return goOn(world, await world.revocations.find(due.id));
  });
}

async function goOn(world: SweepingWorld, revocation: Revocation | undefined): Promise<void> {
  if (!revocation) return;
  await carryOut(world, revocation);
  const isOver = !repeats(revocation) || world.clock() >= after(revocation.at, revocationRepeats);
  if (isOver) await world.revocations.close(revocation.id);
}

async function sweepLeases(world: SweepingWorld, page: readonly Due[]): Promise<boolean[]> {
  const leases: Lease[] = [];
  const read = await inTurns(page, (due) =>
    attempt(world, due, async () => {
      const lease = due.kind === 'lease' && (await world.leases.find(due.id));
      if (lease) leases.push(lease);
    }),
  );
  const standings = await standingsTogether(world, leases);
  const untold = new Map<string, Lease[]>();
  const judged = leases.map((lease, i) => [lease, standings[i]] as const);
  const settledOnes = await inTurns(judged, ([lease, known]) =>
    attempt(world, { kind: 'lease', id: lease.id }, async () => {
      const standing = known ?? (await world.standingsOf([lease]))[0];
      const early = standing && (await settleDue(world, lease, standing));
      if (!early) return;
      const role = grantRoleOf(early);
      untold.set(role, [...(untold.get(role) ?? []), early]);
    }),
  );
  const told = await inTurns([...untold], ([role, ended]) =>
    attempt(world, { kind: 'shard', role }, () => tell(world, role, ended)),
  );
  return [...read.filter((done) => !done), ...settledOnes, ...told];
}

/** What each is judged by; none at all when that fails for one of them: each is then asked about by itself. */
async function standingsTogether(
  world: SweepingWorld,
  leases: readonly Lease[],
): Promise<readonly Standing[]> {
  try {
    return await world.standingsOf(leases);
  } catch {
    return [];
  }
}

/** Ends a lease that is over; answers it when IAM is still to be told. */
async function settleDue(world: SweepingWorld, lease: Lease, standing: Standing): Promise<Lease | undefined> {
  const now = world.clock();
  const end = lease.end ?? endOfLease(lease, standing, now, 'sweeper');
  if (end) {
    if (!lease.end && !(await world.leases.end(lease, end))) return undefined;
    await keepOutTheSilent(world, lease, end);
    await endGrantsOf(world, lease);
    const over: Lease = { ...lease, state: stateAfter(end.cause), end };
    if (isTold(lease, end.cause)) return over;
    await putAway(world, over);
  } else if (isTerminal(lease.state)) await putAway(world, lease);
  else if (isStalled(lease, now)) await settleStalled(world, lease, now);
  else if (leaseDue(lease) <= now) await tellPeople(world.timers, lease);
  else await world.leases.postpone(lease, leaseDue(lease));
  return undefined;
}

/** What its maker left behind when it died is ended in the same round. */
async function settleStalled(world: SweepingWorld, lease: Lease, now: EpochSeconds): Promise<void> {
  const current = await settled(world.leases, lease, now);
  if (isTerminal(current.state)) await putAway(world, current);
}

/** Seconds for which what cannot be ended is tried; by then it has ended by itself, or nobody can tell. */
const endingPatience = 86_400;

/** Takes an ended lease off what is due; one with grants that are left is due again, less and less often. */
async function putAway(world: SweepingWorld, lease: Lease): Promise<void> {
  const now = world.clock();
  const since = now - (lease.end?.at ?? lease.issued_at);
  if (kindsLeft(lease).length === 0 || since >= endingPatience) return world.leases.done(lease.id);
  if (!lease.end) await endGrantsOf(world, lease);
  await world.leases.postpone(lease, after(now, Math.min(3_600, Math.max(60, since))));
}

/** Most ids in one call: the index shows the others by then. */
const idsInCall = 100;

/** IAM is told before the leases are taken off what is due: a crash in between tells it again. */
async function tell(world: SweepingWorld, role: string, ended: readonly Lease[]): Promise<void> {
  await callRevoker(
    world,
    role,
    ended.slice(0, idsInCall).map(({ id }) => id),
  );
  await inTurns(ended, (lease) => putAway(world, lease));
}
