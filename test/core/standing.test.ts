import { describe, expect, it } from 'vitest';
import type { Lease } from '../../core/lease.ts';
import type { LeaseState } from '../../core/lease-states.ts';
import { agentTag } from '../../core/scope.ts';
import {
  type Control,
  endOfLease,
  isCovered,
  judgedState,
  refuseDenied,
  refuseQuarantined,
  revokedNow,
  type Standing,
  untouched,
} from '../../core/standing.ts';
import { after } from '../../core/time.ts';
import { invoicePolicy, morning } from './invoices.ts';
import { preparedLease, waitingLease } from './use-cases/prepared.ts';
import { orderOf, thrownRefusal } from './use-cases/world.ts';

const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900, heartbeat: 30 } as const;

/** A lease issued at {@link morning}, dead by silence after 60 s and by its deadline after 300. */
function leaseOf(state: LeaseState = 'active', heard = true): Lease {
  const policy = heard ? invoicePolicy({ lifetime }) : invoicePolicy();
  return { ...preparedLease(orderOf(), policy), state, gen: 2 };
}

/** One that waits for people until {@link at} 1800, or that they have approved and that is to be collected until 2000. */
function waiting(state: 'pending' | 'approved' = 'pending', changed: Partial<Lease> = {}): Lease {
  const { approval, ...lease } = waitingLease();
  if (!approval) throw new Error('a pending lease asks somebody');
  const collect = state === 'approved' && { collect_by: at(2_000) };
  return { ...lease, state, approval: { ...approval, ...collect }, gen: 2, ...changed };
}

/** Standings of a lease that was delegated from these. */
const below = (...ancestors: Standing['ancestors']): Standing => ({ ...clean, ancestors });

const clean: Standing = { controls: [], shard: { ...untouched('role'), gen: 2 }, ancestors: [] };
const quarantine = { at: morning, by: 'role/ops as anna', reason: 'stolen' };
const before = (seconds: number): Standing => ({
  ...buried(1),
  shard: { ...clean.shard, issued_before: at(seconds) },
});
const buried = (before: number): Standing => ({
  ...clean,
  controls: [{ scope: 'type#x' }, { scope: 'agent#x', revoked_before: after(morning, before) }],
});
const ofGeneration = (gen: number): Standing => ({ ...clean, shard: { ...clean.shard, gen } });
const at = (seconds: number) => after(morning, seconds);

describe('a lease is covered', () => {
  it.each([
    ['by nothing when nothing was said', clean, false],
    ['by a tombstone of a later second', buried(1), true],
    ['not by one of the second in which it was issued', buried(0), false],
    ['not by one of before', buried(-100), false],
    ['by a generation after its own', ofGeneration(3), true],
    ['not by its own generation', ofGeneration(2), false],
    ['not by one before: what knows more than its reader is not dead', ofGeneration(1), false],
    [
      'not by a quarantine: that keeps out, and ends nothing',
      { ...clean, controls: [{ scope: 'x', quarantine }] },
      false,
    ],
  ])('%s', (_, standing, covered) => {
    expect(isCovered(leaseOf(), standing, morning)).toBe(covered);
  });

  it.each<[string, Standing, boolean]>([
    ['not by one that lives', below(leaseOf()), false],
    ['by one that is being made', below(leaseOf('issuing')), true],
    ['by one that has ended', below(leaseOf('released')), true],
    ['by one above that, though the last one lives', below(leaseOf('expired'), leaseOf()), true],
    ['by one that is gone', below(undefined), true],
    ['by one that is silent, though nobody wrote it', below({ ...leaseOf(), beat_due: morning }), true],
    ['by one whose deadline has come', below({ ...leaseOf('active', false), deadline: morning }), true],
    ['by one whose generation is over', below({ ...leaseOf(), gen: 1 }), true],
  ])('with what it was delegated from: %s', (_, standing, covered) => {
    expect(isCovered(leaseOf(), standing, morning)).toBe(covered);
  });

  it('by what was said about the scopes of one that it was delegated from, and of no other', () => {
    const parent = { ...leaseOf(), agent: 'spiffe://a/agent/b/parent' };
    const child = { ...leaseOf(), issued_at: at(100), deadline: at(280), beat_due: at(160) };
    const about = (scope: string): Standing => ({
      ...below(parent),
      controls: [{ scope, revoked_before: at(50) }],
    });
    expect(isCovered(child, about('agent#spiffe://a/agent/b/parent'), at(10))).toBe(true);
    expect(isCovered(child, about('agent#spiffe://a/agent/b/other'), at(10))).toBe(false);
  });

  it('when it was issued in the very second of a revocation', () => {
    const revoked = { ...clean, controls: [{ scope: 'x', revoked_before: revokedNow(morning) }] };
    expect(isCovered(leaseOf(), revoked, morning)).toBe(true);
  });
});

