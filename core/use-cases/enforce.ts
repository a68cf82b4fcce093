import { deniedLeases, renderDenial } from '../denial.ts';
import type { DeniedLease } from '../ladder.ts';
import type { Lease } from '../lease.ts';
import type { RoleShard } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import { climb } from './climb.ts';
import type { RevokerCall } from './end-lease.ts';
import type { RevocableShards, RevokingWorld } from './revoke.ts';

/** Leases as the revoker needs them. */
export type DeniableLeases = {
  find(id: string): Promise<Lease | undefined>;
  /** What ended early under a role and is still needed after `now`; an index, so a little late. */
  denied(role: string, now: EpochSeconds): Promise<readonly DeniedLease[]>;
  /** Records that a released lease is left to its deadline; from then on it is not denied. */
  leaveToExpiry(id: string): Promise<void>;
};

/** Shards as the revoker writes them. */
export type WritableShards = RevocableShards & {
  /** The call that was sent is being answered: the next change sends another. */
  answer(role: string): Promise<void>;
  /** IAM holds what `dirty` changes came to; the shard is due again at `due`, unless it has changed since. */
  written(role: string, shard: RoleShard, now: EpochSeconds, due: EpochSeconds | undefined): Promise<void>;
  /** IAM does not take the document. */
  failing(role: string, now: EpochSeconds): Promise<void>;
};

/** The deny documents of grant roles, in IAM. */
export type DenyDocuments = {
  /** The document; undefined when there is none, or no such role. */
  read(role: string): Promise<string | undefined>;
  /** Writes the document, or removes it. `no_role` when the role is gone, and with it every session. */
  write(role: string, text: string | undefined): Promise<'written' | 'no_role'>;
};

/** What the revoker saw that somebody must hear of. */
export type Incident =
  | { readonly kind: 'collapse'; readonly role: string; readonly agents: readonly string[] }
  | { readonly kind: 'left_to_expiry'; readonly role: string; readonly leases: readonly string[] }
  | { readonly kind: 'next_generation'; readonly role: string; readonly gen: number }
  | { readonly kind: 'irrevocable'; readonly role: string; readonly cause: unknown }
  /** A call was not answered to its end; the shard is still due, and the sweeper calls again. */
  | { readonly kind: 'interrupted'; readonly role: string; readonly cause: unknown };

/** Everything that the revoker touches; it alone writes to IAM. */
export type RevokerWorld = Omit<RevokingWorld, 'leases' | 'shards'> & {
  readonly leases: RevokingWorld['leases'] & DeniableLeases;
  readonly shards: WritableShards;
  readonly documents: DenyDocuments;
  /** Waits, in seconds. */
  readonly pause: (seconds: number) => Promise<void>;
  readonly report: (incident: Incident) => void;
};

/**
 * Answers a call, whatever comes of it: one that failed would come back only after minutes, and keep away all others
 * for its role, while its shard is due and the sweeper calls again.
 */
export async function answerCall(world: RevokerWorld, call: RevokerCall): Promise<void> {
  await enforceDenials(world, call).catch((cause: unknown) =>
    world.report({ kind: 'interrupted', role: call.role, cause }),
  );
}

/** How often a document is written before its shard is given up until the sweeper's next round. */
const tries = 6;

/**
 * Makes a role's deny document say what DynamoDB says. Waits a second first, so that what is revoked together is
 * written together and IAM sees one write per second and role. Where something has changed it looks again a second
 * later: of what came while this call was on its way only the index tells, and an index is late. Crashing anywhere
 * leaves the shard dirty, and due.
 */
export async function enforceDenials(world: RevokerWorld, call: RevokerCall): Promise<void> {
  await world.pause(1);
  await world.shards.answer(call.role);
  if ((await bringUpToDate(world, call)) === 'nothing new') return;
  await world.pause(1);
  await bringUpToDate(world, call, 'changed');
}

/**
 * Writes the document if it has to be another; `nothing new` when the shard has not changed since it was last written. What
 * has `changed` is looked at once more in a minute even if there is nothing to deny: the index may have been later still.
 */
async function bringUpToDate(
  world: RevokerWorld,
  { role, leases }: RevokerCall,
  before: 'nothing new' | 'changed' = 'nothing new',
): Promise<'nothing new' | 'changed'> {
  const found = await world.documents.read(role);
  const suspects = [...new Set([...deniedLeases(found), ...leases])];
  const { denial, shard } = await climb(world, role, suspects);
  const text = renderDenial(denial);
  const written = text === found ? 'written' : await writeOrGiveUp(world, role, text);
  if (typeof written === 'object') {
    world.report({ kind: 'irrevocable', role, cause: written.fault });
    await world.shards.failing(role, world.clock());
    return 'nothing new';
  }
  const now = world.clock();
  const outcome = before === 'nothing new' && shard.dirty === shard.written ? 'nothing new' : 'changed';
  const verifyAgain = (text !== undefined || outcome === 'changed') && written !== 'no_role';
  await world.shards.written(role, shard, now, verifyAgain ? after(now, verifyEvery) : undefined);
  return outcome;
}

/** Seconds after which a document that denies anything is looked at again: entries end, and somebody may have changed it. */
const verifyEvery = 60;

/** Writes and reads back, with growing pauses; answers what went wrong when it never held. */
async function writeOrGiveUp(
  world: RevokerWorld,
  role: string,
  text: string | undefined,
): Promise<'written' | 'no_role' | { readonly fault: unknown }> {
  let fault: unknown = new Error('the document read back is another');
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await world.pause(2 ** (attempt - 1));
    try {
      if ((await world.documents.write(role, text)) === 'no_role') return 'no_role';
      if ((await world.documents.read(role)) === text) return 'written';
    } catch (cause) {
      fault = cause;
    }
  }
  return { fault };
}
