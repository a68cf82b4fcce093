import { describe, expect, it } from 'vitest';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { recordAndCarryOut } from '../../../core/use-cases/revoke.ts';
import { fireTimer } from '../../../core/use-cases/timer.ts';
import { oneOfEach } from '../granting.ts';
import {
  agentNamed,
  at,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  recorded,
  reserveFor,
  revokeScope,
  runSweeper,
} from './early-world.ts';

const agent_type = 'invoice_processor';
const all = { capabilities: [...oneOfEach] };
const both = ['oauth', 'postgres'] as const;

async function worldWithGrants(options: Parameters<typeof earlyWorld>[0] = {}) {
  const world = earlyWorld({ granting: true, ...options });
  return { world, lease: await issueTo(world, 'anna', all) };
}
const called = ({ grants }: EarlyWorld, { id }: Pick<Lease, 'id'>) =>
  grants.endings.flatMap(({ kind, lease }) => (lease === id ? [kind] : []));
const isDue = ({ leases }: EarlyWorld, { id }: Lease, seconds: number) =>
  leases.dueNow(at(seconds)).some((due) => due.kind === 'lease' && due.id === id);
/** Whoever ends grants has done so. */
async function answer(world: EarlyWorld, lease: Lease) {
  world.grants.answerEndings();
  for (const index of [1, 2]) await world.leases.grantEnded(lease, index, world.clock());
}

describe('a lease with grants of several kinds calls whoever ends them, the last made first, when it', () => {
  it.each<[string, (world: EarlyWorld, lease: Lease) => Promise<unknown>]>([
    ['is released', (world, { id }) => releaseLease(world, agentNamed('anna'), id)],
    ['is revoked', (world, { id }) => revokeScope(world, { kind: 'lease', lease: id })],
    ['is revoked as a chain', (world, { id }) => revokeScope(world, { kind: 'chain', lease: id })],
    [
      'is revoked with its agent',
      (world, { agent }) => revokeScope(world, { kind: 'agent', agent, agent_type }),
    ],
    ['is revoked with its type', (world) => revokeScope(world, { kind: 'type', agent_type })],
    [
      'is revoked with its task',
      (world) => revokeScope(world, { kind: 'task', agent_type, name: 'process invoice' }),
    ],
    [
      'is revoked with all that was issued before',
      (world) => revokeScope(world, { kind: 'issued_before', agent_type, before: at(200) }),
    ],
    [
      'is of a generation that is over',
      (world, lease) =>
        recordAndCarryOut(world, {
          id: 'R-shard',
          scope: { kind: 'shard', role: grantRoleOf(lease) },
          at: world.clock(),
          by: 'revoker',
          reason: 'its deny document is full',
          gen: 1,
        }),
    ],
  ])('%s', async (_, happen) => {
    const { world, lease } = await worldWithGrants();
    world.clock.advance(200);
    await happen(world, lease);
    expect(called(world, lease)).toEqual(both);
    expect((await recorded(world, lease)).end).toBeDefined();
  });

  it('comes to its deadline, by its timer, though nobody has to be heard from', async () => {
    const { world, lease } = await worldWithGrants();
    world.clock.advance(300);
    await fireTimer(world, { lease: lease.id, gen: 0 });
    expect(called(world, lease)).toEqual(both);
    expect((await recorded(world, lease)).state).toBe('expired');
  });

  it('is silent', async () => {
    const { world, lease } = await worldWithGrants({ heartbeat: 30 });
    world.clock.advance(60);
    await fireTimer(world, { lease: lease.id, gen: 0 });
    expect(called(world, lease)).toEqual(both);
  });

  it('comes to its deadline with its timer lost', async () => {
    const { world, lease } = await worldWithGrants();
    world.clock.advance(300);
    await runSweeper(world);
    expect(called(world, lease)).toEqual(both);
  });

  it('is left behind by a maker that died', async () => {
    const world = earlyWorld({ granting: true });
    const lease = await reserveFor(world);
    expect(called(world, lease)).toEqual([]);
    const whole = await issueTo(world, 'bert', all);
    const stalled = { ...whole, id: 'L-STALLEDLEASE2345', state: 'issuing' } as const;
    await world.leases.reserve(stalled);
    world.clock.advance(60);
    await runSweeper(world);
    expect((await recorded(world, stalled)).state).toBe('failed');
    expect(called(world, stalled)).toEqual(both);
  });
});

