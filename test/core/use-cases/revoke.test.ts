import { describe, expect, it } from 'vitest';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import type { RevokedScope } from '../../../core/revocation.ts';
import { agentTag, scope } from '../../../core/scope.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { readOwnLease } from '../../../core/use-cases/read-lease.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import {
  agentNamed,
  at,
  deniedNow,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  nobodysLease,
  recorded,
  reserveFor,
  revokeScope,
  runRevoker,
  runSweeper,
} from './early-world.ts';
import { refusalOf } from './world.ts';

const agent_type = 'invoice_processor';
const agentScope = (name: string) => ({ kind: 'agent', agent: agentNamed(name).sub, agent_type }) as const;
const typeScope = { kind: 'type', agent_type } as const;

/** What a lease is to its agent, on record, and to IAM once the revoker has worked. */
async function fateOf(world: EarlyWorld, lease: Lease, name = 'anna') {
  await runRevoker(world);
  const { lease: seen } = await readOwnLease(world, agentNamed(name), lease.id, world.clock());
  const { state } = await recorded(world, lease);
  return { seen: seen.state, recorded: state, denied: await deniedNow(world, lease) };
}

const dead = { seen: 'revoked', recorded: 'revoked', denied: true };
/** Dead to everybody, though nobody has written it into its record yet. */
const covered = { ...dead, recorded: 'active' };
const alive = { seen: 'active', recorded: 'active', denied: false };

describe('revoking a lease', () => {
  it('ends it, with who and why, and no other of its agent', async () => {
    const world = earlyWorld();
    const [lease, other] = [await issueTo(world), await issueTo(world)];
    const revoked = await revokeScope(world, { kind: 'lease', lease: lease.id });
    expect(revoked).toEqual({ leases: 1, roles: [grantRoleOf(lease)] });
    const end = { at: at(0), cause: 'revoked', by: 'role/ops as anna', reason: 'stolen' };
    expect((await recorded(world, lease)).end).toEqual(end);
    expect(await fateOf(world, lease)).toEqual(dead);
    expect(await fateOf(world, other)).toEqual(alive);
  });

  it('throws away one that is still being made: it is never shown', async () => {
    const world = earlyWorld();
    const making = await reserveFor(world);
    await revokeScope(world, { kind: 'lease', lease: making.id });
    expect(await world.leases.activate(making)).toBe(false);
    expect(await fateOf(world, making)).toEqual(dead);
  });

  it('that nobody has is not found, and one that has ended is said to have ended', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await releaseLease(world, agentNamed('anna'), lease.id);
    const refusal = async (id: string) => refusalOf(revokeScope(world, { kind: 'lease', lease: id }));
    expect(await refusal(nobodysLease)).toMatchObject({
      code: 'not_found',
      evidence: { path: 'scope.lease' },
    });
    expect(await refusal(lease.id)).toMatchObject({
      code: 'lease_ended',
      message: expect.stringContaining('released'),
    });
    const expired = await issueTo(world);
    world.clock.advance(300);
    expect((await refusal(expired.id)).code).toBe('lease_ended');
    expect(world.revocations.all()).toEqual([]);
  });

  it('twice says that it has ended, and changes nothing', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await revokeScope(world, { kind: 'lease', lease: lease.id });
    const once = await recorded(world, lease);
    const twice = await refusalOf(revokeScope(world, { kind: 'lease', lease: lease.id }));
    expect(twice.code).toBe('lease_ended');
    expect(await recorded(world, lease)).toEqual(once);
  });
});

describe('revoking a chain', () => {
  it('buries everything that comes of a lease, and ends it', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await revokeScope(world, { kind: 'chain', lease: lease.id });
    expect(world.controls.of([scope.chain(lease.id)])).toMatchObject([{ revoked_before: at(1) }]);
    expect(await fateOf(world, lease)).toEqual(dead);
  });

  it('of a lease that has ended still buries what came of it, and nobody’s is not found', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await releaseLease(world, agentNamed('anna'), lease.id);
    expect((await revokeScope(world, { kind: 'chain', lease: lease.id })).leases).toBe(0);
    expect(world.controls.of([scope.chain(lease.id)])).toHaveLength(1);
    const refusal = await refusalOf(revokeScope(world, { kind: 'chain', lease: nobodysLease }));
    expect(refusal).toMatchObject({ code: 'not_found', evidence: { path: 'scope.chain' } });
  });
});

