import { afterAll, describe, expect, it } from 'vitest';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import { type LeaseState, leaseStates } from '../../../core/lease-states.ts';
import { after } from '../../../core/time.ts';
import { type EndCause, isToldAlone, mayEnd, stateAfter } from '../../../core/transitions.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import {
  again,
  heardLease,
  isDue,
  leaseImplementations,
  mintOf,
  newLease,
  pendingLease,
  voteOf,
} from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

const causes: readonly EndCause[] = [
  'released',
  'cancelled',
  'deadline',
  'missed_heartbeat',
  'revoked',
  'scope_revoked',
];
const states = leaseStates;
const unminted = ['pending', 'approved'] as const;
const heardOrNot = ['heard', 'unheard'] as const;

/** Before anything is due; in the second of the heartbeat and before; in the second of the deadline and before. */
const moments = [0, 59, 60, 61, 299, 300, 301];

/** Ends that may happen: state, cause, whether the lease is to be heard from, and the moments, in seconds. */
const legal: readonly (readonly [LeaseState, EndCause, 'heard' | 'unheard', readonly number[]])[] = [
  ['active', 'released', 'heard', [0, 59]],
  ['active', 'released', 'unheard', [0, 59, 60, 61, 299]],
  ['active', 'deadline', 'heard', [300, 301]],
  ['active', 'deadline', 'unheard', [300, 301]],
  ['active', 'missed_heartbeat', 'heard', [60, 61, 299, 300, 301]],
  ...(['issuing', 'active', ...unminted] as const).flatMap((state) =>
    (['revoked', 'scope_revoked'] as const).flatMap((cause) =>
      heardOrNot.map((heard) => [state, cause, heard, moments] as const),
    ),
  ),
  // People have 300 s, and so has the agent after them.
  ...unminted.flatMap((state) =>
    heardOrNot.flatMap(
      (heard) =>
        [
          [state, 'cancelled', heard, moments],
          [state, 'deadline', heard, [300, 301]],
        ] as const,
    ),
  ),
];

const cases = states.flatMap((state) =>
  causes.flatMap((cause) =>
    heardOrNot.map((heard) => {
      const row = legal.find(([s, c, h]) => s === state && c === cause && h === heard);
      return { state, cause, heard, ends: row?.[3] ?? [] };
    }),
  ),
);

it('the table of ends is whole', () => {
  expect(cases).toHaveLength(states.length * causes.length * 2);
  expect(cases.filter(({ ends }) => ends.length > 0)).toHaveLength(legal.length);
});