describe('everybody sees', () => {
  it.each<[LeaseState, string, Standing, number, LeaseState]>([
    ['active', 'nothing was said', clean, 0, 'active'],
    ['active', 'nothing was said', clean, 59, 'active'],
    ['active', 'it is silent', clean, 60, 'revoked'],
    ['active', 'it was silent before its deadline', clean, 300, 'revoked'],
    ['active', 'it is buried', buried(1), 0, 'revoked'],
    ['active', 'its generation is over', ofGeneration(3), 0, 'revoked'],
    ['issuing', 'nothing was said', clean, 59, 'issuing'],
    ['issuing', 'its maker died', clean, 60, 'failed'],
    ['issuing', 'it is buried', buried(1), 0, 'revoked'],
    ['issuing', 'it is buried and its maker died', buried(1), 60, 'failed'],
    ['failed', 'it is buried', buried(1), 0, 'failed'],
    ['released', 'it is buried', buried(1), 0, 'released'],
    ['expired', 'its generation is over', ofGeneration(3), 0, 'expired'],
    ['revoked', 'nothing was said', clean, 0, 'revoked'],
    ['active', 'what it was delegated from lives', below(leaseOf()), 59, 'active'],
    ['active', 'what it was delegated from has ended', below(leaseOf('released')), 0, 'revoked'],
    ['issuing', 'what it was delegated from has ended', below(leaseOf('released')), 0, 'revoked'],
  ])('what is %s where %s', (state, _, standing, seconds, seen) => {
    expect(judgedState(leaseOf(state), standing, at(seconds))).toBe(seen);
  });

  it.each<['pending' | 'approved', string, Standing, number, LeaseState]>([
    ['pending', 'nothing was said', clean, 1_799, 'pending'],
    ['pending', 'people took too long', clean, 1_800, 'expired'],
    ['pending', 'it is buried', buried(1), 0, 'revoked'],
    ['pending', 'it is buried and people took too long', buried(1), 1_800, 'revoked'],
    ['pending', 'its generation is over', ofGeneration(3), 0, 'revoked'],
    ['approved', 'nothing was said', clean, 1_999, 'approved'],
    ['approved', 'its agent took too long', clean, 2_000, 'expired'],
    ['approved', 'it is buried', buried(1), 0, 'revoked'],
  ])('what is %s where %s', (state, _, standing, seconds, seen) => {
    expect(judgedState(waiting(state), standing, at(seconds))).toBe(seen);
  });

  it('a lease without heartbeats expire at its deadline, though nothing wrote it', () => {
    const lease = leaseOf('active', false);
    expect(judgedState(lease, clean, at(299))).toBe('active');
    expect(judgedState(lease, clean, at(300))).toBe('expired');
  });
});

