import { describe, expect, test } from 'vitest';
import { fromIso } from '../../core/time.ts';
import { alice, dora, frieda, type PersonClaims, tokenOf } from '../people.ts';
import { approverArn } from '../synth.ts';
import { outcomeOf, payingBroker } from './paying.ts';

const on = payingBroker({ schedules: false });

const mark = { sub: 'mark', groups: ['finance-managers'] };
const say = async (...args: Parameters<typeof on.people.decide>) =>
  outcomeOf(await on.people.decide(...args));
const through = `${approverArn} as people`;
const said = (lease: Parameters<typeof on.audit>[0]) =>
  on
    .audit(lease)
    .map(({ voter, decision, outcome }) => `${voter?.subject ?? 'nobody'} ${decision}: ${outcome}`);

describe('a vote', () => {
  test('that approves is audited with who, what, through whom, and what it came to', async () => {
    const lease = await on.pending();
    expect(await say(lease, frieda)).toEqual({ status: 200, says: 'approved' });
    const [event, ...others] = on.audit(lease);
    expect(others).toEqual([]);
    expect(event).toEqual({
      event: 'vote',
      lease: lease.id,
      decision: 'approve',
      through,
      voter: { issuer: expect.stringMatching(/^http/), subject: 'frieda' },
      outcome: 'approved',
    });
  });

  test('twice by one person counts once, and both are audited', async () => {
    const lease = await on.pending(15_000);
    expect(await say(lease, frieda)).toEqual({ status: 200, says: 'pending' });
    expect(await say(lease, frieda)).toEqual({ status: 409, says: 'approval_closed' });
    expect(await say(lease, frieda, 'deny')).toEqual({ status: 409, says: 'approval_closed' });
    expect(said(lease)).toEqual([
      'frieda approve: pending',
      'frieda approve: approval_closed',
      'frieda deny: approval_closed',
    ]);
  });

  test.each([
    [-10, { status: 200, says: 'approved' }],
    [0, { status: 409, says: 'approval_closed' }],
    [1, { status: 409, says: 'approval_closed' }],
  ])('%d s from the end of its time comes to %j', async (seconds, outcome) => {
    const lease = await on.pending();
    advanceTo(lease.approval?.approve_by, seconds);
    expect(await say(lease, frieda)).toEqual(outcome);
    expect(said(lease)).toEqual([`frieda approve: ${outcome.says}`]);
  });

  const refused: [string, (now: number, other: string) => PersonClaims, number, string, string?][] = [
    [
      'of the user on whose behalf it is asked',
      () => ({ ...frieda, sub: alice.sub }),
      403,
      'approval_refused',
    ],
    [
      'with the token that was made for another request',
      (_, nonce) => ({ ...frieda, nonce }),
      403,
      'approval_refused',
    ],
    ['with a token that was made for none', () => ({ ...frieda, nonce: undefined }), 403, 'approval_refused'],
    [
      'of one who signed in 301 s ago',
      (now) => ({ ...frieda, auth_time: now - 301 }),
      403,
      'approval_refused',
    ],
    [
      'of one who signed in nobody knows when',
      () => ({ ...frieda, auth_time: undefined }),
      403,
      'approval_refused',
    ],
    [
      'of one who signs in in the future',
      (now) => ({ ...frieda, auth_time: now + 90 }),
      401,
      'invalid_token',
      'nobody',
    ],
    ['without MFA', () => ({ ...frieda, amr: ['pwd'] }), 403, 'approval_refused'],
    ['with no word of how they signed in', () => ({ ...frieda, amr: undefined }), 403, 'approval_refused'],
    ['of a member of no group that is asked', () => ({ ...dora, sub: 'dora' }), 403, 'approval_refused'],
    ['of a member of no group', () => ({ sub: 'frieda', groups: [] }), 403, 'approval_refused'],
  ];
  test.each(
    refused,
  )('%s is refused, audited, and changes nothing', async (_, claims, status, code, voter) => {
    const [lease, other] = [await on.pending(), await on.pending()];
    const person = claims(on.broker.now(), other.approval?.request_hash ?? '');
    for (const decision of ['approve', 'deny'] as const)
      expect(await say(lease, person, decision)).toEqual({ status, says: code });
    expect(said(lease)).toEqual(['approve', 'deny'].map((each) => `${voter ?? person.sub} ${each}: ${code}`));
    expect(await on.agent.read(lease.id)).toEqual(lease);
    expect(await say(lease, frieda)).toEqual({ status: 200, says: 'approved' });
  });

  test('of one who signed in a while ago, but not five minutes, counts', async () => {
    const lease = await on.pending();
    const person = { ...frieda, auth_time: on.broker.now() - 280 };
    expect(await say(lease, person)).toEqual({ status: 200, says: 'approved' });
  });

  test('through the approver’s role alone, without a person, is nobody’s', async () => {
    const lease = await on.pending();
    const path = `/v1/leases/${lease.id}/approval`;
    const bodies = [
      { decision: 'approve' },
      { decision: 'approve', id_token: '' },
      { decision: 'approve', id_token: 'x' },
      { decision: 'yes', id_token: 'x' },
      {},
    ];
    for (const body of bodies)
      expect((await on.people.ask('POST', path, body)).status).toBeGreaterThanOrEqual(400);
    expect((await on.agent.read(lease.id)).state).toBe('pending');
  });

  test('on what nobody has, or what asks nobody, is refused', async () => {
    const lease = await on.pending();
    expect(await say({ ...lease, id: 'L-NOSUCHLEASE22222' }, frieda)).toEqual({
      status: 404,
      says: 'not_found',
    });
    const { lease: granted } = await on.asked(420);
    expect(await say({ ...lease, id: granted.id }, frieda)).toEqual({ status: 409, says: 'approval_closed' });
  });
});

