import { describe, expect, it } from 'vitest';
import { deniedLeases } from '../../../core/denial.ts';
import { awsGrantOf } from '../../../core/grant.ts';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import { agentTag, scope } from '../../../core/scope.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import {
  agentNamed,
  deniedNow,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  recorded,
  revokeScope,
  runRevoker,
} from './early-world.ts';

const release = (world: EarlyWorld, lease: Lease, name = 'anna') =>
  releaseLease(world, agentNamed(name), lease.id);

describe('a document with too much to say', () => {
  async function revokeEach(world: EarlyWorld, leases: readonly Lease[]) {
    for (const { id } of leases) await revokeScope(world, { kind: 'lease', lease: id });
  }

  it('denies an agent as a whole that had too many leases revoked, on record and for good before it is written', async () => {
    const world = earlyWorld({ shards: 2 });
    const leases = [];
    for (let i = 0; i < 60; i++) leases.push(await issueTo(world));
    const other = await issueTo(world, 'bert');
    await revokeEach(world, leases);
    const tag = agentTag(agentNamed('anna').sub);
    const seen: unknown[] = [];
    world.documents.meddle = (role) => {
      const shards = world.shards.all();
      seen.push(
        world.revocations
          .all()
          .map(({ scope: { kind } }) => kind)
          .includes('agent'),
      );
      seen.push(shards.find((shard) => shard.role === role)?.agents[tag] !== undefined);
      return 'kept';
    };
    const incidents = await runRevoker(world);
    expect(incidents[0]).toMatchObject({ kind: 'collapse', agents: [agentNamed('anna').sub] });
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set([true]));
    const [control] = world.controls.of([scope.agent(agentNamed('anna').sub)]);
    expect(control).toMatchObject({ quarantine: { by: 'revoker' } });
    for (const lease of leases) expect(await deniedNow(world, lease)).toBe(true);
    expect(await deniedNow(world, other)).toBe(false);
  });

  it('leaves releases to their deadline, on record before it is written, and denies the others', async () => {
    const world = earlyWorld();
    const leases: Lease[] = [];
    for (let i = 0; i < 500; i++) {
      const lease = await issueTo(world, `agent-${i % 125}`);
      await release(world, lease, `agent-${i % 125}`);
      leases.push(lease);
    }
    const [incident, ...more] = await runRevoker(world);
    if (incident?.kind !== 'left_to_expiry') throw new Error(`it is ${incident?.kind}`);
    expect(more).toEqual([]);
    const left = leases.filter(({ id }) => incident.leases.includes(id));
    for (const lease of left)
      expect(awsGrantOf(await recorded(world, lease)).enforcement).toBe('left_to_expiry');
    const role = grantRoleOf(leases[0] as Lease);
    const kept = leases.filter(({ id }) => !incident.leases.includes(id)).map(({ id }) => id);
    expect(deniedLeases(world.documents.text(role))).toEqual(kept.sort());
    expect(left.length).toBeLessThan(30);
  });

  it('begins a generation when even the revoked do not fit: nothing is dropped, and what is issued next lives', async () => {
    const world = earlyWorld();
    const leases: Lease[] = [];
    for (let i = 0; i < 500; i++) leases.push(await issueTo(world, `agent-${i % 125}`));
    await revokeEach(world, leases);
    const role = grantRoleOf(leases[0] as Lease);
    expect(await runRevoker(world)).toEqual([{ kind: 'next_generation', role, gen: 1 }]);
    expect(world.revocations.all()).toContainEqual(
      expect.objectContaining({ scope: { kind: 'shard', role }, gen: 1, by: 'revoker' }),
    );
    for (const lease of leases.slice(0, 3)) expect(await deniedNow(world, lease)).toBe(true);
    const next = await issueTo(world, 'bert');
    expect(next.gen).toBe(1);
    expect(await deniedNow(world, next)).toBe(false);
  });
});
