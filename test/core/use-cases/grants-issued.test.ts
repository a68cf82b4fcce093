import { describe, expect, it } from 'vitest';
import { wasMinted } from '../../../core/lease.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { grantingPolicy, oneOfEach, systems } from '../granting.ts';
import { invoicePolicy } from '../invoices.ts';
import { askPending, collect, mia, onRecord, pendingWorld, say } from './pending-world.ts';
import { attestedAs, issuanceWorld, issued, orderOf, refusalOf } from './world.ts';

const grantingWorld = (policy = grantingPolicy()) => ({ ...issuanceWorld(policy), systems });
const order = (capabilities: readonly string[] = oneOfEach) => orderOf({ capabilities: [...capabilities] });
const request = (() => {
  let requests = 0;
  return () => ({ proof: `again-${++requests}`, attempt: `again-${requests}` });
})();

describe('a lease with grants of several kinds', () => {
  it('makes all of them, once, and shows what each comes to', async () => {
    const world = grantingWorld();
    const { lease, credentials } = issued(await issueLease(world, order()));
    expect(Object.keys(credentials).sort()).toEqual(['aws', 'jwt', 'oauth', 'postgres']);
    expect([...world.grants.there].sort()).toEqual([
      `jwt ${lease.id} tell_ledger`,
      `oauth ${lease.id} check_vat`,
      `postgres ${lease.id} crm`,
    ]);
  });

  it('asks nothing of STS where nothing of AWS is wanted, and is a lease all the same', async () => {
    const world = grantingWorld();
    const { lease, credentials } = issued(await issueLease(world, order(['tell_ledger', 'check_vat'])));
    expect(world.minter.plans).toEqual([]);
    expect(credentials.aws).toBeUndefined();
    expect(lease.state).toBe('active');
    expect(wasMinted(lease)).toBe(true);
  });

  it('calls nobody for a lease of AWS alone', async () => {
    const world = grantingWorld(invoicePolicy());
    await issueLease(world, orderOf());
    expect([...world.grants.there]).toEqual([]);
    expect(world.sent).toEqual([]);
  });

  it('is ended to the second by a timer, though nobody has to be heard from, if something has to be ended', async () => {
    const world = grantingWorld();
    const { lease } = await issueLease(world, order(['read_customer']));
    expect(world.sent).toEqual([{ timer: { lease: lease.id, gen: 0 }, seconds: 300 }]);
    const untimed = grantingWorld();
    await issueLease(untimed, order(['tell_ledger', 'post_message', 'read_rates']));
    expect(untimed.sent).toEqual([]);
  });
});

describe('a lease of which a part cannot be made', () => {
  it.each([
    'postgres',
    'oauth',
    'jwt',
  ] as const)('has failed, and all that was made is called back: without %s', async (kind) => {
    const world = grantingWorld();
    world.grants.down.add(kind);
    const refusal = await refusalOf(issueLease(world, order()));
    expect(refusal).toMatchObject({ code: 'temporarily_unavailable', evidence: { retry: 'new_key' } });
    const [lease] = world.leases.all();
    expect(lease).toMatchObject({ state: 'failed' });
    expect(world.grants.endings.map((each) => each.kind)).toEqual(['oauth', 'postgres']);
    expect(world.leases.dueNow(world.clock()).length).toBe(0);
    world.clock.advance(60);
    expect(world.leases.dueNow(world.clock())).toEqual([{ kind: 'lease', id: lease?.id }]);
  });

  it('waits for what is still being made before it is called back: nothing comes after it', async () => {
    const world = grantingWorld();
    const order_: string[] = [];
    const makers: typeof world.makers = {
      async mint(kind, lease, names) {
        if (kind === 'oauth') throw new Error('at once');
        await new Promise((resolve) => setImmediate(resolve));
        order_.push(`made ${kind}`);
        return world.makers.mint(kind, lease, names);
      },
    };
    const enders = { send: async (kind: string) => void order_.push(`ended ${kind}`) };
    await refusalOf(issueLease({ ...world, makers, enders }, order()));
    expect(order_.slice(0, 2).sort()).toEqual(['made jwt', 'made postgres']);
    expect(order_.slice(2)).toEqual(['ended oauth', 'ended postgres']);
  });

  it('is called back where STS refuses', async () => {
    const world = grantingWorld();
    world.minter.meddle = () => Promise.reject(new Error('STS is down'));
    await refusalOf(issueLease(world, order()));
    expect(world.grants.endings.map((each) => each.kind)).toEqual(['oauth', 'postgres']);
  });

  it('is called back where a token does not hold what it is for', async () => {
    const world = grantingWorld();
    const mint = async () => 'too_large' as const;
    expect((await refusalOf(issueLease({ ...world, minter: { mint } }, order()))).code).toBe(
      'invalid_request',
    );
    expect(world.grants.endings.map((each) => each.kind)).toEqual(['oauth', 'postgres']);
  });

  it('stays due where nobody could be called: the sweeper does it', async () => {
    const world = grantingWorld();
    world.grants.down.add('jwt');
    const enders = { send: () => Promise.reject(new Error('the queue is down')) };
    await refusalOf(issueLease({ ...world, enders }, order()));
    world.clock.advance(60);
    expect(world.leases.dueNow(world.clock())).toHaveLength(1);
  });

  it('is called back when somebody ended it while it was made', async () => {
    const world = grantingWorld();
    world.minter.meddle = async () => {
      for (const lease of world.leases.all())
        await world.leases.end(lease, { at: world.clock(), cause: 'revoked', by: 'an operator' });
      return {};
    };
    expect((await refusalOf(issueLease(world, order()))).code).toBe('lease_ended');
    expect(world.grants.endings.map((each) => each.kind)).toEqual(['oauth', 'postgres']);
  });
});

