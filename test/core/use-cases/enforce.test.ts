import { describe, expect, it } from 'vitest';
import { deniedLeases, renderDenial } from '../../../core/denial.ts';
import { grantRoleOf } from '../../../core/lease.ts';
import { enforceDenials } from '../../../core/use-cases/enforce.ts';
import {
  at,
  deniedNow,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  revokeScope,
  runRevoker,
  runSweeper,
  worldWithRevoked,
} from './early-world.ts';

const shardOf = async (world: EarlyWorld, role: string) => world.shards.read(role);

describe('the revoker', () => {
  it('waits a second, so that what is revoked together is written together, and looks again after another', async () => {
    const world = earlyWorld();
    const leases = [await issueTo(world), await issueTo(world, 'bert')];
    for (const { id } of leases) await revokeScope(world, { kind: 'lease', lease: id });
    expect(world.calls).toHaveLength(1);
    await runRevoker(world);
    expect(world.pauses).toEqual([1, 1]);
    expect(world.documents.writes).toHaveLength(1);
    for (const lease of leases) expect(await deniedNow(world, lease)).toBe(true);
  });

  it('notes what it wrote, and looks at it again in a minute', async () => {
    const { world, role } = await worldWithRevoked();
    await runRevoker(world);
    expect(await shardOf(world, role)).toMatchObject({ dirty: 1, written: 1, written_at: at(2) });
    expect(world.shards.dueNow(at(61))).toEqual([]);
    expect(world.shards.dueNow(at(62))).toEqual([{ kind: 'shard', role }]);
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

  it('drops no revocation that the index shows only after it has looked twice, and of which no call told', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    const role = grantRoleOf(lease);
    await world.shards.mark(role, world.clock());
    // Whoever marked the role died before it called.
    await revokeScope(world, { kind: 'lease', lease: lease.id });
    const leases = {
      ...world.leases,
      denied: async (...asked: Parameters<typeof world.leases.denied>) =>
        world.clock() < at(10) ? [] : world.leases.denied(...asked),
    };
    const late = { ...world, leases };
    await runSweeper(late);
    await runRevoker(late);
    expect(await deniedNow(world, lease)).toBe(false);
    world.clock.advance(60);
    await runSweeper(late);
    await runRevoker(late);
    expect(await deniedNow(world, lease)).toBe(true);
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
    await runSweeper(world);
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

  it('denies what only an index tells of, and that late: it looks again a second later', async () => {
    const { world, lease } = await worldWithRevoked();
    const [call] = world.calls.splice(0);
    world.calls.push({ role: call?.role ?? '', change: '1', leases: [] });
    let late = true;
    const leases = {
      ...world.leases,
      async denied(...args: Parameters<typeof world.leases.denied>) {
        const shown = late ? [] : await world.leases.denied(...args);
        late = false;
        return shown;
      },
    };
    await runRevoker({ ...world, leases });
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
    expect(world.documents.text(role)).toBe(renderDenial({ leases: [lease.id], chains: [], agents: [] }));
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
