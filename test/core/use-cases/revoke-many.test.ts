import { describe, expect, it } from 'vitest';
import { grantRoleOf } from '../../../core/lease.ts';
import type { RevokedScope } from '../../../core/revocation.ts';
import { agentTag } from '../../../core/scope.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { agentNamed, at, earlyWorld, issueTo, recorded, revokeScope, runSweeper } from './early-world.ts';
import { alive, covered, dead, fateOf } from './fate.ts';
import { refusalOf } from './world.ts';

const agent_type = 'invoice_processor';
const agentScope = (name: string) => ({ kind: 'agent', agent: agentNamed(name).sub, agent_type }) as const;
const typeScope = { kind: 'type', agent_type } as const;

describe('revoking a task', () => {
  it('ends the leases for it of all agents, and those for other tasks live', async () => {
    const world = earlyWorld({ shards: 4 });
    const paying = await Promise.all(['anna', 'bert'].map((name) => issueTo(world, name, { name: 'pay' })));
    const other = await issueTo(world, 'anna', { name: 'read' });
    const revoked = await revokeScope(world, { kind: 'task', agent_type, name: 'pay' });
    expect(revoked.leases).toBe(2);
    for (const [i, lease] of paying.entries())
      expect(await fateOf(world, lease, ['anna', 'bert'][i])).toEqual(dead);
    expect(await fateOf(world, other)).toEqual(alive);
  });

  it('tells a role once of all that ended together', async () => {
    const world = earlyWorld();
    const leases = [];
    for (const name of ['anna', 'bert', 'carl']) leases.push(await issueTo(world, name, { name: 'pay' }));
    await revokeScope(world, { kind: 'task', agent_type, name: 'pay' });
    expect(world.shards.all()).toMatchObject([{ dirty: 1 }]);
    expect(world.calls.map((call) => [...call.leases].sort())).toEqual([leases.map(({ id }) => id).sort()]);
  });

  it('tells IAM of what it ended, though another could not be ended', async () => {
    const world = earlyWorld();
    const [first, second] = [
      await issueTo(world, 'anna', { name: 'pay' }),
      await issueTo(world, 'bert', { name: 'pay' }),
    ];
    const end: typeof world.leases.end = async (lease, how) => {
      if (lease.id === first.id) throw new Error('throttled');
      return world.leases.end(lease, how);
    };
    const task: RevokedScope = { kind: 'task', agent_type, name: 'pay' };
    await expect(revokeScope({ ...world, leases: { ...world.leases, end } }, task)).rejects.toThrow(
      'throttled',
    );
    expect(await fateOf(world, second, 'bert')).toEqual(dead);
    await runSweeper(world);
    expect(await fateOf(world, first)).toEqual(dead);
  });

  it('covers what was issued in its second, and lets the task be asked for again after', async () => {
    const world = earlyWorld();
    await revokeScope(world, { kind: 'task', agent_type, name: 'pay' });
    expect((await refusalOf(issueTo(world, 'anna', { name: 'pay' }))).code).toBe('access_denied');
    world.clock.advance(1);
    const lease = await issueTo(world, 'anna', { name: 'pay' });
    expect(await fateOf(world, lease)).toEqual(alive);
  });
});

describe('revoking a task of which there are more leases than there is time', () => {
  it('ends what it has seen when its time is over, the newest first', async () => {
    const world = earlyWorld({ shards: 4 });
    const old = await issueTo(world, 'anna', { name: 'pay' });
    world.clock.advance(1);
    const young = await issueTo(world, 'bert', { name: 'pay' });
    const leases = {
      ...world.leases,
      async *ofType(...range: Parameters<typeof world.leases.ofType>) {
        for await (const page of world.leases.ofType(...range)) {
          yield page.slice(0, 1);
          throw new Error('the time is over');
        }
      },
    };
    await expect(
      revokeScope({ ...world, leases }, { kind: 'task', agent_type, name: 'pay' }),
    ).rejects.toThrow('the time is over');
    expect(await recorded(world, young)).toMatchObject({ state: 'revoked' });
    expect(await recorded(world, old)).toMatchObject({ state: 'active' });
    await runSweeper(world);
    expect(await recorded(world, old)).toMatchObject({ state: 'revoked' });
  });
});

