import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import type { Person } from '../../../core/person.ts';
import { scope } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { roleSession, vote } from '../../../core/use-cases/vote.ts';
import {
  alice,
  ask,
  askPending,
  collect,
  dora,
  max,
  mia,
  onRecord,
  type PendingWorld,
  pendingWorld,
  person,
  say,
} from './pending-world.ts';
import { refusalOf } from './world.ts';

/** An amount that two of managers and directors have to approve. */
async function worldForTwo() {
  const world = pendingWorld();
  world.amounts.set('4714', 15_000);
  return { world, lease: await askPending(world, '4714') };
}

async function unchanged(world: PendingWorld, lease: Lease, refused: Promise<unknown>) {
  const before = await onRecord(world, lease);
  const refusal = await refusalOf(refused);
  expect(await onRecord(world, lease)).toEqual(before);
  return refusal;
}

describe('a vote', () => {
  it('of the one who is asked approves, and gives the agent a quarter of an hour to collect', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    world.clock.advance(100);
    const { lease: approved } = await say(world, lease, mia);
    expect(approved).toEqual(await onRecord(world, lease));
    expect(approved).toMatchObject({
      state: 'approved',
      approval: { collect_by: after(lease.issued_at, 1_000) },
    });
    expect(approved.approval?.votes).toMatchObject([
      {
        issuer: mia.issuer,
        subject: 'mia',
        decision: 'approve',
        terms: [0],
        through: 'role/approver as people',
      },
    ]);
    expect(world.minter.plans).toEqual([]);
  });

  it.each<[string, (world: PendingWorld, other: Lease) => Person & { nonce?: string }, string]>([
    ['the user on whose behalf it is asked', () => person('alice', ['managers']), 'own behalf'],
    [
      'a member of no group that is asked',
      () => person('eve', ['staff', 'Managers', 'managers ']),
      'none of the groups',
    ],
    ['a member of no group at all', () => person('eve', []), 'none of the groups'],
    ['one who did not use MFA', () => ({ ...mia, mfa: false }), 'MFA'],
    [
      'one who proved who they are 301 s ago',
      ({ clock }) => ({ ...mia, authenticated_at: after(clock(), -301) }),
      'sign in anew',
    ],
    [
      'one of whom nobody knows when they signed in',
      () => ({ ...mia, authenticated_at: undefined }) as never,
      'sign in anew',
    ],
    [
      'a token that was made for another lease',
      (_, other) => ({ ...mia, nonce: other.approval?.request_hash ?? '' }),
      'not bound',
    ],
    [
      'a token with the hash in another case',
      (_, other) => ({ ...mia, nonce: other.approval?.request_hash.toLowerCase() ?? '' }),
      'not bound',
    ],
    ['a token that was made for nothing', () => ({ ...mia, nonce: undefined }) as never, 'not bound'],
    ['a token with an empty nonce', () => ({ ...mia, nonce: '' }), 'not bound'],
  ])('by %s counts for nothing, to approve or to deny', async (_, voter, says) => {
    const world = pendingWorld();
    const [lease, other] = [await askPending(world), await askPending(world, '4713')];
    for (const decision of ['approve', 'deny'] as const) {
      const refusal = await unchanged(world, lease, say(world, lease, voter(world, other), decision));
      expect(refusal).toMatchObject({ code: 'approval_refused', evidence: { path: 'id_token' } });
      expect(refusal.message).toContain(says);
    }
  });

  it('by one who signed in 300 s ago still counts', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    const voter = { ...mia, authenticated_at: after(world.clock(), -300) };
    expect((await say(world, lease, voter)).lease.state).toBe('approved');
  });

  it.each([
    [1_799, 'approved'],
    [1_800, 'approval_closed'],
    [1_801, 'approval_closed'],
  ])('%d s after the question, which stands 1,800, comes to %s', async (seconds, outcome) => {
    const world = pendingWorld();
    const lease = await askPending(world);
    world.clock.advance(seconds);
    const said = say(world, lease, mia).then(
      ({ lease: { state } }) => state,
      ({ code }) => code,
    );
    expect(await said).toBe(outcome);
  });

  it('without MFA counts where the terms do not ask for it', async () => {
    const terms = { require_approval: { from: ['managers'], mfa: 'not_required' } };
    const world = pendingWorld({ conditions: { invoice_amount: [{ else: terms }] } });
    const lease = await askPending(world);
    expect((await say(world, lease, { ...mia, mfa: false })).lease.state).toBe('approved');
  });

  it('without MFA counts for those terms alone that do not ask for it', async () => {
    const world = pendingWorld({
      conditions: {
        business_hours: { is: 'preferred', otherwise: { risk: 60 } },
        invoice_amount: [{ else: { require_approval: { from: ['directors'], mfa: 'not_required' } } }],
      },
      risk: { weights: { claimed_parameters: 0 }, approval: { at: 50, from: ['managers'] } },
    });
    const lease = await askPending(world);
    expect(lease.approval?.terms).toHaveLength(2);
    const both = person('zoe', ['managers', 'directors'], { mfa: false });
    const { lease: half } = await say(world, lease, both);
    expect(half).toMatchObject({ state: 'pending', approval: { votes: [{ terms: [0] }] } });
    expect((await say(world, half, mia)).lease.state).toBe('approved');
  });

  it.each([
    'approve',
    'deny',
  ] as const)('a second time by the same person is refused: %s', async (decision) => {
    const { world, lease } = await worldForTwo();
    await say(world, lease, mia);
    const refusal = await unchanged(world, lease, say(world, lease, mia, decision));
    expect(refusal).toMatchObject({ code: 'approval_closed', message: 'you said so before: approve' });
  });

  it('on a lease that nobody has, or that asked nobody, is refused', async () => {
    const world = pendingWorld();
    const { lease } = await ask(world, '4711');
    expect((await refusalOf(say(world, lease, mia))).code).toBe('approval_closed');
    const nobodys = { ...lease, id: 'L-NOSUCHLEASE22222' };
    expect((await refusalOf(say(world, nobodys, mia))).code).toBe('not_found');
  });
});

