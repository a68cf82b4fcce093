import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import {
  ask,
  askApproved,
  askPending,
  collect,
  mia,
  onRecord,
  type PendingWorld,
  payingPolicy,
  pendingWorld,
  say,
} from './pending-world.ts';
import { refusalOf } from './world.ts';

/** 2026-11-24 is a Tuesday; the world begins at two in the morning, UTC. */
const daytime = { is: 'preferred', hours: '01:00-03:00' } as const;

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

describe('what is no longer what people approved is not made', () => {
  it.each([
    ['another amount of the same kind', 6_000, 'approval_closed', 'no longer what would be granted'],
    ['an amount that nobody would be asked about', 420, 'approval_closed', 'no longer what would be granted'],
    [
      'an amount that others would be asked about',
      15_000,
      'approval_closed',
      'no longer what would be granted',
    ],
    ['an amount that is denied', 20_000, 'access_denied', 'denied by conditions.invoice_amount'],
  ])('%s', async (_, amount, code, says) => {
    const { world, lease } = await worldWithApproved();
    world.amounts.set('4712', amount);
    const refusal = await refusedStill(world, lease);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(says);
  });

  it('unless it is what it was again in time', async () => {
    const { world, lease } = await worldWithApproved();
    world.amounts.set('4712', 6_000);
    await refusedStill(world, lease);
    world.amounts.set('4712', 5_000);
    expect((await collect(world, lease)).lease.state).toBe('active');
  });

  const [read] = Object.values(payingPolicy().capabilities);
  it.each<[string, Parameters<typeof payingPolicy>[0]]>([
    [
      'other resources',
      {
        capabilities: {
          read_invoice: {
            aws: {
              actions: ['s3:GetObject'],
              resources: ['arn:aws:s3:::acme-archive/${customer_id}/${invoice_id}.json'],
            },
          },
        },
      },
    ],
    [
      'one action more',
      {
        capabilities: {
          read_invoice: {
            aws: { actions: ['s3:GetObject', 's3:PutObject'], resources: read?.aws?.resources ?? [] },
          },
        },
      },
    ],
    [
      'something that outlives it',
      {
        capabilities: {
          read_invoice: { ...read, aws: read?.aws ?? { actions: [], resources: [] }, outlives: 'a copy' },
        },
      },
    ],
    [
      'values from elsewhere',
      {
        parameters: {
          customer_id: { type: 'string', pattern: '[a-z]{1,9}', source: { attestation: 'aws_account' } },
        },
      },
    ],
  ])('under a policy of now with %s', async (_, changed) => {
    const { world, lease } = await worldWithApproved();
    const refusal = await refusedStill({ ...world, policies: [payingPolicy(changed)] }, lease);
    expect(['approval_closed', 'access_denied']).toContain(refusal.code);
  });

  it('but it never lives longer than people were told, whatever the policy of now says', async () => {
    const { world, lease } = await worldWithApproved();
    const lifetime = { buffer: 1.2, floor: 600, maximum: '2x', longest: 900 } as const;
    const { lease: made } = await collect({ ...world, policies: [payingPolicy({ lifetime })] }, lease);
    expect(made.deadline - made.issued_at).toBe(lease.deadline - lease.issued_at);
    expect(made.renewable_until - made.issued_at).toBe(lease.renewable_until - lease.issued_at);
  });

  it('under a policy of now that knows the type no more', async () => {
    const { world, lease } = await worldWithApproved();
    expect((await refusedStill({ ...world, policies: [] }, lease)).code).toBe('access_denied');
  });

  it.each<[string, object, boolean]>([
    ['the same people', { from: ['managers'] }, true],
    ['them or others', { from: ['managers', 'directors'] }, true],
    ['them, who may take longer', { from: ['managers'], within: '1h' }, true],
    ['them without MFA', { from: ['managers'], mfa: 'not_required' }, true],
    ['others', { from: ['directors'] }, false],
    ['two of them', { from: ['managers'], count: 2 }, false],
  ])('when by now it is for %s to say: %s', async (_, terms, enough) => {
    const { world, lease } = await worldWithApproved();
    const conditions = { invoice_amount: [{ else: { require_approval: terms } }] };
    const changed = { ...world, policies: [payingPolicy({ conditions })] };
    if (enough) expect((await collect(changed, lease)).lease.state).toBe('active');
    else expect((await refusedStill(changed, lease)).message).toContain('others have to approve');
  });

  it('when MFA is asked for by now, and was not', async () => {
    const terms = (mfa: string) => ({
      conditions: { invoice_amount: [{ else: { require_approval: { from: ['managers'], mfa } } }] },
    });
    const { world, lease } = await worldWithApproved(terms('not_required'));
    const changed = { ...world, policies: [payingPolicy(terms('required'))] };
    expect((await refusedStill(changed, lease)).code).toBe('approval_closed');
  });
});

