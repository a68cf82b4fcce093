import { describe, expect, it } from 'vitest';
import { awsGrantOf } from '../../../core/grant.ts';
import type { Lease } from '../../../core/lease.ts';
import { scope } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { invoice } from '../invoices.ts';
import {
  askApproved,
  askPending,
  collect,
  dora,
  max,
  mia,
  onRecord,
  type PendingWorld,
  pendingWorld,
  say,
  tiers,
} from './pending-world.ts';
import { attestedAs, awsOf, refusalOf } from './world.ts';

async function worldWithApproved(...changed: Parameters<typeof pendingWorld>) {
  const world = pendingWorld(...changed);
  return { world, lease: await askApproved(world) };
}

/** It is refused, and nothing of it was made: it is still there to be collected. */
async function refusedStill(world: PendingWorld, lease: Lease) {
  const before = await onRecord(world, lease);
  const counted = [...world.quotas.all()];
  const refusal = await refusalOf(collect(world, lease));
  expect(await onRecord(world, lease)).toEqual(before);
  expect([...world.quotas.all()]).toEqual(counted);
  expect(world.minter.plans).toEqual([]);
  return refusal;
}

describe('collecting what was approved', () => {
  it('makes credentials for what was asked; the clock of the lease starts then', async () => {
    const { world, lease } = await worldWithApproved();
    world.clock.advance(800);
    const { lease: collected, credentials } = await collect(world, lease);
    expect(awsOf(credentials).secretAccessKey).toBe('secret 1');
    expect(collected).toMatchObject({
      state: 'active',
      issued_at: after(lease.issued_at, 800),
      deadline: after(lease.issued_at, 1_100),
      task: lease.task,
      approval: { votes: [{ subject: 'mia' }] },
    });
    expect(world.minter.plans[0]?.sourceIdentity).toBe(lease.id);
  });

  it('is not for who attested more weakly than when it was asked for', async () => {
    const world = pendingWorld();
    const attested = { ...attestedAs(), strength: 'measured' } as const;
    const lease = await askPending(world, '4712', {}, { attested });
    await say(world, lease, mia);
    expect(await refusedStill(world, lease)).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining('attest as strongly as when the lease was granted'),
    });
    const request = { proof: 'strong', attempt: 'strong' };
    expect((await collectCredentials(world, attested, lease.id, request)).lease.state).toBe('active');
  });

  it('writes the intent before STS is asked, and reads the lease again before anything is shown', async () => {
    const { world, lease } = await worldWithApproved();
    world.leases.trail.length = 0;
    await collect(world, lease);
    expect(world.leases.trail).toEqual([
      'find',
      'standing',
      'standing',
      'begin',
      'mint',
      'standing',
      'activate',
    ]);
  });

  it.each([
    [899, 'active'],
    [900, 'lease_ended'],
    [901, 'lease_ended'],
  ])('%d s after the approval, which holds 900, comes to %s', async (seconds, outcome) => {
    const { world, lease } = await worldWithApproved();
    world.clock.advance(seconds);
    const collected = collect(world, lease).then(
      ({ lease: { state } }) => state,
      ({ code }) => code,
    );
    expect(await collected).toBe(outcome);
  });

  it.each([
    ['fewer capabilities', { capabilities: ['read_invoice'] }, 'capabilities'],
    ['another estimate', { estimate: 10 }, 'estimated_seconds'],
  ])('with %s is refused: it is collected as it is', async (_, request, path) => {
    const { world, lease } = await worldWithApproved();
    const refusal = await refusalOf(collect(world, lease, request));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path } });
    await collect(world, lease);
  });

  it('gives what is left again, as often as any lease, and renews it', async () => {
    const { world, lease } = await worldWithApproved({
      lifetime: { buffer: 1, floor: 0, maximum: '2x', longest: 900 },
    });
    const first = await collect(world, lease);
    world.clock.advance(60);
    const again = await collect(world, lease);
    expect(again.lease.deadline).toBe(first.lease.deadline);
    const renewed = await collect(world, lease, { estimate: 120 });
    expect(renewed.lease.deadline).toBe(after(first.lease.deadline, 60));
    for (let i = 0; i < 4; i++) await collect(world, lease);
    expect((await refusalOf(collect(world, lease))).code).toBe('access_denied');
  });
});