describe('two of a list', () => {
  it('both have to approve, and the last one decides', async () => {
    const { world, lease } = await worldForTwo();
    const { lease: half } = await say(world, lease, mia);
    expect(half.state).toBe('pending');
    expect((await refusalOf(collect(world, lease))).code).toBe('approval_pending');
    expect((await say(world, lease, dora)).lease.state).toBe('approved');
  });

  it('may be of one group', async () => {
    const { world, lease } = await worldForTwo();
    await say(world, lease, mia);
    expect((await say(world, lease, max)).lease.state).toBe('approved');
  });

  it('are two people, as the providers tell them apart: one name at two of them is two', async () => {
    const { world, lease } = await worldForTwo();
    await say(world, lease, mia);
    const namesake = { ...mia, issuer: 'https://other.example' };
    expect((await say(world, lease, namesake)).lease.state).toBe('approved');
  });

  it('are not one person in both groups', async () => {
    const { world, lease } = await worldForTwo();
    const both = person('zoe', ['managers', 'directors']);
    expect((await say(world, lease, both)).lease.state).toBe('pending');
    expect((await refusalOf(say(world, lease, both))).code).toBe('approval_closed');
  });

  it.each([
    ['before anybody approved', []],
    ['after one approved', [max]],
  ] as const)('are not waited for when one says no, %s', async (_, approving) => {
    const { world, lease } = await worldForTwo();
    for (const each of approving) await say(world, lease, each);
    expect((await say(world, lease, dora, 'deny')).lease.state).toBe('denied');
    expect((await refusalOf(say(world, lease, mia))).message).toMatch(/is denied/);
    expect((await refusalOf(collect(world, lease))).message).toMatch(/was denied/);
    expect(world.leases.dueNow(after(lease.issued_at, 86_400))).toEqual([]);
  });
});

describe('after the decision', () => {
  it('a no is too late, and the refusal says what helps', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    await say(world, lease, mia);
    const refusal = await unchanged(world, lease, say(world, lease, max, 'deny'));
    expect(refusal).toMatchObject({ code: 'approval_closed' });
    expect(refusal.message).toMatch(/is approved.*revoke it/);
  });

  it('a yes does not bring back what was denied', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    await say(world, lease, mia, 'deny');
    expect((await unchanged(world, lease, say(world, lease, max))).code).toBe('approval_closed');
  });

  it.each([
    ['the type', (lease: Lease) => scope.type(lease.agent_type)],
    ['the agent', (lease: Lease) => scope.agent(lease.agent)],
    ['the task', (lease: Lease) => scope.task(lease.agent_type, lease.task.name)],
    ['the chain', (lease: Lease) => scope.chain(lease.id)],
  ])('nobody is asked about what was revoked with %s', async (_, of) => {
    const world = pendingWorld();
    const lease = await askPending(world);
    await world.controls.bury(of(lease), after(world.clock(), 1));
    const refusal = await unchanged(world, lease, say(world, lease, mia));
    expect(refusal).toMatchObject({ code: 'approval_closed' });
    expect(refusal.message).toContain('revoked');
  });
});

