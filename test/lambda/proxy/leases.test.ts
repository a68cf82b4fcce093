import { afterAll, describe, expect, it } from 'vitest';
import type { AttestationResult } from '../../../core/attestation-result.ts';
import type { Lease } from '../../../core/lease.ts';
import { scope } from '../../../core/scope.ts';
import { after, epochSeconds } from '../../../core/time.ts';
import { delegateLease } from '../../../core/use-cases/delegate-lease.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { orderOf } from '../../core/use-cases/world.ts';
import { proofBy } from '../../lambda/evidence/proofs.ts';
import {
  attestedAgent,
  leaseOf,
  type ProxiedWorld,
  problemOf,
  proxiedWorld,
  resultWith,
} from './proxied-world.ts';

const worlds: ProxiedWorld[] = [];
afterAll(() => Promise.all(worlds.map(({ close }) => close())));

/** A world of its own, as what happens to leases stays. */
async function fresh(options: Parameters<typeof proxiedWorld>[0] = {}): Promise<ProxiedWorld> {
  const world = await proxiedWorld(options);
  worlds.push(world);
  return world;
}

const release = ({ world, agent }: ProxiedWorld, { id }: Pick<Lease, 'id'>) =>
  releaseLease(world, agent.attested, id);

/** Changes what the policy's capability for messages says, from now on. */
function rewrite({ deployed }: ProxiedWorld, changed: Record<string, unknown> | undefined): void {
  const [policy] = deployed.policies;
  if (!policy) throw new Error('there is no policy');
  const { post_message, ...others } = policy.capabilities;
  const capabilities = changed ? { ...others, post_message: { ...post_message, ...changed } } : others;
  deployed.policies = [{ ...policy, capabilities } as typeof policy];
}

describe('a lease that is not active makes no calls', () => {
  it('when it was released', async () => {
    const at = await fresh();
    await release(at, at.lease);
    expect(problemOf(await at.ask())).toMatchObject({ status: 409, code: 'lease_ended' });
    expect(at.chat.heard).toEqual([]);
  });

  it('from the second of its deadline, though nobody wrote that down', async () => {
    const at = await fresh();
    at.world.clock.advance(at.lease.deadline - at.lease.issued_at - 1);
    expect((await at.ask()).statusCode).toBe(200);
    at.world.clock.advance(1);
    expect(problemOf(await at.ask())).toMatchObject({ code: 'lease_ended' });
    expect(at.chat.heard).toHaveLength(1);
  });

  it('when everything of its agent is revoked', async () => {
    const at = await fresh();
    await at.world.controls.bury(scope.agent(at.agent.attested.sub), after(at.world.clock(), 1));
    expect(problemOf(await at.ask()).code).toBe('lease_ended');
    expect(at.chat.heard).toEqual([]);
  });

  it('when its agent is kept out, until that is lifted', async () => {
    const at = await fresh();
    const kept = scope.agent(at.agent.attested.sub);
    await at.world.controls.quarantine(kept, { at: at.world.clock(), by: 'anna', reason: 'odd' });
    expect(problemOf(await at.ask())).toMatchObject({ status: 403, code: 'quarantined' });
    expect(at.chat.heard).toEqual([]);
    await at.world.controls.lift(kept, after(at.world.clock(), 1));
    expect((await at.ask()).statusCode).toBe(200);
  });
});

describe('whose lease it is', () => {
  it('is told by key and principal: to others it is not there', async () => {
    const at = await fresh();
    const thief = await attestedAgent();
    const answer = await at.ask({ by: thief.key, result: thief.token });
    expect(problemOf(answer)).toMatchObject({
      status: 404,
      code: 'not_found',
      detail: 'no such lease of yours',
    });
    const stolen = await at.ask({ by: thief.key });
    expect(problemOf(stolen)).toMatchObject({ status: 401, code: 'invalid_dpop_proof' });
    expect(at.chat.heard).toEqual([]);
  });

  it.each<[string, Partial<AttestationResult>, string]>([
    ['less was proven than when it was granted', { strength: 'instance' }, 'access_denied'],
    ['it is an agent of another type', { agent_type: 'other_type' }, 'not_found'],
    ['its result has run out', { exp: after(epochSeconds(0), 1) }, 'invalid_token'],
  ])('gives an agent nothing where %s', async (_, changed, code) => {
    const at = await fresh();
    const result = await resultWith(at.agent.attested, changed);
    expect(problemOf(await at.ask({ result })).code).toBe(code);
    expect(at.chat.heard).toEqual([]);
  });

  it('gives an agent only what this lease was granted', async () => {
    const at = await fresh();
    const other = await leaseOf(at.world, at.agent.attested, ['read_channel']);
    expect(problemOf(await at.ask({ lease: other.id }))).toMatchObject({
      status: 403,
      code: 'access_denied',
    });
    expect((await at.ask({ lease: other.id, capability: 'read_channel' })).statusCode).toBe(200);
    expect(at.chat.heard).toHaveLength(1);
  });

  it('gives a sub-agent what was delegated to it, until the lease above it ends', async () => {
    const at = await fresh();
    const child = await attestedAgent();
    const delegation = { jkt: at.lease.jkt, agent: child.attested.sub, capabilities: ['post_message'] };
    const order = orderOf(
      { capabilities: ['post_message'], parameters: {} },
      { attested: child.attested, idempotencyKey: 'key-child-1' },
    );
    const { lease } = await delegateLease(at.world, at.lease.id, delegation, order);
    const asChild = { by: child.key, result: child.token, lease: lease.id };
    expect((await at.ask(asChild)).statusCode).toBe(200);
    expect(problemOf(await at.ask({ ...asChild, capability: 'read_channel' })).code).toBe('access_denied');
    expect(problemOf(await at.ask({ ...asChild, lease: at.lease.id })).code).toBe('not_found');
    await release(at, at.lease);
    expect(problemOf(await at.ask(asChild)).code).toBe('lease_ended');
    expect(at.chat.heard).toHaveLength(1);
  });
});