describe('renewing', () => {
  async function worldWithLease() {
    const world = grantingWorld();
    const capabilities = [...oneOfEach, 'read_contract'];
    const { lease } = await issueLease(world, orderOf({ capabilities, estimated_seconds: 200 }));
    world.clock.advance(100);
    return { world, lease };
  }

  it('makes all of them again, under the new deadline', async () => {
    const { world, lease } = await worldWithLease();
    const again = await collectCredentials(world, attestedAs(), lease.id, { ...request(), estimate: 240 });
    expect(Object.keys(again.credentials).sort()).toEqual(['aws', 'jwt', 'oauth', 'postgres']);
    expect(again.lease.deadline).toBeGreaterThan(lease.deadline);
    expect(again.lease.grants).toEqual(lease.grants);
  });

  it('makes those of fewer capabilities only', async () => {
    const { world, lease } = await worldWithLease();
    const fewer = { ...request(), capabilities: ['tell_ledger'] };
    const { credentials } = await collectCredentials(world, attestedAs(), lease.id, fewer);
    expect(Object.keys(credentials)).toEqual(['jwt']);
  });

  it('makes nothing by a policy that no longer has one of its capabilities', async () => {
    const { world, lease } = await worldWithLease();
    const { read_contract: _, ...capabilities } = grantingPolicy().capabilities;
    const narrower = { ...world, policies: [grantingPolicy({ capabilities })] };
    const before = world.minter.plans.length;
    const refusal = await refusalOf(collectCredentials(narrower, attestedAs(), lease.id, request()));
    expect(refusal.code).toBe('invalid_request');
    expect(world.minter.plans).toHaveLength(before);
  });

  it('leaves the lease as it is when a part cannot be made', async () => {
    const { world, lease } = await worldWithLease();
    world.grants.down.add('oauth');
    const refusal = await refusalOf(collectCredentials(world, attestedAs(), lease.id, request()));
    expect(refusal).toMatchObject({ code: 'temporarily_unavailable', evidence: { retry: 'same_key' } });
    expect(await world.leases.find(lease.id)).toMatchObject({ state: 'active' });
    expect(world.grants.endings).toEqual([]);
    world.grants.down.clear();
    await expect(collectCredentials(world, attestedAs(), lease.id, request())).resolves.toBeDefined();
  });
});

describe('a lease that people approve', () => {
  const waits = async () => {
    const world = { ...pendingWorld({ capabilities: grantingPolicy().capabilities }), systems };
    return { world, lease: await askPending(world, '4712', { capabilities: [...oneOfEach] }) };
  };

  it('has nothing made before, and nothing to be ended, whatever becomes of it', async () => {
    const { world, lease } = await waits();
    await say(world, lease, mia, 'deny');
    expect([...world.grants.there]).toEqual([]);
    expect(world.grants.endings).toEqual([]);
    expect(world.leases.dueNow(lease.renewable_until)).toEqual([]);
  });

  it('has all of it made when it is collected, for roles that are named as it is', async () => {
    const { world, lease } = await waits();
    await say(world, lease, mia);
    const { lease: collected, credentials } = await collect(world, lease);
    expect(Object.keys(credentials).sort()).toEqual(['aws', 'jwt', 'oauth', 'postgres']);
    expect(collected.grants).toEqual(lease.grants);
    expect(await onRecord(world, lease)).toMatchObject({ state: 'active', timer_gen: 0 });
  });

  it('fails as a whole when a part cannot be made then', async () => {
    const { world, lease } = await waits();
    await say(world, lease, mia);
    world.grants.down.add('oauth');
    expect((await refusalOf(collect(world, lease))).code).toBe('temporarily_unavailable');
    expect(await onRecord(world, lease)).toMatchObject({ state: 'failed' });
    expect(world.grants.endings.map(({ kind }) => kind)).toEqual(['oauth', 'postgres']);
  });
});
