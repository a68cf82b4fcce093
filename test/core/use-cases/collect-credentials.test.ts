import { describe, expect, it } from 'vitest';
import { awsGrantOf } from '../../../core/grant.ts';
import { longestCredential, type Narrowing } from '../../../core/lifetime.ts';
import { grantRoleArn } from '../../../core/plan.ts';
import { after, type EpochSeconds } from '../../../core/time.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { invoicePolicy, morning } from '../invoices.ts';
import { attestedAs, awsOf, issuanceWorld, issued, orderOf, refusalOf } from './world.ts';

const modes: Narrowing[] = ['scoped_credentials', 'session_policy'];
const twelveHours = { buffer: 1, floor: 0, maximum: '2x', longest: 43_200 } as const;

let collections = 0;
const request = () => ({ proof: `collected-${++collections}`, attempt: `collecting-${collections}` });

async function worldWithLease(estimated_seconds: number, narrowing: Narrowing = 'scoped_credentials') {
  const world = issuanceWorld(invoicePolicy({ lifetime: twelveHours }), narrowing);
  return { world, ...issued(await issueLease(world, orderOf({ estimated_seconds }))) };
}

/** A lease of an agent that proved a key in hardware, or one that is its own. */
async function strongLease() {
  const world = issuanceWorld(invoicePolicy({ lifetime: twelveHours }));
  const attested = { ...attestedAs(), strength: 'key_bound' } as const;
  return { world, ...issued(await issueLease(world, orderOf({}, { attested }))) };
}

