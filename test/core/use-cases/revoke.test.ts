import { describe, expect, it } from 'vitest';
import { grantRoleOf } from '../../../core/lease.ts';
import { scope } from '../../../core/scope.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import {
  agentNamed,
  at,
  deniedNow,
  earlyWorld,
  issueTo,
  nobodysLease,
  recorded,
  reserveFor,
  revokeScope,
  runRevoker,
  runSweeper,
} from './early-world.ts';
import { alive, covered, dead, fateOf } from './fate.ts';
import { refusalOf } from './world.ts';

const agent_type = 'invoice_processor';
const agentScope = (name: string) => ({ kind: 'agent', agent: agentNamed(name).sub, agent_type }) as const;

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

  it('that was released and left to its deadline does not say that nothing is left: its agent can be revoked', async () => {
    const world = earlyWorld();
    const lease = await issueTo(world);
    await releaseLease(world, agentNamed('anna'), lease.id);
    await world.leases.leaveToExpiry(lease.id);
    const { message } = await refusalOf(revokeScope(world, { kind: 'lease', lease: lease.id }));
    expect(message).toContain('revoke its agent');
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(false);
    await revokeScope(world, agentScope('anna'));
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
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
