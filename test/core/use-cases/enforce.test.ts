import { describe, expect, it } from 'vitest';
import { deniedLeases, renderDenial } from '../../../core/denial.ts';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import { agentTag, scope } from '../../../core/scope.ts';
import { enforceDenials } from '../../../core/use-cases/enforce.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import {
  agentNamed,
  at,
  deniedNow,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  recorded,
  revokeScope,
  runRevoker,
  runSweeper,
} from './early-world.ts';

/** A world with a lease that was revoked, and the role whose document is to say so. */
async function worldWithRevoked() {
  const world = earlyWorld();
  const lease = await issueTo(world);
  const role = grantRoleOf(lease);
  await revokeScope(world, { kind: 'lease', lease: lease.id });
  return { world, lease, role };
}

const shardOf = async (world: EarlyWorld, role: string) => world.shards.read(role);
const release = (world: EarlyWorld, lease: Lease, name = 'anna') =>
  releaseLease(world, agentNamed(name), lease.id);

describe('the revoker', () => {
  it('waits a second, so that what is revoked together is written together', async () => {
    const world = earlyWorld();
    const leases = [await issueTo(world), await issueTo(world, 'bert')];
    for (const { id } of leases) await revokeScope(world, { kind: 'lease', lease: id });
    expect(world.calls).toHaveLength(1);
    await runRevoker(world);
    expect(world.pauses).toEqual([1]);
    expect(world.documents.writes).toHaveLength(1);
    for (const lease of leases) expect(await deniedNow(world, lease)).toBe(true);
  });

  it('notes what it wrote, and looks at it again in a minute', async () => {
    const { world, role } = await worldWithRevoked();
    await runRevoker(world);
    expect(await shardOf(world, role)).toMatchObject({ dirty: 1, written: 1, written_at: at(1) });
    expect(world.shards.dueNow(at(60))).toEqual([]);
    expect(world.shards.dueNow(at(61))).toEqual([{ kind: 'shard', role }]);
  });

  it('writes nothing where the document says it all, or nothing is to be said', async () => {
    const { world, role } = await worldWithRevoked();
    await runRevoker(world);
    await enforceDenials({ ...world, report: () => undefined }, { role, change: 'sweep', leases: [] });
    await enforceDenials({ ...world, report: () => undefined }, { role: 'other', change: '1', leases: [] });
    expect(world.documents.writes).toHaveLength(1);
    expect(world.documents.text('other')).toBeUndefined();
    expect(world.shards.dueNow(at(10_000))).toEqual([{ kind: 'shard', role }]);
  });

  it('calls for itself again what changes while it works', async () => {
    const { world } = await worldWithRevoked();
    const other = await issueTo(world, 'bert');
    let meanwhile = () => revokeScope(world, { kind: 'lease', lease: other.id });
    const documents = {
      ...world.documents,
      async write(role: string, text: string | undefined) {
        await meanwhile();
        meanwhile = async () => ({ leases: 0, roles: [] });
        return world.documents.write(role, text);
      },
    };
    await runRevoker({ ...world, documents });
    expect(world.documents.writes).toHaveLength(2);
    expect(await deniedNow(world, other)).toBe(true);
  });

  it('takes an entry out once the credentials have surely ended, and removes the document with the last', async () => {
    const { world, lease, role } = await worldWithRevoked();
    world.clock.advance(100);
    const later = await issueTo(world, 'bert');
    await revokeScope(world, { kind: 'lease', lease: later.id });
    await runRevoker(world);
    const idsAt = async (seconds: number) => {
      world.clock.advance(at(seconds) - world.clock());
      await runSweeper(world);
      await runRevoker(world);
      return deniedLeases(world.documents.text(role));
    };
    expect(await idsAt(357)).toEqual([lease.id, later.id].sort());
    expect(await idsAt(420)).toEqual([later.id]);
    expect(await idsAt(481)).toEqual([]);
    expect(world.documents.text(role)).toBeUndefined();
    expect(world.shards.dueNow(at(10_000))).toEqual([]);
  });

  it('denies the ids in its call, though no index shows their leases yet, and keeps what it has', async () => {
    const { world, lease, role } = await worldWithRevoked();
    const late = { ...world.leases, denied: async () => [] };
    await runRevoker({ ...world, leases: late });
    expect(await deniedNow(world, lease)).toBe(true);
    const call = { role, change: 'sweep', leases: [] };
    await enforceDenials({ ...world, leases: late, report: () => undefined }, call);
    expect(await deniedNow(world, lease)).toBe(true);
  });

  it('denies no id in a call whose lease is alive: whoever can send a message cannot end a lease', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    world.calls.push({ role: grantRoleOf(lease), change: '1', leases: [lease.id, 'L-NOSUCHLEASE00000'] });
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(false);
    expect(world.documents.writes).toEqual([]);
  });

  it.each([
    ['that lets everything', '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'],
    ['that denies nobody', '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":null}}'],
    ['that is none', 'null'],
  ])('replaces a document of somebody else %s', async (_, text) => {
    const { world, lease, role } = await worldWithRevoked();
    world.documents.put(role, text);
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
    expect(world.documents.text(role)).toBe(renderDenial({ leases: [lease.id], agents: [] }));
  });

  it('writes anew what somebody removed, within the minute in which it looks again', async () => {
    const { world, lease, role } = await worldWithRevoked();
    await runRevoker(world);
    await world.documents.write(role, undefined);
    world.clock.advance(60);
    await runSweeper(world);
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
  });
});