describe('revoking an agent', () => {
  it('ends all that it holds, everywhere and at once, and nobody else’s', async () => {
    const world = earlyWorld({ shards: 4 });
    const held = await Promise.all([1, 2, 3, 4, 5, 6].map(() => issueTo(world, 'anna')));
    const other = await issueTo(world, 'bert');
    const { roles } = await revokeScope(world, agentScope('anna'));
    expect(roles).toHaveLength(4);
    for (const lease of held) expect(await fateOf(world, lease)).toEqual(covered);
    expect(await fateOf(world, other, 'bert')).toEqual(alive);
    expect(world.documents.writes).toHaveLength(4);
  });

  it('keeps it out, with who and why, until somebody lets it in and its old sessions have ended', async () => {
    const world = earlyWorld();
    await issueTo(world);
    await revokeScope(world, agentScope('anna'));
    expect((await refusalOf(issueTo(world))).code).toBe('quarantined');
    world.clock.advance(5);
    await world.controls.lift(scope.agent(agentNamed('anna').sub), world.clock());
    const early = await refusalOf(issueTo(world));
    expect(early).toMatchObject({ code: 'quarantined', evidence: { retryAfter: 3_655 } });
    world.clock.advance(3_655);
    // Until the document has been written without the agent, a lease would be dead on arrival.
    expect((await refusalOf(issueTo(world))).code).toBe('quarantined');
    await runSweeper(world);
    await runRevoker(world);
    const lease = await issueTo(world);
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(false);
  });

  it('is repeated for a minute and never undoes what somebody did since', async () => {
    const world = earlyWorld();
    await issueTo(world);
    await revokeScope(world, agentScope('anna'));
    world.clock.advance(20);
    await world.controls.lift(scope.agent(agentNamed('anna').sub), world.clock());
    world.clock.advance(40);
    await runSweeper(world);
    const [control] = world.controls.of([scope.agent(agentNamed('anna').sub)]);
    expect(control).toEqual({ scope: scope.agent(agentNamed('anna').sub), revoked_before: at(61) });
  });

  it('that has nothing keeps it out all the same', async () => {
    const world = earlyWorld();
    expect((await revokeScope(world, agentScope('anna'))).leases).toBe(0);
    expect((await refusalOf(issueTo(world))).code).toBe('quarantined');
  });

  it('covers a lease whose credentials are being made: they are never shown', async () => {
    const world = earlyWorld();
    world.minter.meddle = async () => {
      await revokeScope(world, agentScope('anna'));
      return {};
    };
    expect((await refusalOf(issueTo(world))).code).toBe('access_denied');
    const [lease] = world.leases.all();
    expect(lease).toMatchObject({ state: 'revoked', end: { cause: 'scope_revoked', by: 'issuance' } });
  });
});

describe('revoking a task', () => {
  it('ends the leases for it of all agents, and those for other tasks live', async () => {
    const world = earlyWorld({ shards: 4 });
    const paying = await Promise.all(['anna', 'bert'].map((name) => issueTo(world, name, { name: 'pay' })));
    const other = await issueTo(world, 'anna', { name: 'read' });
    const revoked = await revokeScope(world, { kind: 'task', agent_type, name: 'pay' });
    expect(revoked.leases).toBe(2);
    for (const [i, lease] of paying.entries())
      expect(await fateOf(world, lease, ['anna', 'bert'][i])).toEqual(dead);
    expect(await fateOf(world, other)).toEqual(alive);
  });

  it('covers what was issued in its second, and lets the task be asked for again after', async () => {
    const world = earlyWorld();
    await revokeScope(world, { kind: 'task', agent_type, name: 'pay' });
    expect((await refusalOf(issueTo(world, 'anna', { name: 'pay' }))).code).toBe('access_denied');
    world.clock.advance(1);
    const lease = await issueTo(world, 'anna', { name: 'pay' });
    expect(await fateOf(world, lease)).toEqual(alive);
  });
});

