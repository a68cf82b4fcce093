import { describe, expect, it } from 'vitest';
import { heartbeat } from '../../../core/use-cases/heartbeat.ts';
import {
  agentNamed,
  at,
  earlyWorld,
  issueTo,
  recorded,
  reserveFor,
  revokeScope,
  runSweeper,
} from './early-world.ts';
import { attestedAs, refusalOf } from './world.ts';

async function worldWithLease(options = { heartbeat: 30 }) {
  const world = earlyWorld(options);
  const lease = await issueTo(world);
  const beat = (attested = agentNamed('anna')) => heartbeat(world, attested, lease.id);
  return { world, lease, beat };
}

describe('a heartbeat', () => {
  it('moves the second in which the agent is taken for dead by two intervals from now', async () => {
    const { world, lease, beat } = await worldWithLease();
    expect(lease.beat_due).toBe(at(60));
    world.clock.advance(20);
    const { lease: heard } = await beat();
    expect(heard).toMatchObject({
      id: lease.id,
      state: 'active',
      beat_due: at(80),
      deadline: lease.deadline,
    });
    expect(await recorded(world, lease)).toEqual(heard);
  });

  it('may be lost once: the next comes in time', async () => {
    const { world, beat } = await worldWithLease();
    world.clock.advance(59);
    expect((await beat()).lease.beat_due).toBe(at(119));
  });

  it('that comes late revives nobody, though nothing has ended the lease yet', async () => {
    const { world, lease, beat } = await worldWithLease();
    world.clock.advance(60);
    expect(await refusalOf(beat())).toMatchObject({ code: 'lease_ended', evidence: { retry: 'new_key' } });
    expect(await recorded(world, lease)).toMatchObject({ state: 'active', beat_due: at(60) });
    await runSweeper(world);
    expect(await recorded(world, lease)).toMatchObject({
      state: 'revoked',
      end: { cause: 'missed_heartbeat' },
    });
    expect((await refusalOf(beat())).code).toBe('lease_ended');
  });

  it('does not move the deadline: at it the lease is over, however lively its agent', async () => {
    const { world, lease, beat } = await worldWithLease();
    for (let seconds = 50; seconds < 300; seconds += 50) {
      world.clock.advance(50);
      await beat();
    }
    world.clock.advance(50);
    expect(world.clock()).toBe(lease.deadline);
    expect((await refusalOf(beat())).code).toBe('lease_ended');
  });

  it('that loses against the end of the lease says that it has ended', async () => {
    const { world, lease } = await worldWithLease();
    const leases = {
      ...world.leases,
      async beat(...args: Parameters<typeof world.leases.beat>) {
        await world.leases.end(lease, { at: at(0), cause: 'revoked', by: 'an operator' });
        return world.leases.beat(...args);
      },
    };
    const refusal = await refusalOf(heartbeat({ ...world, leases }, agentNamed('anna'), lease.id));
    expect(refusal.code).toBe('lease_ended');
  });

  it('of a lease that a wider revocation covers is refused, though its own record says nothing', async () => {
    const { world, lease, beat } = await worldWithLease();
    await revokeScope(world, { kind: 'type', agent_type: 'invoice_processor' });
    expect(await recorded(world, lease)).toMatchObject({ state: 'active' });
    expect((await refusalOf(beat())).code).toBe('lease_ended');
    expect(await recorded(world, lease)).toMatchObject({ beat_due: at(60) });
  });

  it('where none is asked for tells what is left and writes nothing', async () => {
    const { world, lease, beat } = await worldWithLease({} as { heartbeat: number });
    world.clock.advance(100);
    expect((await beat()).lease).toEqual(lease);
    expect(world.leases.trail).not.toContain('beat');
  });

  it('of a lease that is still being made is to come again', async () => {
    const world = earlyWorld({ heartbeat: 30 });
    const lease = await reserveFor(world);
    const refusal = await refusalOf(heartbeat(world, agentNamed('anna'), lease.id));
    expect(refusal).toMatchObject({ code: 'lease_in_progress', evidence: { retryAfter: 1 } });
  });

  it.each([
    ['another agent of the same principal', agentNamed('bert')],
    ['another principal with a stolen result', attestedAs('anna', 'AROAAGENTTWO')],
    [
      'the same principal and key as an agent of another type',
      { ...agentNamed('anna'), agent_type: 'payer' },
    ],
  ])('by %s keeps nobody alive, and learns nothing', async (_, other) => {
    const { world, lease, beat } = await worldWithLease();
    world.clock.advance(30);
    const refusal = await refusalOf(beat(other));
    const nobodys = await refusalOf(heartbeat(world, other, 'L-NOSUCHLEASE00000'));
    expect(refusal).toMatchObject({ code: 'not_found', message: nobodys.message });
    expect(await recorded(world, lease)).toMatchObject({ beat_due: at(60) });
  });
});

describe('the first heartbeat', () => {
  it('counts from when the lease is there: nobody is silent while STS answers slowly', async () => {
    const world = earlyWorld({ heartbeat: 5 });
    world.minter.meddle = ({ deadline }) => {
      world.clock.advance(12);
      return { expiration: deadline };
    };
    const lease = await issueTo(world);
    expect(lease).toMatchObject({ state: 'active', beat_due: at(22), deadline: at(300) });
    expect(await recorded(world, lease)).toMatchObject({ beat_due: at(22) });
    expect(world.sent).toEqual([{ timer: { lease: lease.id, gen: 0 }, seconds: 10 }]);
    expect((await heartbeat(world, agentNamed('anna'), lease.id)).lease.state).toBe('active');
  });
});
