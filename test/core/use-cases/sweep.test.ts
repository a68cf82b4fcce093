import { describe, expect, it } from 'vitest';
import { grantRoleOf } from '../../../core/lease.ts';
import { scope } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { heartbeat } from '../../../core/use-cases/heartbeat.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import type { Due } from '../../../core/use-cases/sweep.ts';
import {
  agentNamed,
  at,
  deniedNow,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  recorded,
  reserveFor,
  revokeScope,
  runRevoker,
  runSweeper,
} from './early-world.ts';

const agent_type = 'invoice_processor';

/** What is due a year from now: nothing, where everything is settled. */
async function dueEver(world: EarlyWorld): Promise<Due[]> {
  const found: Due[] = [];
  for await (const page of world.leases.due(0, after(world.clock(), 31_536_000))) found.push(...page);
  return found;
}

describe('a round of the sweeper', () => {
  it('with nothing due does nothing', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    expect(await runSweeper(world)).toEqual({ seen: 0, failed: 0, faults: [] });
    await issueTo(world);
    world.clock.advance(59);
    expect((await runSweeper(world)).seen).toBe(0);
  });

  it('ends what its deadline has ended, tells IAM nothing and keeps nobody out', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    world.clock.advance(310);
    expect(await runSweeper(world)).toMatchObject({ seen: 1, failed: 0 });
    const end = { at: at(310), cause: 'deadline', by: 'sweeper' };
    expect(await recorded(world, lease)).toMatchObject({ state: 'expired', end });
    expect(world.calls).toEqual([]);
    expect(world.controls.of([scope.agent(lease.agent)])).toEqual([]);
    expect(await dueEver(world)).toEqual([]);
  });

  it('ends the lease of a silent agent, keeps it out and has it denied, with every timer lost', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    const lease = await issueTo(world);
    world.clock.advance(60);
    await runSweeper(world);
    expect(await recorded(world, lease)).toMatchObject({
      state: 'revoked',
      end: { cause: 'missed_heartbeat', by: 'sweeper' },
    });
    expect(world.controls.of([scope.agent(lease.agent)])).toMatchObject([{ quarantine: { by: 'sweeper' } }]);
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
  });

  it('looks later again at what was heard from, whose due time was old', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    const lease = await issueTo(world);
    world.clock.advance(50);
    await heartbeat(world, agentNamed('anna'), lease.id);
    await world.leases.postpone(lease, at(0));
    world.clock.advance(10);
    expect(await runSweeper(world)).toMatchObject({ seen: 1, failed: 0 });
    expect(await recorded(world, lease)).toMatchObject({ state: 'active' });
    expect(world.leases.dueNow(at(109))).toEqual([]);
    expect(world.leases.dueNow(at(110))).toEqual([{ kind: 'lease', id: lease.id }]);
  });

  it('settles what its maker has left behind', async () => {
    const world = earlyWorld({ heartbeat: 5 });
    const lease = await reserveFor(world);
    world.clock.advance(59);
    expect((await runSweeper(world)).seen).toBe(0);
    world.clock.advance(1);
    await runSweeper(world);
    expect(await recorded(world, lease)).toMatchObject({ state: 'failed' });
    expect(world.controls.of([scope.agent(lease.agent)])).toEqual([]);
    expect(await dueEver(world)).toEqual([]);
  });

  it('tells IAM of what ended early and was not told, once, and takes it off what is due', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await releaseLease(world, agentNamed('anna'), lease.id);
    world.calls.length = 0;
    await world.shards.answer(grantRoleOf(lease));
    await runSweeper(world);
    expect(world.calls).toContainEqual({ role: grantRoleOf(lease), change: '2', leases: [lease.id] });
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
    expect((await dueEver(world)).filter(({ kind }) => kind === 'lease')).toEqual([]);
  });

  it('ends what a tombstone covers, and tells it where IAM was not told in one word', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await world.controls.bury(scope.chain(lease.id), at(1));
    await world.leases.postpone(lease, at(0));
    await runSweeper(world);
    expect((await recorded(world, lease)).end).toEqual({ at: at(0), cause: 'revoked', by: 'sweeper' });
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
  });

  it('writes down what a wider revocation has ended, when its time comes', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await revokeScope(world, { kind: 'type', agent_type });
    world.clock.advance(300);
    await runSweeper(world);
    expect(await recorded(world, lease)).toMatchObject({ state: 'revoked', end: { cause: 'scope_revoked' } });
  });

  it('calls the revoker for a dirty shard, however often it was called before', async () => {
    const world = earlyWorld();
    await world.shards.mark('role', at(0));
    for (const seconds of [1, 60]) {
      world.clock.advance(seconds);
      await runSweeper(world);
    }
    expect(world.calls).toEqual([
      { role: 'role', change: `sweep-${at(1)}`, leases: [] },
      { role: 'role', change: `sweep-${at(61)}`, leases: [] },
    ]);
  });

  it('repeats a revocation for a minute: what an index showed late is ended too', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    const blind = { ...world.leases, async *ofType() {} };
    const task = { kind: 'task', agent_type, name: 'process invoice' } as const;
    expect(await revokeScope({ ...world, leases: blind }, task)).toEqual({ leases: 0, roles: [] });
    expect(await recorded(world, lease)).toMatchObject({ state: 'active' });
    world.clock.advance(30);
    await runSweeper(world);
    expect(await recorded(world, lease)).toMatchObject({
      state: 'revoked',
      end: { cause: 'revoked', at: at(0) },
    });
    expect(world.revocations.dueNow(at(30))).toHaveLength(1);
    world.clock.advance(30);
    await runSweeper(world);
    expect(world.revocations.dueNow(at(9_000))).toEqual([]);
  });

  it('calls the revoker once for all leases of a role, with no more ids than a call holds', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    for (let i = 0; i < 90; i++) await issueTo(world, `agent-${i}`);
    world.clock.advance(60);
    expect(await runSweeper(world)).toMatchObject({ seen: 90, failed: 0 });
    expect(world.calls).toHaveLength(1);
    expect(world.calls[0]?.leases).toHaveLength(90);
    await runRevoker(world);
    for (const lease of world.leases.all().slice(0, 3)) expect(await deniedNow(world, lease)).toBe(true);
  });
});

describe('two sweepers at once', () => {
  it('do what one does, and nothing twice', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    const silent = await issueTo(world);
    const making = await reserveFor(world, 'bert');
    await revokeScope(world, { kind: 'agent', agent: agentNamed('carl').sub, agent_type });
    await runRevoker(world);
    world.clock.advance(120);
    const rounds = await Promise.all([runSweeper(world), runSweeper(world)]);
    expect(rounds.map(({ faults }) => faults)).toEqual([[], []]);
    expect(await recorded(world, silent)).toMatchObject({ end: { cause: 'missed_heartbeat' } });
    expect(await recorded(world, making)).toMatchObject({ state: 'failed' });
    await runRevoker(world);
    expect(await deniedNow(world, silent)).toBe(true);
    expect((await dueEver(world)).map(({ kind }) => kind)).toEqual(['shard']);
  });
});