describe('revoking a type', () => {
  it('ends every session there is by one statement a role, and what is issued next lives', async () => {
    const world = earlyWorld({ shards: 2 });
    const held = await Promise.all(['anna', 'bert', 'carl'].map((name) => issueTo(world, name)));
    expect((await revokeScope(world, typeScope)).roles).toHaveLength(2);
    for (const [i, lease] of held.entries())
      expect(await fateOf(world, lease, ['anna', 'bert', 'carl'][i])).toEqual(covered);
    expect(world.documents.writes).toHaveLength(2);
    const next = await issueTo(world);
    expect(next.gen).toBe(1);
    expect(await fateOf(world, next)).toEqual(alive);
  });

  it('again ends what was issued in between', async () => {
    const world = earlyWorld();
    await revokeScope(world, typeScope);
    const between = await issueTo(world);
    await revokeScope(world, typeScope);
    expect(await fateOf(world, between)).toEqual(covered);
    expect((await issueTo(world)).gen).toBe(2);
  });

  it('repeated by the sweeper ends nothing that was issued since', async () => {
    const world = earlyWorld();
    await revokeScope(world, typeScope);
    const since = await issueTo(world);
    for (const seconds of [1, 30, 60]) {
      world.clock.advance(seconds);
      await runSweeper(world);
    }
    expect(await fateOf(world, since)).toEqual(alive);
    expect(world.shards.all()).toMatchObject([{ gen: 1 }]);
  });

  it('mints nothing more for what it covers', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await revokeScope(world, typeScope);
    const request = { proof: 'proof-late', attempt: 'attempt-late', estimate: 100 };
    const again = collectCredentials(world, agentNamed('anna'), lease.id, request);
    expect((await refusalOf(again)).code).toBe('lease_ended');
    expect(world.minter.plans).toHaveLength(1);
  });
});

describe('revoking what was issued before a time', () => {
  it('denies the sessions of before by their age, and by id those that were opened since', async () => {
    const world = earlyWorld();
    const [old, minted] = [await issueTo(world), await issueTo(world)];
    world.clock.advance(100);
    const since = await issueTo(world);
    const request = { proof: 'proof-1', attempt: 'attempt-1' };
    await collectCredentials(world, agentNamed('anna'), minted.id, request);
    const before: RevokedScope = { kind: 'issued_before', agent_type, before: at(100) };
    expect((await revokeScope(world, before)).leases).toBe(1);
    expect((await recorded(world, minted)).minted_at).toBe(at(100));
    expect(await fateOf(world, old)).toEqual(covered);
    expect(await fateOf(world, minted)).toEqual(dead);
    expect(await fateOf(world, since)).toEqual(alive);
    expect(world.documents.text(grantRoleOf(old))).not.toContain(old.id);
  });
});

describe('a revocation', () => {
  it.each<[string, RevokedScope]>([
    ['an agent', agentScope('anna')],
    ['a type', typeScope],
    ['a task', { kind: 'task', agent_type, name: 'process invoice' }],
    ['what was issued before', { kind: 'issued_before', agent_type, before: at(10) }],
  ])('of %s is on record before anything is done, so that the sweeper goes on after a crash', async (_, revoked) => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    world.clock.advance(10);
    const crash = () => Promise.reject(new Error('crash'));
    const crashing = {
      ...world,
      controls: { ...world.controls, bury: crash, quarantine: crash },
      shards: { ...world.shards, begin: crash },
    };
    await expect(revokeScope(crashing, revoked)).rejects.toThrow('crash');
    expect(world.revocations.all()).toMatchObject([
      { scope: revoked, by: 'role/ops as anna', reason: 'stolen' },
    ]);
    expect((await fateOf(world, lease)).seen).toBe('active');
    await runSweeper(world);
    expect(await fateOf(world, lease)).toMatchObject({ seen: 'revoked', denied: true });
  });

  it('of an agent denies its tag, and that of no other', async () => {
    const world = earlyWorld();
    await revokeScope(world, agentScope('anna'));
    const [shard] = world.shards.all();
    expect(shard?.agents).toEqual({ [agentTag(agentNamed('anna').sub)]: { until: at(3_660), gen: 0 } });
  });
});
