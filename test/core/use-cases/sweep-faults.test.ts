import { describe, expect, it, vi } from 'vitest';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import { type Due, sweepAll } from '../../../core/use-cases/sweep.ts';
import {
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

/** What is due a year from now: nothing, where everything is settled. */
async function dueEver(world: EarlyWorld): Promise<Due[]> {
  const found: Due[] = [];
  for await (const page of world.leases.due(0, after(world.clock(), 31_536_000))) found.push(...page);
  return found;
}

describe('a revocation that takes longer than a round has', () => {
  it('keeps no lease from ending, on its page or on the next', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    const scope = { kind: 'task', agent_type: 'invoice_processor', name: 'pay' } as const;
    await revokeScope(world, scope);
    const stuck: EarlyWorld['revocations']['find'] = () => new Promise(() => undefined);
    world.clock.advance(300);
    void runSweeper({ ...world, revocations: { ...world.revocations, find: stuck } });
    await vi.waitFor(async () => expect(await recorded(world, lease)).toMatchObject({ state: 'expired' }));
  });
});

describe('one thing that fails', () => {
  const others = async (world: EarlyWorld) => {
    const states = world.leases.all().map(({ state }) => state);
    return states.filter((state) => state === 'expired').length;
  };
  async function worldOfThree() {
    const world = earlyWorld();
    const leases: Lease[] = [];
    for (const name of ['anna', 'bert', 'carl']) leases.push(await issueTo(world, name));
    await world.shards.mark('role', at(0));
    world.clock.advance(300);
    return { world, poison: leases[1]?.id ?? '' };
  }
  const unless =
    <Args extends [string, ...unknown[]], Answer>(poison: string, act: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      if (args[0] === poison) throw new Error('poison');
      return act(...args);
    };

  it('stops no other: a lease that cannot be read', async () => {
    const { world, poison } = await worldOfThree();
    const leases = { ...world.leases, find: unless(poison, world.leases.find) };
    const round = await runSweeper({ ...world, leases });
    expect(round).toMatchObject({ seen: 4, failed: 1 });
    expect(round.faults).toEqual([[{ kind: 'lease', id: poison }, 'Error: poison']]);
    expect(await others(world)).toBe(2);
    expect(world.calls).toHaveLength(1);
  });

  it('stops no other: a lease that cannot be judged, as all are asked about together', async () => {
    const { world, poison } = await worldOfThree();
    const standingsOf = async (leases: readonly Lease[]) => {
      if (leases.some(({ id }) => id === poison)) throw new Error('poison');
      return world.standingsOf(leases);
    };
    const round = await runSweeper({ ...world, standingsOf });
    expect(round).toMatchObject({
      seen: 4,
      failed: 1,
      faults: [[{ kind: 'lease', id: poison }, 'Error: poison']],
    });
    expect(await others(world)).toBe(2);
  });

  it('stops no other: a lease whose record names no role, which no judge can take', async () => {
    const { world, poison } = await worldOfThree();
    const find = async (id: string) => {
      const lease = await world.leases.find(id);
      return lease && id === poison ? { ...lease, grants: [] } : lease;
    };
    const round = await runSweeper({ ...world, leases: { ...world.leases, find } });
    expect(round).toMatchObject({ seen: 4, failed: 1 });
    expect(round.faults[0]?.[1]).toContain('names no grant role');
    expect(await others(world)).toBe(2);
  });

  it('stops no other: a lease that cannot be ended', async () => {
    const { world, poison } = await worldOfThree();
    const end: typeof world.leases.end = async (lease, how) => {
      if (lease.id === poison) throw new Error('poison');
      return world.leases.end(lease, how);
    };
    const round = await runSweeper({ ...world, leases: { ...world.leases, end } });
    expect(round).toMatchObject({ seen: 4, failed: 1 });
    expect(await others(world)).toBe(2);
  });

  it('stops no other: a revocation, and a role that cannot be called; both are due again', async () => {
    const { world } = await worldOfThree();
    await world.revocations.record({
      id: 'R-poison',
      scope: { kind: 'lease', lease: 'L-POISON' },
      at: at(0),
      by: 'somebody',
      reason: 'none',
    });
    const leases = { ...world.leases, find: unless('L-POISON', world.leases.find) };
    const revoker = { send: () => Promise.reject(new Error('no network')) };
    const round = await runSweeper({ ...world, leases, revoker });
    expect(round).toMatchObject({ seen: 5, failed: 2 });
    expect(round.faults.map(([{ kind }]) => kind).sort()).toEqual(['revocation', 'shard']);
    expect(await others(world)).toBe(3);
    expect((await dueEver(world)).map(({ kind }) => kind).sort()).toEqual(['revocation', 'shard']);
  });

  it('leaves what IAM could not be told due, for the next round', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    const lease = await issueTo(world);
    world.clock.advance(60);
    const revoker = { send: () => Promise.reject(new Error('no network')) };
    const round = await runSweeper({ ...world, revoker });
    expect(round.faults).toEqual([[{ kind: 'shard', role: grantRoleOf(lease) }, 'Error: no network']]);
    world.clock.advance(60);
    await runSweeper(world);
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
  });

  it('is the partition itself, and the others are swept to their end before that is told', async () => {
    const { world } = await worldOfThree();
    async function* due(partition: number, now: ReturnType<typeof world.clock>) {
      if (partition === 0) throw new Error('poison');
      if (partition === 2) yield* world.leases.due(0, now);
    }
    const sweeping = { ...world, leases: { ...world.leases, due }, report: () => undefined };
    await expect(sweepAll(sweeping, 3)).rejects.toThrow('poison');
    expect(await others(world)).toBe(3);
  });

  it('is not there for the most part: all partitions are one sum', async () => {
    const { world } = await worldOfThree();
    expect(await sweepAll({ ...world, report: () => undefined }, 8)).toEqual({ seen: 4, failed: 0 });
  });
});