describe('collecting credentials again', () => {
  it('gives others for what is left, under the same deadline', async () => {
    const { world, lease, credentials } = await worldWithLease(600);
    world.clock.advance(200);
    const again = await collectCredentials(world, attestedAs(), lease.id, request());
    expect(again.lease).toMatchObject({ id: lease.id, deadline: lease.deadline, state: 'active' });
    expect(again.credentials.aws?.secretAccessKey).not.toBe(credentials.aws?.secretAccessKey);
    expect(again.credentials.aws?.expiration).toBe(lease.deadline);
    expect(world.minter.plans[1]).toEqual(world.minter.plans[0]);
  });

  it('counts the mint before STS is asked and reads the lease after', async () => {
    const { world, lease } = await worldWithLease(600);
    world.leases.trail.length = 0;
    await collectCredentials(world, attestedAs(), lease.id, request());
    expect(world.leases.trail).toEqual(['find', 'standing', 'remint', 'mint', 'find', 'standing']);
  });

  it('judges the task by the policies of now', async () => {
    const { world, lease } = await worldWithLease(600);
    const policies = [invoicePolicy({ conditions: { invoice_amount: [{ else: 'deny' }] } })];
    const tightened = { ...world, policies };
    const refusal = await refusalOf(collectCredentials(tightened, attestedAs(), lease.id, request()));
    expect(refusal.code).toBe('access_denied');
    expect(world.minter.plans).toHaveLength(1);
  });

  it.each([
    ['another key', attestedAs('thumbprint-2')],
    ['another principal', attestedAs('thumbprint-1', 'AROAAGENTTWO')],
    ['the same principal and key as an agent of another type', { ...attestedAs(), agent_type: 'payer' }],
  ])('is not for %s, who learns nothing of the lease', async (_, other) => {
    const { world, lease } = await worldWithLease(600);
    const refusal = await refusalOf(collectCredentials(world, other, lease.id, request()));
    expect(refusal.code).toBe('not_found');
    expect(world.minter.plans).toHaveLength(1);
  });

  it('is not for who attested more weakly than when the lease was granted, and mints nothing', async () => {
    const { world, lease } = await strongLease();
    expect(lease.strength).toBe('key_bound');
    for (const strength of ['instance', 'principal', 'workload'] as const) {
      const weaker = { ...attestedAs(), strength };
      const refusal = await refusalOf(collectCredentials(world, weaker, lease.id, request()));
      expect(refusal.code).toBe('access_denied');
      expect(refusal.message).toContain('attest as strongly as when the lease was granted');
    }
    expect(world.minter.plans).toHaveLength(1);
  });

  it('is for who attested as strongly as then, or more', async () => {
    const { world, lease } = await strongLease();
    for (const strength of ['key_bound', 'measured'] as const)
      await collectCredentials(world, { ...attestedAs(), strength }, lease.id, request());
    expect(world.minter.plans).toHaveLength(3);
  });

  it('with a replayed proof mints nothing', async () => {
    const { world, lease } = await worldWithLease(600);
    const captured = request();
    await collectCredentials(world, attestedAs(), lease.id, captured);
    const replayed = { ...captured, attempt: 'attempt-of-the-thief' };
    expect((await refusalOf(collectCredentials(world, attestedAs(), lease.id, replayed))).code).toBe(
      'access_denied',
    );
    expect(world.minter.plans).toHaveLength(2);
  });

  it('mints from the role that the lease names, where the number of shards was raised', async () => {
    const { world, lease } = await worldWithLease(600);
    const raised = { ...world, roles: { ...world.roles, shards: 16 } };
    await collectCredentials(raised, attestedAs(), lease.id, request());
    const [first, second] = world.minter.plans;
    expect(second?.roleArn).toBe(first?.roleArn);
    expect(grantRoleArn(lease.agent_type, lease.id, raised.roles)).not.toBe(first?.roleArn);
  });

  it('mints from no role that a lower number of shards took away', async () => {
    const { world, lease } = await worldWithLease(600);
    const role = awsGrantOf(lease).role_arn ?? '';
    const lowered = { ...world, roles: { ...world.roles, shards: Number(role.at(-1)) } };
    const refusal = await refusalOf(collectCredentials(lowered, attestedAs(), lease.id, request()));
    expect(refusal.code).toBe('lease_ended');
    expect(world.minter.plans).toHaveLength(1);
  });

  it('at the same moment as another says to ask again, and asking again helps', async () => {
    const { world, lease } = await worldWithLease(2 * longestCredential);
    const raced = {
      ...world.leases,
      remint: async (...args: Parameters<typeof world.leases.remint>) => {
        // Another invocation, whose clock is a second ahead, was counted first.
        const [, mint] = args;
        const ahead = { ...mint, proof: 'other', until: after(mint.until, 1) };
        await world.leases.remint({ ...lease, attempt: 'other' }, ahead);
        return world.leases.remint(...args);
      },
    };
    const refusal = await refusalOf(
      collectCredentials({ ...world, leases: raced }, attestedAs(), lease.id, request()),
    );
    expect(refusal).toMatchObject({
      code: 'lease_in_progress',
      evidence: { retryAfter: 1, retry: 'same_key' },
    });
    expect(world.minter.plans).toHaveLength(1);
    world.clock.advance(1);
    await collectCredentials(world, attestedAs(), lease.id, request());
  });

  it('ends with the lease', async () => {
    const { world, lease } = await worldWithLease(600);
    world.clock.advance(600);
    expect((await refusalOf(collectCredentials(world, attestedAs(), lease.id, request()))).code).toBe(
      'lease_ended',
    );
  });

  it('is bounded by what the lease can need, lost answers included', async () => {
    const { world, lease } = await worldWithLease(2 * longestCredential);
    for (let i = 1; i < 8; i++) await collectCredentials(world, attestedAs(), lease.id, request());
    expect((await refusalOf(collectCredentials(world, attestedAs(), lease.id, request()))).code).toBe(
      'access_denied',
    );
  });
});

describe.each(modes)('a lease longer than one credential, narrowed by %s', (narrowing) => {
  // The edges of AssumeRole (900, 3,600) and of one credential (3,540), and a second on each side.
  it.each([
    749, 750, 899, 900, 901, 3_539, 3_540, 3_541, 3_600, 7_080, 7_081, 43_200,
  ])('of %d s is covered by its credentials to the deadline and not beyond', async (seconds) => {
    const { world, lease, credentials } = await worldWithLease(seconds, narrowing);
    expect(lease.deadline).toBe(after(morning, seconds));
    let works: EpochSeconds = endOf(awsOf(credentials).expiration, lease.deadline);
    let collected = 0;
    while (works < lease.deadline) {
      world.clock.advance(works - world.clock());
      const again = await collectCredentials(world, attestedAs(), lease.id, request());
      expect(again.lease.credential_until).toBeGreaterThanOrEqual(
        endOf(awsOf(again.credentials).expiration, lease.deadline),
      );
      works = endOf(awsOf(again.credentials).expiration, lease.deadline);
      collected++;
    }
    expect(works).toBe(lease.deadline);
    expect(collected).toBe(Math.ceil(seconds / longestCredential) - 1);
  });
});

/** When credentials stop working: at their own expiry, or at the deadline in their policy. */
function endOf(expiration: EpochSeconds, deadline: EpochSeconds): EpochSeconds {
  return expiration < deadline ? expiration : deadline;
}
