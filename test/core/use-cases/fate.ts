import type { Lease } from '../../../core/lease.ts';
import { readOwnLease } from '../../../core/use-cases/read-lease.ts';
import { agentNamed, deniedNow, type EarlyWorld, recorded, runRevoker } from './early-world.ts';

/** What a lease is to its agent, on record, and to IAM once the revoker has worked. */
export async function fateOf(world: EarlyWorld, lease: Lease, name = 'anna') {
  await runRevoker(world);
  const { lease: seen } = await readOwnLease(world, agentNamed(name), lease.id, world.clock());
  const { state } = await recorded(world, lease);
  return { seen: seen.state, recorded: state, denied: await deniedNow(world, lease) };
}

/** Dead to everybody. */
export const dead = { seen: 'revoked', recorded: 'revoked', denied: true };

/** Dead to everybody, though nobody has written it into its record yet. */
export const covered = { ...dead, recorded: 'active' };

/** Alive to everybody. */
export const alive = { seen: 'active', recorded: 'active', denied: false };