describe('revoking a type', () => {
  it('ends every session there is by one statement a role, and what is issued next lives', async () => {
    const world = earlyWorld({ shards: 2 });
    const held = await Promise.all(['anna', 'bert', 'carl'].map((name) => issueTo(world, name)));
    expect((await revokeScope(world, typeScope)).roles).toHaveLength(2);
    for (const [i, lease] of held.entries())
      expect(await fateOf(world, lease, ['anna', 'bert', 'carl'][i])).toEqual(covered);
    expect(world.documents.writes).toHaveLength(2);
    const next = await issueTo(world);
    expect(next.gen).toBe(1);
    expect(await fateOf(world, next)).toEqual(alive);
  });

  it('again ends what was issued in between', async () => {
    const world = earlyWorld();
    await revokeScope(world, typeScope);
    const between = await issueTo(world);
    await revokeScope(world, typeScope);
    expect(await fateOf(world, between)).toEqual(covered);
    expect((await issueTo(world)).gen).toBe(2);
  });

  it('repeated by the sweeper ends nothing that was issued since', async () => {
    const world = earlyWorld();
    await revokeScope(world, typeScope);
    const since = await issueTo(world);
    for (const seconds of [1, 30, 60]) {
      world.clock.advance(seconds);
      await runSweeper(world);
    }
    expect(await fateOf(world, since)).toEqual(alive);
    expect(world.shards.all()).toMatchObject([{ gen: 1 }]);
  });

  it('mints nothing more for what it covers', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await revokeScope(world, typeScope);
    const request = { proof: 'proof-late', attempt: 'attempt-late', estimate: 100 };
    const again = collectCredentials(world, agentNamed('anna'), lease.id, request);
    expect((await refusalOf(again)).code).toBe('lease_ended');
    expect(world.minter.plans).toHaveLength(1);
  });
});

describe('revoking what was issued before a time', () => {
  it('denies the sessions of before by their age, and by id those that were opened since', async () => {
    const world = earlyWorld();
    const [old, minted] = [await issueTo(world), await issueTo(world)];
    world.clock.advance(100);
    const since = await issueTo(world);
    const request = { proof: 'proof-1', attempt: 'attempt-1' };
    await collectCredentials(world, agentNamed('anna'), minted.id, request);
    const before: RevokedScope = { kind: 'issued_before', agent_type, before: at(100) };
    expect((await revokeScope(world, before)).leases).toBe(1);
    expect((await recorded(world, minted)).minted_at).toBe(at(100));
    expect(await fateOf(world, old)).toEqual(covered);
    expect(await fateOf(world, minted)).toEqual(dead);
    expect(await fateOf(world, since)).toEqual(alive);
    expect(world.documents.text(grantRoleOf(old))).not.toContain(old.id);
  });
});

describe('an agent with many leases of before', () => {
  it('keeps what it was given since, when their deadlines come', async () => {
    const world = earlyWorld();
    const old = [];
    for (let i = 0; i < 9; i++) old.push(await issueTo(world));
    world.clock.advance(100);
    const since = await issueTo(world);
    await revokeScope(world, { kind: 'issued_before', agent_type, before: at(100) });
    world.clock.advance(200);
    await runSweeper(world);
    for (const lease of old) expect(await fateOf(world, lease)).toEqual(dead);
    expect(await fateOf(world, since)).toEqual(alive);
  });
});

describe('a revocation', () => {
  it.each<[string, RevokedScope]>([
    ['an agent', agentScope('anna')],
    ['a type', typeScope],
    ['a task', { kind: 'task', agent_type, name: 'process invoice' }],
    ['what was issued before', { kind: 'issued_before', agent_type, before: at(10) }],
  ])('of %s is on record before anything is done, so that the sweeper goes on after a crash', async (_, revoked) => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    world.clock.advance(10);
    const crash = () => Promise.reject(new Error('crash'));
    const crashing = {
      ...world,
      controls: { ...world.controls, bury: crash, quarantine: crash },
      shards: { ...world.shards, begin: crash },
    };
    await expect(revokeScope(crashing, revoked)).rejects.toThrow('crash');
    expect(world.revocations.all()).toMatchObject([
      { scope: revoked, by: 'role/ops as anna', reason: 'stolen' },
    ]);
    expect((await fateOf(world, lease)).seen).toBe('active');
    await runSweeper(world);
    expect(await fateOf(world, lease)).toMatchObject({ seen: 'revoked', denied: true });
  });

  it('of an agent denies its tag, and that of no other', async () => {
    const world = earlyWorld();
    await revokeScope(world, agentScope('anna'));
    const [shard] = world.shards.all();
    expect(shard?.agents).toEqual({ [agentTag(agentNamed('anna').sub)]: { until: at(3_660), gen: 0 } });
  });
});
