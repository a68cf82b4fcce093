import { describe, expect, it } from 'vitest';
import { leaseId } from '../../../core/identity.ts';
import type { Lease } from '../../../core/lease.ts';
import type { AwsPlan } from '../../../core/plan.ts';
import { after, epochSeconds } from '../../../core/time.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import type { MintedCredentials } from '../../../core/use-cases/mint-checked.ts';
import { invoice, invoicePolicy, morning } from '../invoices.ts';
import { attestedAs, awsOf, issuanceWorld, issued, orderOf, refusalOf } from './world.ts';

describe('issuing a lease', () => {
  it('writes the intent, mints, checks, activates: in that order', async () => {
    const world = issuanceWorld();
    let atMint: Lease | undefined;
    world.minter.meddle = () => {
      [atMint] = world.leases.all();
      return {};
    };
    const { lease, credentials } = issued(await issueLease(world, orderOf()));
    expect(world.leases.trail).toEqual(['standing', 'reserve', 'mint', 'standing', 'activate']);
    expect(atMint).toMatchObject({ state: 'issuing', credential_until: after(morning, 300) });
    expect(world.leases.all()).toEqual([lease]);
    expect(lease).toMatchObject({ state: 'active', deadline: after(morning, 300) });
    expect(awsOf(credentials).expiration).toBe(lease.deadline);
  });

  it('records whose it is and what was decided, and no secret', async () => {
    const world = issuanceWorld();
    const order = orderOf();
    const { lease, credentials } = issued(await issueLease(world, order));
    expect(lease).toMatchObject({
      id: leaseId('AROAAGENTONE', 'thumbprint-1', 'key-0001'),
      agent: order.attested.sub,
      principal: 'AROAAGENTONE',
      strength: 'principal',
      jkt: 'thumbprint-1',
      proofs: [order.proof],
      decision: { outcome: 'allow' },
      grants: [{ kind: 'aws', capabilities: ['read_invoice'], guarantee: { ends: 'deadline' } }],
    });
    const stored = JSON.stringify(world.leases.all());
    const { secretAccessKey, sessionToken, accessKeyId } = awsOf(credentials);
    for (const secret of [secretAccessKey, sessionToken, accessKeyId]) expect(stored).not.toContain(secret);
  });

  it('takes no room and calls nobody when the policy denies; the answer says which rule', async () => {
    const world = issuanceWorld();
    const parameters = { ...invoice, invoice_amount: 5_000 };
    const refusal = await refusalOf(issueLease(world, orderOf({ parameters })));
    expect(refusal.code).toBe('access_denied');
    expect(refusal.message).toContain('conditions.invoice_amount[1]');
    expect(refusal.evidence.reasons).toEqual([expect.objectContaining({ value: '5000', effect: 'deny' })]);
    expect(world.leases.trail).toEqual([]);
  });

  it.each([
    [
      'a capability that the policy lacks',
      { capabilities: ['read_invoice', 'delete'] },
      'task.capabilities[1]',
    ],
    ['a wildcard', { parameters: { ...invoice, customer_id: '*' } }, 'task.parameters.customer_id'],
    ['a missing parameter', { parameters: { customer_id: 'acme' } }, 'task.parameters.invoice_id'],
  ])('refuses %s with its path, before anything is written', async (_, changed, path) => {
    const world = issuanceWorld();
    const refusal = await refusalOf(issueLease(world, orderOf(changed)));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path } });
    expect(world.leases.trail).toEqual([]);
  });

  it('refuses an agent type whose policy is no longer deployed', async () => {
    const world = issuanceWorld(invoicePolicy({ agent_type: 'other' }));
    expect((await refusalOf(issueLease(world, orderOf()))).code).toBe('access_denied');
  });

  it('refuses what does not fit into a session policy with the budget, and mints nothing narrower or wider', async () => {
    const long = `arn:aws:s3:::acme-invoices/${'x'.repeat(270)}`;
    const resources = Array.from({ length: 10 }, (_, i) => `${long}${i}`);
    const capabilities = { read_invoice: { aws: { actions: ['s3:GetObject'], resources } } };
    const world = issuanceWorld(invoicePolicy({ capabilities }));
    const refusal = await refusalOf(issueLease(world, orderOf()));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path: 'task.capabilities' } });
    expect(refusal.message).toMatch(/takes \d+ characters of 2048/);
    expect(world.leases.trail).toEqual([]);
  });
});