describe('the policy of now decides', () => {
  it.each<[string, Record<string, unknown> | undefined]>([
    ['a capability that is gone', undefined],
    ['a capability that is of another kind by now', { proxy: undefined }],
  ])('%s makes no calls', async (_, changed) => {
    const at = await fresh();
    rewrite(at, changed);
    expect(problemOf(await at.ask())).toMatchObject({ status: 403, code: 'access_denied' });
    expect(at.chat.heard).toEqual([]);
  });

  it('a call that is not allowed any more is not made', async () => {
    const at = await fresh();
    const proxy = at.deployed.policies[0]?.capabilities['post_message']?.proxy;
    rewrite(at, { proxy: { ...proxy, allow: ['GET /conversations.history'] } });
    expect(problemOf(await at.ask()).code).toBe('access_denied');
    expect(at.chat.heard).toEqual([]);
  });

  it('an agent type without a policy makes no calls', async () => {
    const at = await fresh();
    at.deployed.policies = [];
    expect(problemOf(await at.ask()).code).toBe('access_denied');
    expect(at.chat.heard).toEqual([]);
  });
});

describe('a proof', () => {
  it('serves for one call', async () => {
    const at = await fresh();
    const path = '/chat.postMessage';
    const jti = 'a-proof-that-serves-once';
    expect((await at.ask({ path, claims: { jti } })).statusCode).toBe(200);
    expect(problemOf(await at.ask({ path, claims: { jti } }))).toMatchObject({ code: 'invalid_dpop_proof' });
    expect(at.chat.heard).toHaveLength(1);
  });

  it('serves for one of twenty that come at one moment', async () => {
    const at = await fresh();
    const claims = { jti: 'a-proof-that-many-have' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => at.ask({ claims })));
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
    expect(at.chat.heard).toHaveLength(1);
  });

  it('by another key than was attested does not serve', async () => {
    const at = await fresh();
    const { key } = await attestedAgent();
    const proof = await proofBy(key, at.world.clock(), {});
    expect(problemOf(await at.ask({ proof })).code).toBe('invalid_dpop_proof');
    expect(at.chat.heard).toEqual([]);
  });
});

describe('calls in a minute', () => {
  it('are as many as the capability says, and the next is told how long to wait', async () => {
    const at = await fresh({ proxy: { per_minute: 3 } });
    for (let i = 0; i < 3; i++) expect((await at.ask()).statusCode).toBe(200);
    at.world.clock.advance(20);
    const refused = await at.ask();
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'slow_down' });
    expect(refused.headers).toMatchObject({ 'Retry-After': '40' });
    expect((await at.ask({ capability: 'read_channel' })).statusCode).toBe(200);
    expect(at.chat.heard).toHaveLength(4);
    at.world.clock.advance(40);
    expect((await at.ask()).statusCode).toBe(200);
  });

  it('are exact however many come at one moment', async () => {
    const at = await fresh({ proxy: { per_minute: 5 } });
    const answers = await Promise.all(Array.from({ length: 25 }, () => at.ask()));
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    expect(at.chat.heard).toHaveLength(5);
    expect((await at.calls.read(at.lease.id)).total).toBe(5);
  });

  it('that were refused count for nothing', async () => {
    const at = await fresh({ proxy: { per_minute: 1 } });
    for (let i = 0; i < 5; i++) await at.ask({ path: '/users.list' });
    expect((await at.ask()).statusCode).toBe(200);
  });
});
