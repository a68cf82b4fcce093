import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import type { Granting } from '../../../core/use-cases/connector.ts';
import { endGrants, type Irrevocable } from '../../../core/use-cases/end-grants.ts';
import { memoryLeases } from '../../ports/memory-leases.ts';
import { grantingPolicy, grantNamed, systems } from '../granting.ts';
import { morning } from '../invoices.ts';
import { preparedLease } from './prepared.ts';
import { manualClock, orderOf } from './world.ts';

let keys = 0;

/** Databases in which the roles of one lease are, which ended; `refusals` says how often each does not let go. */
async function endingWorld(state: 'over' | 'alive' = 'over') {
  const clock = manualClock();
  const leases = memoryLeases();
  const reserve = async (changed: Partial<Lease> = {}) => {
    const order = orderOf(
      { capabilities: ['read_invoice', 'read_customer', 'read_lake', 'check_vat'] },
      { idempotencyKey: `key-${++keys}` },
    );
    const lease = { ...preparedLease(order, grantingPolicy(), undefined, systems), ...changed };
    await leases.reserve(lease);
    await leases.activate(lease);
    return lease;
  };
  const lease = await reserve();
  if (state === 'over') await leases.end(lease, { at: morning, cause: 'revoked', by: 'an operator' });
  const ended: string[] = [];
  const tried: string[] = [];
  const pauses: number[] = [];
  const reported: Irrevocable[] = [];
  const refusals = new Map<string, number>();
  const world = {
    connector: {
      kind: 'postgres' as const,
      mint: () => Promise.reject(new Error('nothing is made here')),
      async end({ lease: { id }, grant: { name } }: Granting<'postgres'>) {
        tried.push(`${id} ${name}`);
        const left = refusals.get(name) ?? 0;
        refusals.set(name, left - 1);
        if (left > 0) throw new Error('it does not let go');
        ended.push(`${id} ${name}`);
      },
    },
    leases,
    clock,
    pause: async (seconds: number) => void pauses.push(seconds),
    report: (irrevocable: Irrevocable) => void reported.push(irrevocable),
  };
  const read = async ({ id }: Pick<Lease, 'id'>) => {
    const found = await leases.find(id);
    if (!found) throw new Error('it is gone');
    return found;
  };
  return { world, lease, reserve, ended, tried, pauses, reported, refusals, clock, leases, read };
}

describe('ending the grants of a lease', () => {
  it('ends all of its kind, notes when, and touches no other', async () => {
    const { world, lease, ended, read, clock } = await endingWorld();
    clock.advance(3);
    await endGrants(world, lease.id);
    expect(ended.sort()).toEqual([`${lease.id} crm`, `${lease.id} data-lake`]);
    const after3 = await read(lease);
    for (const name of ['crm', 'data-lake'])
      expect(grantNamed(after3, 'postgres', name).ended_at).toBe(after(morning, 3));
    expect(grantNamed(after3, 'oauth').ended_at).toBeUndefined();
  });

  it('does nothing the second time: messages come twice', async () => {
    const { world, lease, tried } = await endingWorld();
    await endGrants(world, lease.id);
    await endGrants(world, lease.id);
    expect(tried).toHaveLength(2);
  });

  it('does nothing for a lease that is alive, or that nobody has', async () => {
    const { world, lease, tried } = await endingWorld('alive');
    await endGrants(world, lease.id);
    await endGrants(world, 'L-NOBODYSLEASE2345');
    expect(tried).toEqual([]);
  });

  it('tries again with growing pauses until it is sure', async () => {
    const { world, lease, refusals, pauses, reported, read } = await endingWorld();
    refusals.set('crm', 3);
    await endGrants(world, lease.id);
    expect(pauses).toEqual([0.25, 0.5, 1]);
    expect(reported).toEqual([]);
    expect(grantNamed(await read(lease), 'postgres', 'crm').ended_at).toBeDefined();
  });

  it('tells of what does not let go after six tries, keeps it on record, and ends the others', async () => {
    const { world, lease, refusals, tried, pauses, reported, read } = await endingWorld();
    refusals.set('crm', 100);
    await endGrants(world, lease.id);
    expect(tried.filter((each) => each.endsWith('crm'))).toHaveLength(6);
    expect(pauses).toEqual([0.25, 0.5, 1, 2, 4]);
    expect(reported).toMatchObject([{ kind: 'postgres', lease: lease.id, name: 'crm' }]);
    const stuck = await read(lease);
    expect(grantNamed(stuck, 'postgres', 'crm')).toMatchObject({ irrevocable_at: expect.any(Number) });
    expect(grantNamed(stuck, 'postgres', 'crm').ended_at).toBeUndefined();
    expect(grantNamed(stuck, 'postgres', 'data-lake').ended_at).toBeDefined();
  });

  it('tries what is known to be stuck once each time, and forgets that it was once it has ended', async () => {
    const { world, lease, refusals, tried, reported, read } = await endingWorld();
    refusals.set('crm', 7);
    await endGrants(world, lease.id);
    await endGrants(world, lease.id);
    expect(tried.filter((each) => each.endsWith('crm'))).toHaveLength(7);
    expect(reported).toHaveLength(2);
    await endGrants(world, lease.id);
    const { ended_at, irrevocable_at } = grantNamed(await read(lease), 'postgres', 'crm');
    expect([ended_at !== undefined, irrevocable_at]).toEqual([true, undefined]);
  });

  it('stops trying when its time is up, so that it still says what came of it', async () => {
    const { world, lease, refusals, tried, reported, clock } = await endingWorld();
    refusals.set('crm', 100);
    const slow = {
      ...world.connector,
      end: async (granting: Granting<'postgres'>) => {
        clock.advance(30);
        return world.connector.end(granting);
      },
    };
    await endGrants({ ...world, connector: slow }, lease.id);
    expect(tried.filter((each) => each.endsWith('crm')).length).toBeLessThan(6);
    expect(reported).toMatchObject([{ name: 'crm' }]);
  });

  it('ends what was delegated from it, through every generation, whatever those records say yet', async () => {
    const { world, lease, reserve, ended, leases } = await endingWorld('alive');
    const line = (above: readonly Lease[]) =>
      above.map(({ id, agent, task }) => ({ lease: id, agent, task: task.name }));
    const child = await reserve({ ancestors: line([lease]) });
    const grandchild = await reserve({ ancestors: line([lease, child]) });
    const other = await reserve();
    await leases.addChild(lease, child.id, morning);
    await leases.addChild(child, grandchild.id, morning);
    await leases.end(lease, { at: morning, cause: 'released', by: lease.agent });
    await endGrants(world, lease.id);
    for (const { id } of [lease, child, grandchild]) expect(ended).toContain(`${id} crm`);
    expect(ended.filter((each) => each.startsWith(other.id))).toEqual([]);
  });

  it('ends nothing of a lease that is called its child and is not', async () => {
    const { world, lease, reserve, ended, leases } = await endingWorld('alive');
    const stranger = await reserve();
    await leases.addChild(lease, stranger.id, morning);
    await leases.end(lease, { at: morning, cause: 'released', by: lease.agent });
    await endGrants(world, lease.id);
    expect(ended.filter((each) => each.startsWith(stranger.id))).toEqual([]);
  });
});