describe('others than those that are meant', () => {
  it('keep their grants when an agent is revoked, or a generation begins for another role', async () => {
    const { world } = await worldWithGrants();
    const bert = await issueTo(world, 'bert', all);
    await revokeScope(world, { kind: 'agent', agent: agentNamed('anna').sub, agent_type });
    const role = `${grantRoleOf(bert)}9`;
    await recordAndCarryOut(world, {
      id: 'R-other',
      scope: { kind: 'shard', role },
      at: world.clock(),
      by: 'revoker',
      reason: 'its deny document is full',
      gen: 1,
    });
    expect(called(world, bert)).toEqual([]);
    expect((await recorded(world, bert)).state).toBe('active');
  });

  it('of AWS alone call nobody', async () => {
    const world = earlyWorld({ granting: true });
    const lease = await issueTo(world, 'anna');
    await releaseLease(world, agentNamed('anna'), lease.id);
    expect(world.grants.endings).toEqual([]);
  });
});

describe('a lease whose grants are not ended yet', () => {
  it('is due again, less and less often, until they are', async () => {
    const { world, lease } = await worldWithGrants();
    await revokeScope(world, { kind: 'lease', lease: lease.id });
    for (const [seconds, next] of [
      [0, 60],
      [60, 120],
      [120, 240],
      [240, 480],
    ] as const) {
      world.clock.advance(at(seconds) - world.clock());
      world.grants.endings.length = 0;
      await runSweeper(world);
      expect(called(world, lease), `${seconds} s`).toEqual(both);
      expect(isDue(world, lease, next - 1)).toBe(false);
      expect(isDue(world, lease, next)).toBe(true);
    }
    await answer(world, lease);
    world.clock.advance(480);
    await runSweeper(world);
    expect(called(world, lease)).toEqual([]);
    expect(isDue(world, lease, 999_999)).toBe(false);
  });

  it('is due for one kind when the other has ended', async () => {
    const { world, lease } = await worldWithGrants();
    await revokeScope(world, { kind: 'lease', lease: lease.id });
    await world.leases.grantEnded(lease, 2, world.clock());
    await world.leases.grantIrrevocable(lease, 1, world.clock());
    world.grants.endings.length = 0;
    await runSweeper(world);
    expect(called(world, lease)).toEqual(['postgres']);
  });

  it('is given up after a day, when nobody can tell any more', async () => {
    const { world, lease } = await worldWithGrants();
    await revokeScope(world, { kind: 'lease', lease: lease.id });
    world.clock.advance(86_400);
    await runSweeper(world);
    expect(isDue(world, lease, 9_999_999)).toBe(false);
  });

  it('stays due from its end when nobody could be called', async () => {
    const { world, lease } = await worldWithGrants();
    const enders = { send: () => Promise.reject(new Error('the queue is down')) };
    await releaseLease({ ...world, enders }, agentNamed('anna'), lease.id).catch(() => undefined);
    expect((await recorded(world, lease)).state).toBe('released');
    expect(isDue(world, lease, 0)).toBe(true);
    await runSweeper(world);
    expect(called(world, lease)).toEqual(both);
  });

  it('gives no new credentials', async () => {
    const { world, lease } = await worldWithGrants();
    await revokeScope(world, { kind: 'lease', lease: lease.id });
    const request = { proof: 'late', attempt: 'late' };
    await expect(collectCredentials(world, agentNamed('anna'), lease.id, request)).rejects.toMatchObject({
      code: 'lease_ended',
    });
  });
});
