import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import type { Granting } from '../../../core/use-cases/connector.ts';
import { mintGrants } from '../../../core/use-cases/mint-grants.ts';
import { memoryLeases } from '../../ports/memory-leases.ts';
import { grantingPolicy, grantNamed, oneOfEach, systems } from '../granting.ts';
import { morning } from '../invoices.ts';
import { preparedLease } from './prepared.ts';
import { manualClock, orderOf } from './world.ts';

/** An authorization server with all that was made in it, and a lease in the making. */
async function tokenWorld(capabilities: readonly string[] = oneOfEach) {
  const clock = manualClock();
  const leases = memoryLeases();
  const lease = preparedLease(
    orderOf({ capabilities: [...capabilities] }),
    grantingPolicy(),
    undefined,
    systems,
  );
  await leases.reserve(lease);
  const there = new Set<string>();
  const seen: { now: number; lease: Lease }[] = [];
  const controls: { meddle: (granting: Granting<'oauth'>) => Promise<unknown> } = { meddle: async () => {} };
  const connector = {
    kind: 'oauth' as const,
    async mint(granting: Granting<'oauth'>, _: unknown, now: number) {
      seen.push({ now, lease: granting.lease });
      const sealed = `${granting.grant.name}-${seen.length}`;
      there.add(sealed);
      await controls.meddle(granting);
      const credential = {
        access_token: sealed,
        token_type: 'Bearer',
        expiration: '2026-11-24T12:00:00Z',
      } as const;
      return { credential, sealed };
    },
    async end({ grant }: Granting<'oauth'>) {
      for (const each of grant.sealed ?? []) there.delete(each);
    },
  };
  const world = { connector, leases, policies: [grantingPolicy()], clock };
  return { world, lease, there, seen, controls, clock, leases };
}
const end = (lease: Lease) => ({ at: lease.issued_at, cause: 'revoked', by: 'an operator' }) as const;

describe('making grants of a lease', () => {
  it('answers each by its name, and keeps what its end will need', async () => {
    const { world, lease, leases } = await tokenWorld(['check_vat', 'read_rates']);
    const made = await mintGrants(world, lease.id, ['check_vat', 'read_rates']);
    expect(Object.keys(made)).toEqual(['check_vat', 'read_rates']);
    const kept = await leases.find(lease.id);
    expect(kept && grantNamed(kept, 'oauth', 'check_vat').sealed).toEqual(['check_vat-1']);
    expect(kept && grantNamed(kept, 'oauth', 'read_rates').sealed).toEqual(['read_rates-2']);
  });

  it('goes by the lease that is on record, and by the clock', async () => {
    const { world, lease, seen, clock, leases } = await tokenWorld();
    await leases.activate(lease);
    clock.advance(7);
    await mintGrants(world, lease.id, ['check_vat']);
    expect(seen).toMatchObject([{ now: after(morning, 7), lease: { id: lease.id, state: 'active' } }]);
  });

  it.each<[string, (setting: Awaited<ReturnType<typeof tokenWorld>>) => unknown]>([
    ['that nobody has', ({ leases, lease }) => Object.assign(leases, { find: async () => undefined, lease })],
    ['that is over', ({ leases, lease }) => leases.end(lease, end(lease))],
    ['that failed', ({ leases, lease }) => leases.fail(lease, 'why')],
    ['whose maker must be taken for dead', ({ clock }) => clock.advance(60)],
    [
      'that has expired, though nobody wrote it',
      async ({ leases, lease, clock }) => {
        await leases.activate(lease);
        clock.advance(300);
      },
    ],
  ])('makes nothing for a lease %s', async (_, happen) => {
    const setting = await tokenWorld();
    await happen(setting);
    await expect(mintGrants(setting.world, setting.lease.id, ['check_vat'])).rejects.toThrow('now');
    expect(setting.seen).toEqual([]);
  });

  it.each([
    ['of another name', 'read_rates'],
    ['of another kind', 'tell_ledger'],
    ['of the lease’s database', 'crm'],
    ['of a name of the language', '__proto__'],
  ])('makes no grant %s that the lease has not', async (_, name) => {
    const { world, lease, seen } = await tokenWorld();
    await expect(mintGrants(world, lease.id, [name])).rejects.toThrow('has no grant');
    expect(seen).toEqual([]);
  });

  it('makes nothing of an agent type that is no longer deployed', async () => {
    const { world, lease, seen } = await tokenWorld();
    await expect(mintGrants({ ...world, policies: [] }, lease.id, ['check_vat'])).rejects.toThrow(
      'no policy',
    );
    expect(seen).toEqual([]);
  });

  it('undoes what is made when the lease has ended before it could be noted: its ender found nothing', async () => {
    const { world, lease, there, controls, leases } = await tokenWorld();
    controls.meddle = () => leases.end(lease, end(lease));
    await expect(mintGrants(world, lease.id, ['check_vat'])).rejects.toThrow('undone');
    expect([...there]).toEqual([]);
  });

  it('undoes what is made when the lease ends after it was noted', async () => {
    const { world, lease, there, leases } = await tokenWorld();
    const seal: typeof leases.seal = async (...asked) => {
      const noted = await leases.seal(...asked);
      await leases.end(lease, end(lease));
      return noted;
    };
    const late = { ...world, leases: { ...leases, seal } };
    await expect(mintGrants(late, lease.id, ['check_vat'])).rejects.toThrow('ended while');
    expect([...there]).toEqual([]);
  });

  it('undoes what is made too late by the clock', async () => {
    const { world, lease, there, controls, clock } = await tokenWorld();
    controls.meddle = async () => clock.advance(60);
    await expect(mintGrants(world, lease.id, ['check_vat'])).rejects.toThrow('ended while');
    expect([...there]).toEqual([]);
  });

  it('throws when one of several cannot be made, once the others are through', async () => {
    const { world, lease, there, controls, leases } = await tokenWorld(['check_vat', 'read_rates']);
    controls.meddle = async ({ grant }) => {
      if (grant.name === 'check_vat') throw new Error('it is down');
    };
    await expect(mintGrants(world, lease.id, ['check_vat', 'read_rates'])).rejects.toThrow('it is down');
    expect([...there]).toContain('read_rates-2');
    const kept = await leases.find(lease.id);
    expect(kept && grantNamed(kept, 'oauth', 'read_rates').sealed).toEqual(['read_rates-2']);
  });
});
