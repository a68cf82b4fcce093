import { describe, expect, it } from 'vitest';
import { resultSeconds } from '../../../core/attestation-result.ts';
import { sha256Base64Url } from '../../../core/hash.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { resultSigner } from '../../../lambda/evidence/result-token.ts';
import { toRequest } from '../../../lambda/http/request.ts';
import { lifecycleRoutes } from '../../../lambda/lifecycle/routes.ts';
import { earlyWorld, recorded } from '../../core/use-cases/early-world.ts';
import { attestedAs, orderOf, refusalOf } from '../../core/use-cases/world.ts';
import { attestationKeyArn, memoryKms } from '../../ports/memory-kms.ts';
import { memoryUsedProofs } from '../../ports/memory-registry.ts';
import { agentKey, proofBy } from '../evidence/proofs.ts';
import { eventOf } from '../http/events.ts';

const publicUrl = 'https://broker.example/live';
const { kms, publicKey } = memoryKms();
const agent = await agentKey();
const result = attestedAs(agent.jkt, 'AROAAGENTONE12345');
const token = await resultSigner(kms, attestationKeyArn, publicUrl).sign(result);

const routes = {
  read: ['GET', '/v1/leases/{id}', null],
  beat: ['POST', '/v1/leases/{id}/heartbeat', '{}'],
  release: ['DELETE', '/v1/leases/{id}', null],
} as const;

/** A lease that lives longer than the result its agent attested with, and what its agent asks of it. */
async function worldWithLease() {
  const world = earlyWorld({ heartbeat: 400 });
  const { lease } = await issueLease(world, orderOf({ estimated_seconds: 900 }, { attested: result }));
  const table = lifecycleRoutes({
    ...world,
    usedProofs: memoryUsedProofs(),
    publicUrl,
    publicKey: async () => publicKey,
    operators: new Set<string>(),
    approvers: new Set<string>(),
  });
  const ask = async (what: keyof typeof routes) => {
    const [method, resource, body] = routes[what];
    const path = resource.replace('{id}', lease.id);
    const claims = { htm: method, htu: `${publicUrl}${path}`, ath: sha256Base64Url(token) };
    const hashed = body === null ? claims : { ...claims, request_hash: sha256Base64Url(body) };
    const proof = await proofBy(agent, world.clock(), hashed);
    const headers = { 'Mayfly-Attestation': [token], DPoP: [proof] };
    const event = eventOf({ method, path, resource, body, headers, parameters: { id: lease.id } });
    const route = table[`${method} ${resource}`];
    if (!route) throw new Error(`no route ${method} ${resource}`);
    return route(toRequest(event));
  };
  return { world, lease, ask };
}

describe('an attestation result that has ended', () => {
  it.each(['beat', 'release'] as const)('for less than a minute still serves to %s', async (what) => {
    const { world, ask } = await worldWithLease();
    world.clock.advance(resultSeconds + 59);
    expect((await ask(what)).status).toBe(200);
  });

  it.each(['beat', 'release'] as const)('for a minute does not serve to %s any more', async (what) => {
    const { world, lease, ask } = await worldWithLease();
    world.clock.advance(resultSeconds + 60);
    expect((await refusalOf(ask(what))).code).toBe('invalid_token');
    expect(await recorded(world, lease)).toEqual(lease);
  });

  it('does not serve to read: only what ends or keeps a lease is given time', async () => {
    const { world, ask } = await worldWithLease();
    world.clock.advance(resultSeconds - 1);
    expect((await ask('read')).status).toBe(200);
    world.clock.advance(1);
    expect((await refusalOf(ask('read'))).code).toBe('invalid_token');
  });

  it.each(['read', 'beat', 'release'] as const)('is fresh at first, and serves to %s', async (what) => {
    const { ask } = await worldWithLease();
    expect((await ask(what)).status).toBe(200);
  });
});

describe('the answer to a heartbeat', () => {
  it('tells how long the lease still lasts, and how often to beat', async () => {
    const { world, lease, ask } = await worldWithLease();
    world.clock.advance(100);
    expect((await ask('beat')).body).toMatchObject({
      lease: { id: lease.id, state: 'active' },
      remaining_seconds: lease.deadline - world.clock(),
      heartbeat_seconds: 400,
    });
  });
});