describe('circumstances that got worse since it was approved', () => {
  it('deny it where they are required', async () => {
    const { world, lease } = await worldWithApproved({
      conditions: { business_hours: { ...daytime, is: 'required', hours: '01:00-02:10' } },
    });
    world.clock.advance(600);
    expect((await refusedStill(world, lease)).evidence.reasons).toMatchObject([
      { rule: 'conditions.business_hours' },
    ]);
  });

  it('ask others where their risk does', async () => {
    const { world, lease } = await worldWithApproved({
      conditions: { business_hours: { ...daytime, hours: '01:00-02:10', otherwise: { risk: 60 } } },
      risk: { weights: { claimed_parameters: 0 }, approval: { at: 50, from: ['directors'] } },
    });
    world.clock.advance(600);
    expect((await refusedStill(world, lease)).message).toContain('others have to approve');
  });

  it('grant less where they do, on record and in the policy of the session', async () => {
    const otherwise = { risk: 0, longest: '100s', without: ['file_result'] };
    const world = pendingWorld({
      conditions: { business_hours: { ...daytime, hours: '01:00-02:10', otherwise } },
    });
    const lease = await askPending(world, '4712', { capabilities: ['read_invoice', 'file_result'] });
    await say(world, lease, mia);
    world.clock.advance(600);
    const { lease: collected } = await collect(world, lease);
    expect(collected).toMatchObject({
      deadline: after(lease.issued_at, 700),
      renewable_until: after(lease.issued_at, 700),
      task: { capabilities: ['read_invoice'] },
      grants: [{ capabilities: ['read_invoice'] }],
    });
    expect(JSON.stringify(world.minter.plans)).not.toContain('acme-results');
    expect(await onRecord(world, lease)).toMatchObject({ grants: [{ capabilities: ['read_invoice'] }] });
  });

  it('do not add what was left out when people were asked', async () => {
    const otherwise = { risk: 0, without: ['file_result'] };
    const world = pendingWorld({
      conditions: { business_hours: { ...daytime, hours: '02:05-04:00', otherwise } },
    });
    const lease = await askPending(world, '4712', { capabilities: ['read_invoice', 'file_result'] });
    expect(lease.approval?.asks.map(({ capability }) => capability)).toEqual(['read_invoice']);
    await say(world, lease, mia);
    world.clock.advance(600);
    expect((await collect(world, lease)).lease.task.capabilities).toEqual(['read_invoice']);
  });
});

describe('credentials again, of a lease that is there', () => {
  const byNow = (terms: object) => ({
    policies: [payingPolicy({ conditions: { invoice_amount: [{ else: { require_approval: terms } }] } })],
  });

  it('need the people that its task needs by now', async () => {
    const { world, lease } = await worldWithApproved();
    await collect(world, lease);
    const stricter = { ...world, ...byNow({ from: ['managers'], count: 2 }) };
    expect((await refusalOf(collect(stricter, lease, { estimate: 200 }))).code).toBe('access_denied');
    expect(world.minter.plans).toHaveLength(1);
  });

  it('are there where those who approved would do', async () => {
    const { world, lease } = await worldWithApproved();
    await collect(world, lease);
    await collect({ ...world, ...byNow({ from: ['managers', 'directors'] }) }, lease);
    expect(world.minter.plans).toHaveLength(2);
  });

  it('are not there once the amount is another, by which it was judged', async () => {
    const { world, lease } = await worldWithApproved();
    await collect(world, lease);
    world.amounts.set('4712', 5_001);
    expect((await refusalOf(collect(world, lease))).code).toBe('access_denied');
    expect(world.minter.plans).toHaveLength(1);
  });

  it('of one that nobody was asked about are not there for an amount that people are asked about', async () => {
    const world = pendingWorld();
    const again = { idempotencyKey: 'the-same' };
    const { lease } = await ask(world, '4711', {}, again);
    world.amounts.set('4711', 5_000);
    expect((await refusalOf(collect(world, lease))).code).toBe('access_denied');
    // By the same Idempotency-Key, as if the answer had been lost.
    expect((await refusalOf(ask(world, '4711', {}, again))).code).toBe('access_denied');
    expect(world.minter.plans).toHaveLength(1);
  });
});
