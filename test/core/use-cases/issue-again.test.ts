import { describe, expect, it } from 'vitest';
import { issuingPatience, type Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { invoicePolicy, morning } from '../invoices.ts';
import { preparedLease } from './prepared.ts';
import { attestedAs, issuanceWorld, issued, orderOf, refusalOf } from './world.ts';

/** A world in which a process reserved the lease of {@link orderOf} and then died. */
async function worldWithOrphan() {
  const world = issuanceWorld();
  const lease = preparedLease();
  await world.leases.reserve(lease);
  return { world, lease };
}

describe('the same Idempotency-Key again', () => {
  it('gives the lost answer once more under the same id and deadline, never a second lease', async () => {
    const world = issuanceWorld();
    const first = issued(await issueLease(world, orderOf()));
    world.clock.advance(20);
    const again = issued(await issueLease(world, orderOf()));
    expect(again.lease).toMatchObject({ id: first.lease.id, deadline: first.lease.deadline });
    expect(again.credentials.aws?.secretAccessKey).not.toBe(first.credentials.aws?.secretAccessKey);
    expect(world.leases.all()).toHaveLength(1);
    expect(world.minter.plans[1]).toEqual(world.minter.plans[0]);
  });

  it('counts the mint before STS is called and reads the lease again after', async () => {
    const world = issuanceWorld();
    await issueLease(world, orderOf());
    world.leases.trail.length = 0;
    await issueLease(world, orderOf());
    expect(world.leases.trail).toEqual([
      'standing',
      'reserve',
      'standing',
      'remint',
      'mint',
      'find',
      'standing',
    ]);
  });

  it('is answered three times more, and then no more', async () => {
    const world = issuanceWorld();
    for (let i = 0; i < 4; i++) await issueLease(world, orderOf());
    const refusal = await refusalOf(issueLease(world, orderOf()));
    expect(refusal).toMatchObject({ code: 'access_denied', evidence: { retry: 'new_key' } });
    expect(world.minter.plans).toHaveLength(4);
  });

  it('shows no credentials to who attested more weakly than when the lease was granted', async () => {
    const world = issuanceWorld();
    const strong = { ...attestedAs(), strength: 'measured' } as const;
    await issueLease(world, orderOf({}, { attested: strong }));
    const refusal = await refusalOf(issueLease(world, orderOf()));
    expect(refusal.code).toBe('access_denied');
    expect(refusal.message).toContain('attest as strongly as when the lease was granted');
    expect(world.minter.plans).toHaveLength(1);
    issued(await issueLease(world, orderOf({}, { attested: strong })));
  });

  it('with a replayed proof mints nothing: a captured request is worth nothing', async () => {
    const world = issuanceWorld();
    const captured = orderOf();
    await issueLease(world, captured);
    const refusal = await refusalOf(issueLease(world, { ...captured, attempt: 'attempt-of-the-thief' }));
    expect(refusal.code).toBe('access_denied');
    expect(world.minter.plans).toHaveLength(1);
  });

  it('with another body is refused, so a lost answer never turns into another task', async () => {
    const world = issuanceWorld();
    await issueLease(world, orderOf());
    const refusal = await refusalOf(issueLease(world, orderOf({ purpose: 'something else' })));
    expect(refusal).toMatchObject({ code: 'idempotency_key_reused', evidence: { retry: 'new_key' } });
    expect(world.minter.plans).toHaveLength(1);
  });

  it('as an agent of another type mints nothing: a short-lived type would get the deadline of a long-lived one', async () => {
    const lifetime = { buffer: 1, floor: 0, maximum: '2x', longest: 43_200 } as const;
    const policies = [invoicePolicy({ lifetime }), invoicePolicy({ agent_type: 'payer' })];
    const world = { ...issuanceWorld(), policies };
    await issueLease(world, orderOf({ estimated_seconds: 40_000 }));
    const asPayer = { ...attestedAs(), agent_type: 'payer' };
    const again = orderOf({ estimated_seconds: 40_000 }, { attested: asPayer });
    expect(await refusalOf(issueLease(world, again))).toMatchObject({
      code: 'idempotency_key_reused',
      evidence: { retry: 'new_key' },
    });
    expect(world.minter.plans).toHaveLength(1);
  });

  it('after the deadline is refused: the lease is over', async () => {
    const world = issuanceWorld();
    await issueLease(world, orderOf());
    world.clock.advance(300);
    expect((await refusalOf(issueLease(world, orderOf()))).code).toBe('lease_ended');
  });

  it('after the policy was tightened is denied by the policy of now', async () => {
    const world = issuanceWorld();
    await issueLease(world, orderOf());
    const policies = [invoicePolicy({ conditions: { invoice_amount: [{ else: 'deny' }] } })];
    expect((await refusalOf(issueLease({ ...world, policies }, orderOf()))).code).toBe('access_denied');
    expect(world.minter.plans).toHaveLength(1);
  });

  it('raises credential_until before STS is called, where a long lease outlives one credential', async () => {
    const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 43_200 } as const;
    const world = issuanceWorld(invoicePolicy({ lifetime }));
    await issueLease(world, orderOf({ estimated_seconds: 6_000 }));
    world.clock.advance(1_000);
    const seen: number[] = [];
    world.minter.meddle = () => {
      seen.push(...world.leases.all().map(({ credential_until }) => credential_until));
      return {};
    };
    const { lease } = await issueLease(world, orderOf({ estimated_seconds: 6_000 }));
    expect(seen).toEqual([after(morning, 4_540)]);
    expect(lease.credential_until).toBe(after(morning, 4_540));
  });
});

