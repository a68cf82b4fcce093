import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { childOf, delegatingWorld, renew } from './delegate-world.ts';
import {
  agentNamed,
  deniedNow,
  type EarlyWorld,
  issueTo,
  recorded,
  revokeScope,
  runRevoker,
} from './early-world.ts';
import { refusalOf } from './world.ts';

const type = 'invoice_processor';

/** All that ends the lease of bert's parent, anna. */
const ends: readonly [string, (world: EarlyWorld, parent: Lease) => Promise<unknown>][] = [
  ['is released', (world, { id }) => releaseLease(world, agentNamed('anna'), id)],
  ['is revoked', (world, { id }) => revokeScope(world, { kind: 'lease', lease: id })],
  ['is revoked with its chain', (world, { id }) => revokeScope(world, { kind: 'chain', lease: id })],
  ['loses its agent', (world, { agent }) => revokeScope(world, { kind: 'agent', agent, agent_type: type })],
  [
    'loses its task',
    (world, { task }) => revokeScope(world, { kind: 'task', agent_type: type, name: task.name }),
  ],
  ['loses its type', (world) => revokeScope(world, { kind: 'type', agent_type: type })],
  [
    'was issued before a time that is revoked, the child after it',
    (world, { issued_at }) =>
      revokeScope(world, { kind: 'issued_before', agent_type: type, before: after(issued_at, 1) }),
  ],
];

/** Ends the lease of the parent while STS makes the credentials of the next lease. */
function endingWhileMinted(world: EarlyWorld, end: () => Promise<unknown>): void {
  world.minter.meddle = async () => {
    world.minter.meddle = () => ({});
    await end();
    return {};
  };
}

/** A world some seconds after anna got a lease. */
async function worldWithParent() {
  const world = delegatingWorld();
  const parent = await issueTo(world, 'anna');
  world.clock.advance(10);
  return { world, parent };
}

describe('credentials that were made while the lease above', () => {
  it.each(ends)('%s are never shown, and the child is dead', async (_, end) => {
    const { world, parent } = await worldWithParent();
    endingWhileMinted(world, () => end(world, parent));
    expect((await refusalOf(childOf(world, parent))).code).toMatch(/^(access_denied|lease_ended)$/);
    const child = world.leases.all().find(({ ancestors }) => ancestors.length > 0);
    expect(child?.state).toBe('revoked');
    await runRevoker(world);
    if (child) expect(await deniedNow(world, child)).toBe(true);
  });

  it.each(ends)('%s are not shown either where they were to renew a child', async (_, end) => {
    const { world, parent } = await worldWithParent();
    const child = await childOf(world, parent);
    endingWhileMinted(world, () => end(world, parent));
    expect((await refusalOf(renew(world, child))).code).toMatch(/^(access_denied|lease_ended)$/);
    await runRevoker(world);
    expect(await deniedNow(world, await recorded(world, child))).toBe(true);
  });

  it.each(ends)('%s are not shown two levels below', async (_, end) => {
    const { world, parent } = await worldWithParent();
    const middle = await childOf(world, parent);
    endingWhileMinted(world, () => end(world, parent));
    expect((await refusalOf(childOf(world, middle, { to: 'carl' }))).code).toMatch(
      /^(access_denied|lease_ended)$/,
    );
    await runRevoker(world);
    for (const lease of world.leases.all()) expect(await deniedNow(world, lease)).toBe(true);
  });

  it('fell silent are not shown', async () => {
    const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900, heartbeat: 30 } as const;
    const world = delegatingWorld({ lifetime });
    const parent = await issueTo(world, 'anna');
    world.clock.advance(59);
    endingWhileMinted(world, async () => world.clock.advance(1));
    expect((await refusalOf(childOf(world, parent))).code).toBe('access_denied');
  });
});

describe('a child that is known to the one that it comes from', () => {
  it('is noted before it is made: whatever ends that one finds it', async () => {
    const { world, parent } = await worldWithParent();
    await childOf(world, parent);
    const { trail } = world.leases;
    const from = trail.lastIndexOf('addChild');
    expect(trail.slice(from).filter((verb) => /addChild|reserve|mint|standing|activate/.test(verb))).toEqual([
      'addChild',
      'reserve',
      'mint',
      'standing',
      'activate',
    ]);
  });
});