describe('two that collect at one moment', () => {
  it('make one lease: one is told that the other does', async () => {
    const { world, lease } = await worldWithApproved();
    const outcomes = await Promise.allSettled([collect(world, lease), collect(world, lease)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes).toContainEqual(
      expect.objectContaining({
        reason: expect.objectContaining({
          code: 'lease_in_progress',
          evidence: { retryAfter: 1, retry: 'same_key' },
        }),
      }),
    );
    expect(world.minter.plans).toHaveLength(1);
  });

  it('count once, however the other ends', async () => {
    const { world, lease } = await worldWithApproved({ limits: { concurrent_leases: 3 } });
    await Promise.allSettled([collect(world, lease), collect(world, lease), collect(world, lease)]);
    expect([...world.quotas.all().values()].map((entries) => entries.map((each) => each.lease))).toEqual([
      [lease.id],
    ]);
  });
});

describe('nobody collects', () => {
  it.each([
    ['with another key', attestedAs('thumbprint-2')],
    ['as another principal', attestedAs('thumbprint-1', 'AROAAGENTTWO')],
    ['as an agent of another type', { ...attestedAs(), agent_type: 'payer' }],
  ])('%s', async (_, other) => {
    const { world, lease } = await worldWithApproved();
    const refusal = await refusalOf(collectCredentials(world, other, lease.id, { proof: 'p', attempt: 'a' }));
    expect(refusal.code).toBe('not_found');
  });

  it.each<[string, (lease: Lease) => string]>([
    ['everybody', () => scope.everybody],
    ['the type', ({ agent_type }) => scope.type(agent_type)],
    ['the agent', ({ agent }) => scope.agent(agent)],
    ['the principal', ({ principal }) => scope.principal(principal)],
    ['the key', ({ jkt }) => scope.key(jkt)],
    ['the user', ({ user }) => scope.user(user ?? { issuer: '', subject: '' })],
  ])('while %s is kept out; once let in, in time, it is there', async (_, of) => {
    const { world, lease } = await worldWithApproved({ limits: { concurrent_leases: 3 } });
    await world.controls.quarantine(of(lease), { at: world.clock(), by: 'x', reason: 'x' });
    expect((await refusedStill(world, lease)).code).toBe('quarantined');
    await world.controls.lift(of(lease), world.clock());
    expect((await collect(world, lease)).lease.state).toBe('active');
  });

  it('what the agent gave back', async () => {
    const { world, lease } = await worldWithApproved();
    expect((await releaseLease(world, attestedAs(), lease.id)).lease.state).toBe('revoked');
    expect((await refusedStill(world, lease)).code).toBe('lease_ended');
  });

  it('from a role that the deployment no longer has', async () => {
    const { world, lease } = await worldWithApproved();
    const last = Number(awsGrantOf(lease).role_arn.at(-1));
    const lowered = { ...world, roles: { ...world.roles, shards: last } };
    expect((await refusedStill(lowered as PendingWorld, lease)).code).toBe('lease_ended');
  });
});

it('two of managers and directors approve 15,000, and it is collected', async () => {
  const world = pendingWorld();
  world.amounts.set('4714', 15_000);
  const lease = await askPending(world, '4714');
  await say(world, lease, max);
  await say(world, lease, dora);
  expect((await collect(world, lease)).lease.task.parameters).toEqual({
    ...invoice,
    invoice_id: '4714',
    invoice_amount: 15_000,
  });
  expect(tiers).toHaveLength(4);
});