describe('a role that is gone', () => {
  it('needs no document: its sessions are gone with it, and nothing is tried again', async () => {
    const { world, role } = await worldWithRevoked();
    world.documents.deleteRole(role);
    expect(await runRevoker(world)).toEqual([]);
    expect(world.pauses).toEqual([1]);
    expect(world.shards.dueNow(at(10_000))).toEqual([]);
  });

  it('but whose record is full still comes to an end: the agent is denied there too', async () => {
    const world = earlyWorld({ shards: 1 });
    const leases = [];
    for (let i = 0; i < 9; i++) leases.push(await issueTo(world));
    for (const { id } of leases) await revokeScope(world, { kind: 'lease', lease: id });
    const role = world.calls[0]?.role ?? '';
    const renamed = { ...world.roles, arnPrefix: 'arn:aws:iam::111122223333:role/mayfly/other-' };
    const incidents = await runRevoker({ ...world, roles: renamed });
    expect(incidents.filter((each) => each.role === role)).toMatchObject([{ kind: 'collapse' }]);
    for (const lease of leases) expect(await deniedNow(world, lease)).toBe(true);
  });
});

describe('an IAM that does not take the document', () => {
  it('is asked six times, with growing pauses, then it is reported and the shard stays due', async () => {
    const { world, role } = await worldWithRevoked();
    world.documents.meddle = () => {
      throw new Error('throttled');
    };
    const incidents = await runRevoker(world);
    expect(world.pauses).toEqual([1, 1, 2, 4, 8, 16]);
    expect(incidents).toEqual([{ kind: 'irrevocable', role, cause: new Error('throttled') }]);
    expect(await shardOf(world, role)).toMatchObject({ failing_since: at(32), dirty: 1, written: 0 });
    expect(world.shards.dueNow(world.clock())).toEqual([{ kind: 'shard', role }]);
  });

  it('is asked again when it says that it has, and has not', async () => {
    const { world, lease } = await worldWithRevoked();
    let lost = 3;
    world.documents.meddle = () => (lost-- > 0 ? 'lost' : 'kept');
    expect(await runRevoker(world)).toEqual([]);
    expect(world.pauses).toEqual([1, 1, 2, 4]);
    expect(await deniedNow(world, lease)).toBe(true);
  });

  it('recovers with the next round of the sweeper, and is failing no more', async () => {
    const { world, lease, role } = await worldWithRevoked();
    world.documents.meddle = () => 'lost';
    await runRevoker(world);
    expect((await shardOf(world, role)).failing_since).toBe(at(32));
    world.documents.meddle = () => 'kept';
    await runSweeper(world);
    await runRevoker(world);
    expect((await shardOf(world, role)).failing_since).toBeUndefined();
    expect(await deniedNow(world, lease)).toBe(true);
  });
});

describe('a document with too much to say', () => {
  async function revokeEach(world: EarlyWorld, leases: readonly Lease[]) {
    for (const { id } of leases) await revokeScope(world, { kind: 'lease', lease: id });
  }

  it('denies an agent as a whole that had too many leases revoked, on record and for good before it is written', async () => {
    const world = earlyWorld({ shards: 2 });
    const leases = [];
    for (let i = 0; i < 20; i++) leases.push(await issueTo(world));
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
      expect((await recorded(world, lease)).grants[0]?.enforcement).toBe('left_to_expiry');
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
