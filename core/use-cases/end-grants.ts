import { type EndedKind, type GrantOf, needsEnding } from '../grant.ts';
import type { Lease } from '../lease.ts';
import type { EpochSeconds } from '../time.ts';
import { isTerminal } from '../transitions.ts';
import type { EndingConnector } from './connector.ts';

/** Leases as those mark them who end grants; `index` is a grant's place among the lease's. */
export type EndingLeases = {
  find(id: string): Promise<Lease | undefined>;
  /** Nothing is left of the grant. */
  grantEnded(lease: Lease, index: number, now: EpochSeconds): Promise<void>;
  /** The grant cannot be ended; what is on record already stays. */
  grantIrrevocable(lease: Lease, index: number, now: EpochSeconds): Promise<void>;
};

/** A grant that could not be ended. */
export type Irrevocable = {
  readonly kind: EndedKind;
  readonly lease: string;
  readonly name: string;
  readonly cause: unknown;
};

/** Everything that ending grants of one kind touches. */
export type GrantEndingWorld<Of extends EndedKind> = {
  readonly connector: EndingConnector<Of>;
  readonly leases: EndingLeases;
  readonly clock: () => EpochSeconds;
  /** Waits, in seconds. */
  readonly pause: (seconds: number) => Promise<void>;
  readonly report: (irrevocable: Irrevocable) => void;
};

/** How often a grant is tried to be ended before somebody hears of it; one that is known to be stuck, once. */
const tries = 6;

/** Seconds from which on no other try begins: its function has a minute, and must say what came of it. */
const lastTry = 35;

/** Seconds before the second try; each further pause is twice as long, 8 s in all. */
const firstPause = 0.25;

/**
 * Ends what is left of a lease's grants of one kind, and of what was delegated from it, if the lease is over by its
 * record. Doing it again changes nothing. What cannot be ended is put on record and reported; the sweeper calls again.
 */
export async function endGrants<Of extends EndedKind>(
  world: GrantEndingWorld<Of>,
  leaseId: string,
  above?: Lease,
): Promise<void> {
  const lease = await world.leases.find(leaseId);
  if (!lease || !isOver(lease, above)) return;
  await Promise.all(
    lease.grants.map(async (grant, index) => {
      if (isOfKind(grant, world.connector.kind) && needsEnding(grant) && grant.ended_at === undefined)
        await endOne(world, lease, grant, index);
    }),
  );
  for (const child of lease.children ?? []) await endGrants(world, child, lease);
}

/** What was delegated from a lease that is over is over, whatever its own record says yet. */
function isOver({ state, ancestors }: Lease, above: Lease | undefined): boolean {
  return isTerminal(state) || (above !== undefined && ancestors.some(({ lease }) => lease === above.id));
}

function isOfKind<Of extends EndedKind>(
  grant: Lease['grants'][number],
  kind: Of,
): grant is GrantOf<Of> & GrantOf<EndedKind> {
  return grant.kind === kind;
}

async function endOne<Of extends EndedKind>(
  world: GrantEndingWorld<Of>,
  lease: Lease,
  grant: GrantOf<Of> & GrantOf<EndedKind>,
  index: number,
): Promise<void> {
  const { name, irrevocable_at }: GrantOf<EndedKind> = grant;
  const most = irrevocable_at === undefined ? tries : 1;
  const begun = world.clock();
  let cause: unknown;
  for (let attempt = 0; attempt < most && world.clock() - begun < lastTry; attempt++) {
    if (attempt > 0) await world.pause(firstPause * 2 ** (attempt - 1));
    try {
      await world.connector.end({ lease, grant });
      await world.leases.grantEnded(lease, index, world.clock());
      return;
    } catch (fault) {
      cause = fault;
    }
  }
  world.report({ kind: world.connector.kind, lease: lease.id, name, cause });
  await world.leases.grantIrrevocable(lease, index, world.clock());
}
