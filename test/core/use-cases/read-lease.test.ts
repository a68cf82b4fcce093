import { describe, expect, it } from 'vitest';
import { issuingPatience, type Lease, seenState } from '../../../core/lease.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { readOwnLease } from '../../../core/use-cases/read-lease.ts';
import { preparedLease } from './prepared.ts';
import { attestedAs, issuanceWorld, orderOf, refusalOf } from './world.ts';

async function worldWithLease() {
  const world = issuanceWorld();
  const { lease } = await issueLease(world, orderOf());
  return { world, lease };
}

describe('reading a lease', () => {
  it('answers its owner', async () => {
    const { world, lease } = await worldWithLease();
    expect(await readOwnLease(world, attestedAs(), lease.id, world.clock())).toMatchObject({ lease });
  });

  it.each([
    ['another key of the same principal', attestedAs('thumbprint-2')],
    ['another principal with a stolen result', attestedAs('thumbprint-1', 'AROAAGENTTWO')],
    ['the same principal and key as an agent of another type', { ...attestedAs(), agent_type: 'payer' }],
  ])('tells %s the same as of an id that never was', async (_, other) => {
    const { world, lease } = await worldWithLease();
    const theirs = await refusalOf(readOwnLease(world, other, lease.id, world.clock()));
    const nobodys = await refusalOf(readOwnLease(world, other, 'L-NOSUCHLEASE00000', world.clock()));
    expect(theirs).toMatchObject({ code: 'not_found', message: nobodys.message, evidence: nobodys.evidence });
  });

  it('judges expiry by the clock, though nothing wrote it', async () => {
    const { world, lease } = await worldWithLease();
    world.clock.advance(299);
    expect(seenState(lease, world.clock())).toBe('active');
    world.clock.advance(1);
    const read = await readOwnLease(world, attestedAs(), lease.id, world.clock());
    expect(read.lease.state).toBe('expired');
  });
});

describe('reading a lease whose maker died', () => {
  async function orphan() {
    const world = issuanceWorld();
    const lease = preparedLease();
    await world.leases.reserve(lease);
    return { world, lease };
  }

  it('settles it as failed after its patience, and not before', async () => {
    const { world, lease } = await orphan();
    world.clock.advance(issuingPatience - 1);
    expect((await readOwnLease(world, attestedAs(), lease.id, world.clock())).lease.state).toBe('issuing');
    world.clock.advance(1);
    expect((await readOwnLease(world, attestedAs(), lease.id, world.clock())).lease.state).toBe('failed');
    expect(world.leases.all()).toMatchObject([{ state: 'failed', failure: 'the process that made it died' }]);
  });

  it('shows no failure that its maker overtook', async () => {
    const { world, lease } = await orphan();
    world.clock.advance(issuingPatience);
    const leases = {
      ...world.leases,
      fail: async (failed: Lease, failure: string) => {
        await world.leases.activate(lease);
        return world.leases.fail(failed, failure);
      },
    };
    expect(
      (await readOwnLease({ ...world, leases }, attestedAs(), lease.id, world.clock())).lease.state,
    ).toBe('active');
  });
});