describe('a mint that fails', () => {
  it('leaves the lease failed and says to come back with a new key', async () => {
    const world = issuanceWorld();
    world.minter.meddle = () => Promise.reject(new Error('AccessDenied: internals of STS'));
    const refusal = await refusalOf(issueLease(world, orderOf()));
    expect(refusal).toMatchObject({
      code: 'temporarily_unavailable',
      evidence: { retry: 'new_key', retryAfter: 1 },
    });
    expect(refusal.message).not.toContain('STS');
    expect(world.leases.all()).toMatchObject([{ state: 'failed', failure: 'credentials could not be made' }]);
    expect(await refusalOf(issueLease(world, orderOf()))).toMatchObject({
      code: 'lease_ended',
      evidence: { retry: 'new_key' },
    });
    expect(world.minter.plans).toEqual([]);
  });

  it('says the same when even the failure cannot be written', async () => {
    const world = issuanceWorld();
    world.minter.meddle = () => Promise.reject(new Error('no network'));
    const leases = { ...world.leases, fail: () => Promise.reject(new Error('no network')) };
    const refusal = await refusalOf(issueLease({ ...world, leases }, orderOf()));
    expect(refusal.evidence.retry).toBe('new_key');
  });

  it.each<[string, Partial<MintedCredentials>]>([
    ['another source identity', { sourceIdentity: 'L-SOMEBODYELSES000' }],
    ['no source identity', { sourceIdentity: undefined }],
    ['a later expiry than was recorded', { expiration: after(morning, 3_600) }],
    ['the session of another role', { arn: 'arn:aws:sts::111122223333:assumed-role/admin/x' }],
    ['no session', { arn: undefined }],
  ])('is also one that answers with %s: such credentials are thrown away', async (_, answer) => {
    const world = issuanceWorld();
    world.minter.meddle = () => answer;
    expect((await refusalOf(issueLease(world, orderOf()))).code).toBe('temporarily_unavailable');
    expect(world.leases.all()).toMatchObject([{ state: 'failed' }]);
    expect(world.leases.trail).not.toContain('activate');
  });

  it.each<[string, (plan: AwsPlan) => string]>([
    ['another role, named as planned', ({ sessionName }) => `admin/${sessionName}`],
    ['the planned role, named otherwise', ({ roleArn }) => `${roleArn.split('/').at(-1)}/other`],
  ])('is also one that answers with a session of %s', async (_, session) => {
    const world = issuanceWorld();
    world.minter.meddle = (plan) => ({
      arn: `arn:aws:sts::111122223333:assumed-role/${session(plan)}`,
    });
    expect((await refusalOf(issueLease(world, orderOf()))).code).toBe('temporarily_unavailable');
  });

  it('is not one whose expiry passes the deadline by the seconds the request travelled', async () => {
    const world = issuanceWorld();
    world.minter.meddle = (plan) => ({ expiration: epochSeconds(plan.deadline + 10) });
    expect((await issueLease(world, orderOf())).lease.state).toBe('active');
  });

  it('throws credentials away that would outlive credential_until, though the deadline is far', async () => {
    const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 43_200 } as const;
    const world = issuanceWorld(invoicePolicy({ lifetime }));
    world.minter.meddle = () => ({ expiration: after(morning, 7_200) });
    const refusal = await refusalOf(issueLease(world, orderOf({ estimated_seconds: 6_000 })));
    expect(refusal.code).toBe('temporarily_unavailable');
  });
});

describe('a lease that ends while STS answers', () => {
  it('is never shown, though its credentials were made', async () => {
    const world = issuanceWorld();
    world.minter.meddle = async () => {
      for (const lease of world.leases.all()) await world.leases.fail(lease, 'taken for dead');
      return {};
    };
    expect((await refusalOf(issueLease(world, orderOf()))).code).toBe('lease_ended');
    expect(world.leases.all()).toMatchObject([{ state: 'failed' }]);
  });
});

describe('leases of different askers', () => {
  it.each([
    ['another Idempotency-Key', { idempotencyKey: 'key-0002' }],
    ['another key', { attested: attestedAs('thumbprint-2') }],
    ['another principal', { attested: attestedAs('thumbprint-1', 'AROAAGENTTWO') }],
  ])('never meet: %s is another lease', async (_, rest) => {
    const world = issuanceWorld();
    const one = await issueLease(world, orderOf());
    const other = await issueLease(world, orderOf({}, rest));
    expect(other.lease.id).not.toBe(one.lease.id);
    expect(world.leases.all()).toHaveLength(2);
  });
});