describe('at the same moment', () => {
  /** The votes read the lease before any of them is counted. */
  async function together(world: PendingWorld, lease: Lease, ...said: [Person, 'approve' | 'deny'][]) {
    return Promise.allSettled(said.map(([who, decision]) => say(world, lease, who, decision)));
  }

  it('two approve where one is enough: one decides, the other is told', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    const [one, other] = await together(world, lease, [mia, 'approve'], [max, 'approve']);
    expect(one).toMatchObject({ status: 'fulfilled', value: { lease: { state: 'approved' } } });
    expect(other).toMatchObject({ status: 'rejected', reason: { code: 'approval_closed' } });
    expect((await onRecord(world, lease)).approval?.votes).toMatchObject([{ subject: 'mia' }]);
  });

  it('two approve where two are needed: both count', async () => {
    const { world, lease } = await worldForTwo();
    const outcomes = await together(world, lease, [mia, 'approve'], [dora, 'approve']);
    expect(outcomes).toMatchObject([
      { value: { lease: { state: 'pending' } } },
      { value: { lease: { state: 'approved' } } },
    ]);
    expect((await onRecord(world, lease)).approval?.votes).toHaveLength(2);
  });

  it('one says yes and another no where two are needed: it is denied', async () => {
    const { world, lease } = await worldForTwo();
    await together(world, lease, [mia, 'approve'], [dora, 'deny']);
    expect((await onRecord(world, lease)).state).toBe('denied');
  });

  it.each([
    1, 2,
  ])('the same person says yes and no, of %d: what they are told is what counts', async (count) => {
    const { world, lease } = count === 2 ? await worldForTwo() : await oneNeeded();
    const outcomes = await together(world, lease, [mia, 'approve'], [mia, 'deny']);
    const { state, approval } = await onRecord(world, lease);
    expect(approval?.votes).toHaveLength(1);
    const told = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value.lease.state] : []));
    expect(told).toEqual([state]);
  });

  it('so many that a vote never gets its turn: it is told to come again, and changed nothing', async () => {
    const world = pendingWorld();
    const lease = await askPending(world);
    const leases = { ...world.leases, vote: async () => false };
    const bound = { ...mia, authenticated_at: world.clock(), nonce: lease.approval?.request_hash };
    const ballot = { lease: lease.id, voter: bound, decision: 'approve', through: 'x' } as const;
    expect(await refusalOf(vote({ ...world, leases }, ballot))).toMatchObject({
      code: 'temporarily_unavailable',
      evidence: { retryAfter: 1 },
    });
  });
});

describe('whoever comes by the approver’s role, without an ID token', () => {
  const asking = (...terms: object[]) =>
    pendingWorld({
      conditions: {
        business_hours: { is: 'preferred', otherwise: { risk: terms.length > 1 ? 60 : 0 } },
        invoice_amount: [{ else: { require_approval: terms[0] } }],
      },
      risk: { weights: { claimed_parameters: 0 }, approval: { at: 50, from: ['directors'], ...terms[1] } },
    });
  const byRole = (world: PendingWorld, lease: Lease, hash = lease.approval?.request_hash ?? '') =>
    vote(world, {
      lease: lease.id,
      voter: roleSession('AROAPEOPLE:mia', hash),
      decision: 'approve',
      through: 'x',
    });

  it('decides where the policy takes the role for proof, by the hash that they saw', async () => {
    const world = asking({ from: ['managers'], proof: 'role' });
    const [lease, other] = [await askPending(world), await askPending(world)];
    const wrong = await unchanged(world, lease, byRole(world, lease, other.approval?.request_hash));
    expect(wrong.code).toBe('approval_refused');
    const { lease: approved } = await byRole(world, lease);
    expect(approved.state).toBe('approved');
    expect(approved.approval?.votes).toMatchObject([
      { issuer: 'aws:iam', subject: 'AROAPEOPLE:mia', terms: [0] },
    ]);
    expect((await collect(world, lease)).lease.state).toBe('active');
  });

  it('decides nothing where it does not', async () => {
    const world = asking({ from: ['managers'] });
    const lease = await askPending(world);
    const refusal = await unchanged(world, lease, byRole(world, lease));
    expect(refusal).toMatchObject({ code: 'approval_refused', message: expect.stringContaining('ID token') });
  });

  it('decides nothing that its own role asked for, as an agent', async () => {
    const world = asking({ from: ['managers'], proof: 'role' });
    const lease = await askPending(world);
    const voter = roleSession(`${lease.principal}:mia`, lease.approval?.request_hash ?? '');
    const ballot = { lease: lease.id, voter, decision: 'approve', through: 'x' } as const;
    expect((await unchanged(world, lease, vote(world, ballot))).message).toContain('this role asked for it');
  });

  it('decides no other terms than those', async () => {
    const world = asking({ from: ['managers'], proof: 'role' }, {});
    const lease = await askPending(world);
    expect((await byRole(world, lease)).lease).toMatchObject({
      state: 'pending',
      approval: { votes: [{ terms: [0] }] },
    });
    expect((await refusalOf(byRole(world, lease))).code).toBe('approval_closed');
    expect((await say(world, lease, dora)).lease.state).toBe('approved');
  });

  it('has not satisfied who by now wants ID tokens', async () => {
    const world = asking({ from: ['managers'], proof: 'role' });
    const lease = await askPending(world);
    await byRole(world, lease);
    const { policies } = asking({ from: ['managers'] });
    expect((await refusalOf(collect({ ...world, policies }, lease))).message).toContain(
      'others have to approve',
    );
  });
});

async function oneNeeded() {
  const world = pendingWorld();
  return { world, lease: await askPending(world) };
}

it('nobody is asked on behalf of nobody: where no user is behind the task, everybody may decide', async () => {
  const world = pendingWorld({ conditions: { user_delegation: 'not_used' } });
  const granted = await ask(world, '4712', {}, { user: undefined });
  expect((await say(world, granted.lease, { ...alice, groups: ['managers'] })).lease.state).toBe('approved');
});
