import { awsGrantOf } from '../grant.ts';
import { type DeniedLease, everySessionEnds, nextRung, type Rung } from '../ladder.ts';
import { denialMargin, type Lease } from '../lease.ts';
import { agentTag, typeOfAgent } from '../scope.ts';
import type { RoleShard } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import { isTold } from '../transitions.ts';
import type { RevokerWorld } from './enforce.ts';
import { inTurns } from './in-turns.ts';
import { recordAndCarryOut } from './revoke.ts';

/** Takes rung after rung, each on record before the next, until there is a document that fits. */
export async function climb(world: RevokerWorld, role: string, suspects: readonly string[]) {
  for (;;) {
    const shard = await world.shards.read(role);
    const now = world.clock();
    const entries = await entriesOf(world, role, suspects, now);
    const rung = nextRung(entries, shard, now);
    if (rung.act === 'write') return { denial: rung.denial, shard };
    await take(world, shard, rung, entries);
  }
}

/**
 * What the index shows, and of the ids in hand those that it does not show and whose leases, read consistently, say
 * that they are still needed.
 */
async function entriesOf(
  { leases }: RevokerWorld,
  role: string,
  suspects: readonly string[],
  now: EpochSeconds,
): Promise<readonly DeniedLease[]> {
  const entries = await leases.denied(role, now);
  const shown = new Set(entries.map(({ id }) => id));
  const read = await Promise.all(suspects.filter((id) => !shown.has(id)).map((id) => leases.find(id)));
  const needed = read.flatMap((lease) => {
    const entry = lease && deniedLease(lease);
    return entry && entry.until > now ? [entry] : [];
  });
  return [...entries, ...needed];
}

/** The entry of a lease that ended early; undefined for one that needs none. */
export function deniedLease(lease: Lease): DeniedLease | undefined {
  const { id, agent, gen, end, credential_until, grants, children = [] } = lease;
  if (!end || !isTold(lease, end.cause) || awsGrantOf({ id, grants }).enforcement === 'left_to_expiry')
    return undefined;
  return {
    id,
    agent,
    gen,
    voluntary: end.cause === 'released',
    chain: children.length > 0,
    until: after(credential_until, denialMargin),
  };
}

/** Tells of a rung before it takes it: a crash in between tells of it twice, the other order never. */
async function take(
  world: RevokerWorld,
  { role, gen }: RoleShard,
  rung: Exclude<Rung, { act: 'write' }>,
  entries: readonly DeniedLease[],
): Promise<void> {
  const now = world.clock();
  switch (rung.act) {
    case 'collapse':
      world.report({ kind: 'collapse', role, agents: rung.agents });
      for (const agent of rung.agents) await revokeOffender(world, role, agent, entries, now);
      return;
    case 'leave':
      world.report({ kind: 'left_to_expiry', role, leases: rung.leases });
      // Many at one time: what is revoked waits until all of them are left.
      await inTurns(rung.leases, (id) => world.leases.leaveToExpiry(id));
      return;
    case 'next_generation':
      world.report({ kind: 'next_generation', role, gen: gen + 1 });
      await recordAndCarryOut(world, {
        id: `R-${role}-${gen + 1}`,
        scope: { kind: 'shard', role },
        at: now,
        by: 'revoker',
        reason: 'its deny document is full',
        gen: gen + 1,
      });
  }
}

/** An agent that takes too much room is revoked as an operator would revoke it, everywhere, and kept out. */
async function revokeOffender(
  world: RevokerWorld,
  role: string,
  agent: string,
  entries: readonly DeniedLease[],
  now: EpochSeconds,
): Promise<void> {
  const count = entries.filter((entry) => agentTag(entry.agent) === agentTag(agent)).length;
  const { roles } = await recordAndCarryOut(world, {
    id: `R-${agentTag(agent)}-${now}`,
    scope: { kind: 'agent', agent, agent_type: typeOfAgent(agent) ?? '' },
    at: now,
    by: 'revoker',
    reason: `${count} of its leases were to be denied one by one`,
  });
  // A role that the deployment no longer counts: unless it is told too, the same rung would come for ever.
  if (!roles.includes(role))
    await world.shards.denyAgent(role, agentTag(agent), after(now, everySessionEnds), now);
}