describe.each(leaseImplementations(dynamo))('ending leases %s', (_, leases) => {
  async function inState(state: LeaseState, lease = newLease()): Promise<Lease> {
    if (state === 'pending' || state === 'approved' || state === 'denied') return askedFor(state, lease);
    await leases.reserve(lease);
    if (state === 'failed') await leases.fail(lease, 'why');
    if (state === 'issuing' || state === 'failed') return { ...lease, state };
    await leases.activate(lease);
    const cause = {
      active: undefined,
      released: 'released',
      expired: 'deadline',
      revoked: 'revoked',
    } as const;
    const ending = cause[state];
    const at = state === 'expired' ? lease.deadline : lease.issued_at;
    if (ending) await leases.end(lease, { at, cause: ending, by: 'the test' });
    const found = await leases.find(lease.id);
    expect(found?.state).toBe(state);
    return { ...lease, state };
  }

  async function askedFor(state: 'pending' | 'approved' | 'denied', { heartbeat }: Lease): Promise<Lease> {
    const { heartbeat: _, ...unheard } = pendingLease();
    const lease = heartbeat === undefined ? unheard : pendingLease(heartbeat);
    await leases.reserve(lease);
    const collect = { state: 'approved', collect_by: after(lease.issued_at, 300) } as const;
    if (state === 'approved') await leases.vote(lease, voteOf('anna'), collect);
    if (state === 'denied') await leases.vote(lease, voteOf('anna', 0, 'deny'), { state });
    const found = await leases.find(lease.id);
    expect(found?.state).toBe(state);
    return { ...lease, state, ...(found?.approval && { approval: found.approval }) };
  }

  it.each(cases)('$state by $cause, $heard: at $ends', async ({ state, cause, heard, ends }) => {
    const another = () => inState(state, heard === 'heard' ? heardLease(30) : newLease());
    let lease = await another();
    for (const seconds of moments) {
      const end = { at: after(lease.issued_at, seconds), cause, by: 'somebody' };
      const expected = ends.includes(seconds);
      expect(mayEnd(lease, end), `mayEnd ${seconds}`).toBe(expected);
      expect(await leases.end(lease, end), `end ${seconds}`).toBe(expected);
      const found = await leases.find(lease.id);
      expect(found?.state).toBe(expected ? stateAfter(cause) : state);
      if (!expected) continue;
      expect(found?.end).toEqual(end);
      lease = await another();
    }
  });

  it('is decided by the record as it is, whatever its reader saw', async () => {
    const lease = await inState('active', heardLease(30));
    await leases.beat(lease, after(lease.issued_at, 59), after(lease.issued_at, 119));
    const silence = { at: after(lease.issued_at, 60), cause: 'missed_heartbeat', by: 'timer' } as const;
    expect(mayEnd(lease, silence)).toBe(true);
    expect(await leases.end(lease, silence)).toBe(false);
    expect(await leases.find(lease.id)).toMatchObject({ state: 'active' });
  });

  it('keeps the reason, and nothing where none was given', async () => {
    const [why, silent] = [await inState('active'), await inState('active')];
    const end = { at: why.issued_at, cause: 'revoked', by: 'an operator' } as const;
    await leases.end(why, { ...end, reason: 'stolen' });
    await leases.end(silent, end);
    expect((await leases.find(why.id))?.end).toEqual({ ...end, reason: 'stolen' });
    expect((await leases.find(silent.id))?.end).toEqual(end);
  });

  it('knows its own write, when the answer was lost and the same comes again', async () => {
    const lease = await inState('active');
    const end = { at: lease.issued_at, cause: 'released', by: lease.agent } as const;
    expect(await leases.end(lease, end)).toBe(true);
    expect(await leases.end(lease, end)).toBe(true);
    expect(await leases.end(lease, { ...end, by: 'somebody else' })).toBe(false);
    expect(await leases.end(lease, { ...end, at: after(end.at, 1) })).toBe(false);
    expect(await leases.end(lease, { ...end, cause: 'revoked' })).toBe(false);
    expect((await leases.find(lease.id))?.end).toEqual(end);
  });

  it('happens once, when many end a lease at one moment', async () => {
    const lease = await inState('active');
    const ends = ['released', 'revoked', 'scope_revoked', 'revoked'] as const;
    const answers = await Promise.all(
      ends.map((cause, i) => leases.end(lease, { at: lease.issued_at, cause, by: `number ${i}` })),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it('ends nothing that is not there, and writes nothing', async () => {
    const nobodys = newLease();
    for (const cause of causes)
      expect(await leases.end(nobodys, { at: nobodys.deadline, cause, by: 'somebody' })).toBe(false);
    expect(await leases.find(nobodys.id)).toBeUndefined();
  });

  const endsOfActive = { released: 10, deadline: 300, missed_heartbeat: 60, revoked: 10, scope_revoked: 10 };

  it.each(
    Object.entries(endsOfActive) as [keyof typeof endsOfActive, number][],
  )('by %s leaves the lease due exactly if IAM must be told', async (cause, seconds) => {
    const lease = await inState('active', heardLease(30));
    const at = after(lease.issued_at, seconds);
    expect(await leases.end(lease, { at, cause, by: 'somebody' })).toBe(true);
    expect(await isDue(leases, lease.id, after(at, 3_600))).toBe(isToldAlone(cause));
    expect(await isDue(leases, lease.id, at)).toBe(isToldAlone(cause));
    await leases.done(lease.id);
    expect(await isDue(leases, lease.id, after(at, 3_600))).toBe(false);
  });

  it.each(
    unminted.flatMap((state) =>
      (['cancelled', 'deadline', 'revoked', 'scope_revoked'] as const).map(
        (cause) => [state, cause] as const,
      ),
    ),
  )('of what is %s by %s leaves nothing to be done: not for IAM, the sweeper or people', async (state, cause) => {
    const lease = await inState(state);
    const at = after(lease.issued_at, 300);
    expect(await leases.end(lease, { at, cause, by: 'somebody' })).toBe(true);
    expect(await isDue(leases, lease.id, after(at, 3_600))).toBe(false);
    expect(await waiting(lease)).toBe(false);
    const denied = await leases.denied(grantRoleOf(lease), lease.issued_at);
    expect(denied.map(({ id }) => id)).not.toContain(lease.id);
  });

  const waiting = async ({ id }: Lease) => {
    const { leases: found } = await leases.awaiting(after(morning, -1), 1_000, undefined);
    return found.some((lease) => lease.id === id);
  };

  it('as it was read before anything was minted is refused, once it is made: there is more to be done', async () => {
    for (const state of ['issuing', 'active'] as const) {
      const read = await inState('approved');
      const made = { ...read, state: 'issuing', minted_at: read.issued_at, beat_due: read.deadline } as const;
      expect(await leases.begin(made)).toBe(true);
      if (state === 'active') expect(await leases.activate(made)).toBe(true);
      for (const cause of causes)
        expect(await leases.end(read, { at: read.deadline, cause, by: 'somebody' }), cause).toBe(false);
      expect(await leases.find(read.id)).toMatchObject({ state });
      const revoked = { at: read.issued_at, cause: 'revoked', by: 'somebody' } as const;
      expect(await leases.end(made, revoked)).toBe(true);
      expect(await isDue(leases, read.id, read.issued_at), 'IAM is told').toBe(true);
    }
  });

  it('shuts out every later write of whoever still holds the lease', async () => {
    const lease = await inState('active', heardLease(30));
    const at = lease.issued_at;
    await leases.end(lease, { at, cause: 'revoked', by: 'an operator' });
    const ended = await leases.find(lease.id);
    expect(await leases.activate(again(lease))).toBe(false);
    expect(await leases.fail(lease, 'why')).toBe(false);
    expect(await leases.beat(lease, at, after(at, 60))).toBe(false);
    expect(await leases.rearm(lease.id, 0)).toBe(false);
    expect(await leases.remint(again(lease), mintOf(lease, 'proof-1'))).toBe(false);
    await leases.postpone(lease, after(at, 1_000));
    await leases.leaveToExpiry(lease.id);
    expect(await leases.find(lease.id)).toEqual(ended);
  });

  it('throws a lease away that is still being made: it is never activated', async () => {
    const lease = await inState('issuing');
    expect(await leases.end(lease, { at: lease.issued_at, cause: 'scope_revoked', by: 'issuance' })).toBe(
      true,
    );
    expect(await leases.activate(lease)).toBe(false);
  });
});
