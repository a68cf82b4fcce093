import { describe, expect, it } from 'vitest';
import { grantRoleOf } from '../../../core/lease.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import {
  agentNamed,
  at,
  deniedNow,
  earlyWorld,
  issueTo,
  recorded,
  reserveFor,
  revokeScope,
  runRevoker,
  runSweeper,
} from './early-world.ts';
import { attestedAs, refusalOf } from './world.ts';

async function worldWithLease() {
  const world = earlyWorld();
  const lease = await issueTo(world);
  const release = (attested = agentNamed('anna')) => releaseLease(world, attested, lease.id);
  return { world, lease, release };
}

describe('releasing a lease', () => {
  it('ends it at once, on record, and calls the revoker with its id', async () => {
    const { world, lease, release } = await worldWithLease();
    world.clock.advance(10);
    const { lease: answer } = await release();
    const end = { at: at(10), cause: 'released', by: lease.agent };
    expect(answer).toEqual({ ...lease, state: 'released', end });
    expect(await recorded(world, lease)).toEqual(answer);
    expect(world.calls).toEqual([{ role: grantRoleOf(lease), change: '1', leases: [lease.id] }]);
  });

  it('makes its credentials die in IAM', async () => {
    const { world, lease, release } = await worldWithLease();
    expect(await deniedNow(world, lease)).toBe(false);
    await release();
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
  });

  it('takes no other lease of the same agent down: overlapping leases end each by itself', async () => {
    const { world, lease, release } = await worldWithLease();
    const other = await issueTo(world);
    expect([other.agent, grantRoleOf(other)]).toEqual([lease.agent, grantRoleOf(lease)]);
    await release();
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
    expect(await deniedNow(world, other)).toBe(false);
    expect(await recorded(world, other)).toMatchObject({ state: 'active' });
    expect(await deniedNow(world, await issueTo(world))).toBe(false);
  });

  it('twice is no fault, and is not told twice', async () => {
    const { world, release } = await worldWithLease();
    const { lease: first } = await release();
    world.clock.advance(5);
    expect((await release()).lease).toEqual(first);
    expect(world.calls).toHaveLength(1);
  });

  it('at one moment from many places ends it once', async () => {
    const { world, release } = await worldWithLease();
    const answers = await Promise.all([release(), release(), release()]);
    expect(answers.map(({ lease }) => lease.state)).toEqual(['released', 'released', 'released']);
    expect(world.calls).toHaveLength(1);
  });

  it('after its deadline answers that it has expired, and writes and tells nothing', async () => {
    const { world, lease, release } = await worldWithLease();
    world.clock.advance(300);
    expect((await release()).lease.state).toBe('expired');
    expect(await recorded(world, lease)).toMatchObject({ state: 'active' });
    expect(world.calls).toEqual([]);
  });

  it('that loses against a revocation answers that it was revoked, and by whom', async () => {
    const { world, lease } = await worldWithLease();
    const revoked = { at: at(0), cause: 'revoked', by: 'role/ops as anna', reason: 'stolen' } as const;
    const leases = {
      ...world.leases,
      async end(...args: Parameters<typeof world.leases.end>) {
        await world.leases.end(lease, revoked);
        return world.leases.end(...args);
      },
    };
    const answer = await releaseLease({ ...world, leases }, agentNamed('anna'), lease.id);
    expect(answer.lease).toMatchObject({ state: 'revoked', end: revoked });
    expect(world.calls).toEqual([]);
  });

  it('that a wider revocation covers answers that it was revoked, and makes no release of it', async () => {
    const { world, lease, release } = await worldWithLease();
    await revokeScope(world, { kind: 'type', agent_type: lease.agent_type });
    expect((await release()).lease.state).toBe('revoked');
    expect(await recorded(world, lease)).toEqual(lease);
  });

  it('while it is being made is to be asked again, and ends nothing', async () => {
    const world = earlyWorld();
    const lease = await reserveFor(world);
    const release = () => releaseLease(world, agentNamed('anna'), lease.id);
    expect(await refusalOf(release())).toMatchObject({
      code: 'lease_in_progress',
      evidence: { retryAfter: 1 },
    });
    world.clock.advance(60);
    expect((await release()).lease.state).toBe('failed');
    expect(world.calls).toEqual([]);
  });

  it.each([
    ['another agent of the same principal', agentNamed('bert')],
    ['another principal with a stolen result', attestedAs('anna', 'AROAAGENTTWO')],
  ])('is not for %s, who learns nothing of it', async (_, other) => {
    const { world, lease, release } = await worldWithLease();
    expect((await refusalOf(release(other))).code).toBe('not_found');
    expect(await recorded(world, lease)).toMatchObject({ state: 'active' });
  });

  it('is told by the sweeper, when the revoker could not be called', async () => {
    const { world, lease } = await worldWithLease();
    const revoker = { send: () => Promise.reject(new Error('no network')) };
    await expect(releaseLease({ ...world, revoker }, agentNamed('anna'), lease.id)).rejects.toThrow();
    expect(await recorded(world, lease)).toMatchObject({ state: 'released' });
    world.clock.advance(60);
    await runSweeper(world);
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
  });
});