describe('the end of a lease', () => {
  const by = 'sweeper';
  const denied = (until: number, lease: Lease): Standing => ({
    ...buried(1),
    shard: { ...clean.shard, agents: { [agentTag(lease.agent)]: { until: at(until), gen: 0 } } },
  });

  it.each<[string, Lease, Standing, number, string | undefined]>([
    ['is not yet while it lives', leaseOf(), clean, 59, undefined],
    ['is silence when its heartbeat is overdue', leaseOf(), clean, 60, 'missed_heartbeat'],
    ['is silence, though the deadline has come since', leaseOf(), clean, 500, 'missed_heartbeat'],
    ['is the deadline without heartbeats', leaseOf('active', false), clean, 300, 'deadline'],
    [
      'is the deadline when both fall into one second',
      { ...leaseOf(), beat_due: at(300) },
      clean,
      300,
      'deadline',
    ],
    ['is a revocation of its own, where a tombstone covers it', leaseOf(), buried(1), 10, 'revoked'],
    ['is a revocation, though it is overdue too', leaseOf(), buried(1), 100, 'revoked'],
    ['is told by its generation', leaseOf(), ofGeneration(3), 10, 'scope_revoked'],
    ['is told by its agent, while that is denied', leaseOf(), denied(11, leaseOf()), 10, 'scope_revoked'],
    ['is its own again, once its agent is denied no more', leaseOf(), denied(10, leaseOf()), 10, 'revoked'],
    ['is no silence while it is made', leaseOf('issuing'), clean, 100, undefined],
    ['is a revocation also while it is made', leaseOf('issuing'), buried(1), 10, 'revoked'],
    ['was, for whatever has ended', leaseOf('released'), buried(1), 100, undefined],
    ['is not yet while people have time', waiting(), clean, 1_799, undefined],
    ['is the deadline when people took too long', waiting(), clean, 1_800, 'deadline'],
    ['is not yet while it may be collected', waiting('approved'), clean, 1_999, undefined],
    ['is the deadline when nobody collected it', waiting('approved'), clean, 2_000, 'deadline'],
    ['is told with its scope, before anything was minted', waiting(), buried(1), 10, 'scope_revoked'],
    ['is told by what it was delegated from', leaseOf(), below(leaseOf('revoked')), 10, 'scope_revoked'],
    [
      'is its own where something was delegated from it: what is said of time does not reach that',
      { ...leaseOf(), children: ['L-1'] },
      before(100),
      10,
      'revoked',
    ],
    ['is told by time', leaseOf(), before(100), 10, 'scope_revoked'],
  ])('%s', (_, lease, standing, seconds, cause) => {
    const end = cause && { at: at(seconds), cause, by };
    expect(endOfLease(lease, standing, at(seconds), by)).toEqual(end);
  });
});

describe('who is refused', () => {
  it.each<[string, readonly Control[]]>([
    ['nobody when nothing was said', []],
    ['nobody whose leases were only revoked', [{ scope: 'agent#x', revoked_before: at(1) }]],
  ])('is %s', (_, controls) => {
    expect(() => refuseQuarantined(controls)).not.toThrow();
  });

  it('is whoever any scope keeps out, with no word of who said so and why', () => {
    const refusal = thrownRefusal(() =>
      refuseQuarantined([{ scope: 'type#x' }, { scope: 'key#y', quarantine }]),
    );
    expect(refusal.code).toBe('quarantined');
    expect(refusal.message).toContain('key');
    for (const inner of [quarantine.by, quarantine.reason]) expect(refusal.message).not.toContain(inner);
  });

  it('is an agent whose sessions are still denied, with the seconds to wait', () => {
    const lease = leaseOf();
    const { agent } = lease;
    const standing = {
      ...clean,
      shard: { ...clean.shard, agents: { [agentTag(agent)]: { until: at(100), gen: 0 } } },
    };
    const refused = (seconds: number) => () => refuseDenied(lease, standing, at(seconds));
    expect(thrownRefusal(refused(40))).toMatchObject({ code: 'quarantined', evidence: { retryAfter: 60 } });
    expect(thrownRefusal(refused(99)).evidence.retryAfter).toBe(1);
    expect(thrownRefusal(refused(200)).evidence.retryAfter, 'until it is written without it').toBe(1);
    const other = { agent: 'spiffe://a/agent/b/other', ancestors: [] };
    expect(() => refuseDenied(other, standing, morning)).not.toThrow();
    const below = { ...other, ancestors: [{ lease: lease.id, agent, task: 'a task' }] };
    expect(() => refuseDenied(below, standing, morning), 'what it delegates').toThrow();
  });
});