describe('two of managers and directors', () => {
  test.each([
    ['a manager and a director', [frieda, dora]],
    ['two managers', [mark, frieda]],
  ])('may be %s, one after the other', async (_, [one, other]) => {
    const lease = await on.pending(15_000);
    expect(await say(lease, one ?? frieda)).toEqual({ status: 200, says: 'pending' });
    expect(await on.agent.collect(lease.id).catch(({ code }) => code)).toBe('approval_pending');
    expect(await say(lease, other ?? frieda)).toEqual({ status: 200, says: 'approved' });
    expect((await on.agent.collect(lease.id)).lease.state).toBe('active');
  });

  test('both count at one instant', async () => {
    const lease = await on.pending(15_000);
    const both = await Promise.all([say(lease, frieda), say(lease, dora)]);
    expect(both.map(({ says }) => says).sort()).toEqual(['approved', 'pending']);
    expect((await on.operator.lease(lease.id)).approval?.votes).toHaveLength(2);
  });

  test('are not waited for when one says no, though another approved', async () => {
    const lease = await on.pending(15_000);
    await say(lease, frieda);
    expect(await say(lease, dora, 'deny')).toEqual({ status: 200, says: 'denied' });
    expect(await say(lease, mark)).toEqual({ status: 409, says: 'approval_closed' });
    expect(await on.agent.collect(lease.id).catch(({ code }) => code)).toBe('lease_ended');
    expect(said(lease)).toEqual([
      'frieda approve: pending',
      'dora deny: denied',
      'mark approve: approval_closed',
    ]);
  });
});

describe('at one instant', () => {
  test('one of two who approve decides, and the other is told', async () => {
    const lease = await on.pending();
    const both = await Promise.all([say(lease, frieda), say(lease, mark)]);
    expect(both.map(({ says }) => says).sort()).toEqual(['approval_closed', 'approved']);
    expect((await on.operator.lease(lease.id)).approval?.votes).toHaveLength(1);
  });

  test('many of whom one says no leave one decision, which everybody is told', async () => {
    const lease = await on.pending(15_000);
    const voters = ['a', 'b', 'c', 'd'].map((sub) => ({ sub, groups: ['directors'] }));
    await Promise.all(voters.map((voter, i) => say(lease, voter, i === 2 ? 'deny' : 'approve')));
    const { state, approval } = await on.operator.lease(lease.id);
    expect(state).toMatch(/^(denied|approved)$/);
    const counted = on.audit(lease).filter(({ outcome }) => /^(pending|approved|denied)$/.test(outcome));
    expect(counted.map(({ voter }) => voter?.subject).sort()).toEqual(
      approval?.votes.map(({ by }) => by?.subject).sort(),
    );
    expect(counted.filter(({ outcome }) => outcome !== 'pending').map(({ outcome }) => outcome)).toEqual([
      state,
    ]);
  });
});

describe('after the decision', () => {
  test('a no to what was approved is too late, and a revocation is not', async () => {
    const lease = await on.approved();
    const late = await on.people.decide(lease, mark, 'deny');
    expect(outcomeOf(late)).toEqual({ status: 409, says: 'approval_closed' });
    expect(late.body.detail).toContain('revoke it');
    expect((await on.operator.revoke({ lease: lease.id })).status).toBe(202);
    expect(await on.agent.collect(lease.id).catch(({ code }) => code)).toBe('lease_ended');
  });

  test('a yes to what was denied changes nothing', async () => {
    const lease = await on.pending();
    expect(await say(lease, mark, 'deny')).toEqual({ status: 200, says: 'denied' });
    expect(await say(lease, frieda)).toEqual({ status: 409, says: 'approval_closed' });
    expect((await on.agent.read(lease.id)).state).toBe('denied');
  });

  test('its agent sees what was said, and not by whom or why; operators see it all', async () => {
    const lease = await on.pending();
    const id_token = tokenFor(lease.approval?.request_hash);
    const body = { decision: 'deny', id_token, reason: 'too expensive, ask Erika' };
    expect((await on.people.ask('POST', `/v1/leases/${lease.id}/approval`, body)).status).toBe(200);
    const seen = await on.agent.read(lease.id);
    expect(seen.approval?.votes).toEqual([{ decision: 'deny', at: expect.any(String) }]);
    expect(JSON.stringify(seen)).not.toMatch(/frieda|Erika|approver/);
    expect((await on.operator.lease(lease.id)).approval?.votes).toMatchObject([
      {
        by: { subject: 'frieda' },
        decision: 'deny',
        reason: 'too expensive, ask Erika',
        through: expect.stringContaining('approver'),
      },
    ]);
  });
});

function tokenFor(nonce: string | undefined) {
  return tokenOf({ ...frieda, aud: 'mayfly-cli', nonce }, on.broker.now());
}

/** To so many seconds from a moment, whatever has passed since it was said. */
function advanceTo(moment: string | undefined, seconds: number): void {
  on.broker.advance(fromIso(moment ?? '') + seconds - on.broker.now());
}