describe('a second mint that goes wrong', () => {
  it('says to come back with the same key: the lease is still there', async () => {
    const world = issuanceWorld();
    await issueLease(world, orderOf());
    world.minter.meddle = () => Promise.reject(new Error('throttled'));
    expect(await refusalOf(issueLease(world, orderOf()))).toMatchObject({
      code: 'temporarily_unavailable',
      evidence: { retry: 'same_key', retryAfter: 1 },
    });
    world.minter.meddle = () => ({});
    expect((await issueLease(world, orderOf())).lease.state).toBe('active');
  });

  it('shows no credentials of another identity', async () => {
    const world = issuanceWorld();
    await issueLease(world, orderOf());
    world.minter.meddle = () => ({ sourceIdentity: 'L-SOMEBODYELSES000' });
    expect((await refusalOf(issueLease(world, orderOf()))).code).toBe('temporarily_unavailable');
  });

  it('shows no credentials that would outlive credential_until, though the deadline is far', async () => {
    const lifetime = { buffer: 1, floor: 0, maximum: '2x', longest: 43_200 } as const;
    const world = issuanceWorld(invoicePolicy({ lifetime }));
    await issueLease(world, orderOf({ estimated_seconds: 20_000 }));
    world.minter.meddle = (plan) => ({ expiration: plan.deadline });
    const again = issueLease(world, orderOf({ estimated_seconds: 20_000 }));
    expect((await refusalOf(again)).code).toBe('temporarily_unavailable');
  });

  it('shows nothing of a lease that ended while STS answered', async () => {
    const world = issuanceWorld();
    await issueLease(world, orderOf());
    world.minter.meddle = ({ deadline }) => {
      world.clock.advance(300);
      return { expiration: deadline };
    };
    expect((await refusalOf(issueLease(world, orderOf()))).code).toBe('lease_ended');
  });

  it('shows nothing of a lease that is gone', async () => {
    const world = issuanceWorld();
    await issueLease(world, orderOf());
    const leases = { ...world.leases, find: async () => undefined };
    expect((await refusalOf(issueLease({ ...world, leases }, orderOf()))).code).toBe('lease_ended');
  });
});

describe('a lease whose maker has not finished', () => {
  it('is in progress, with the seconds to wait', async () => {
    const { world } = await worldWithOrphan();
    world.clock.advance(20);
    expect(await refusalOf(issueLease(world, orderOf()))).toMatchObject({
      code: 'lease_in_progress',
      evidence: { retry: 'same_key', retryAfter: 40 },
    });
    expect(world.minter.plans).toEqual([]);
  });

  it('is failed once its patience is over, for good', async () => {
    const { world } = await worldWithOrphan();
    world.clock.advance(issuingPatience - 1);
    expect((await refusalOf(issueLease(world, orderOf()))).evidence.retryAfter).toBe(1);
    world.clock.advance(1);
    expect(await refusalOf(issueLease(world, orderOf()))).toMatchObject({
      code: 'lease_ended',
      evidence: { retry: 'new_key' },
    });
    expect(world.leases.all()).toMatchObject([{ state: 'failed' }]);
  });

  it('is what it says, when its slow maker finishes just before it is taken for dead', async () => {
    const { world, lease } = await worldWithOrphan();
    world.clock.advance(issuingPatience);
    const leases = {
      ...world.leases,
      fail: async (failed: Lease, failure: string) => {
        await world.leases.activate(lease);
        return world.leases.fail(failed, failure);
      },
    };
    expect((await issueLease({ ...world, leases }, orderOf())).lease.state).toBe('active');
  });
});
