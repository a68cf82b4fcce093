import { describe, expect, it } from 'vitest';
import { type LeaseState, leaseStates } from '../../core/lease-states.ts';
import { epochSeconds } from '../../core/time.ts';
import {
  type EndCause,
  endsEarly,
  isTerminal,
  isTold,
  isToldAlone,
  mayBecome,
  stateAfter,
} from '../../core/transitions.ts';
import { preparedLease } from './use-cases/prepared.ts';

const states: readonly LeaseState[] = [
  'pending',
  'approved',
  'denied',
  'issuing',
  'active',
  'failed',
  'released',
  'expired',
  'revoked',
];
const steps: readonly (readonly [LeaseState, LeaseState])[] = [
  ['pending', 'approved'],
  ['pending', 'denied'],
  ['pending', 'expired'],
  ['pending', 'revoked'],
  ['approved', 'issuing'],
  ['approved', 'expired'],
  ['approved', 'revoked'],
  ['issuing', 'active'],
  ['issuing', 'failed'],
  ['issuing', 'revoked'],
  ['active', 'released'],
  ['active', 'expired'],
  ['active', 'revoked'],
];
const pairs = states.flatMap((from) => states.map((to) => [from, to] as const));
const causes: readonly EndCause[] = [
  'released',
  'cancelled',
  'deadline',
  'missed_heartbeat',
  'revoked',
  'scope_revoked',
];

// What may end when, cause by cause, is in the contract of the stores: test/contract/ports/leases-end.test.ts.
describe('the states of a lease', () => {
  it.each(pairs)('from %s to %s is a step only if the table has it', (from, to) => {
    expect(pairs).toHaveLength(81);
    expect(states).toEqual(leaseStates);
    expect(mayBecome(from, to)).toBe(steps.some(([a, b]) => a === from && b === to));
  });

  it('are terminal unless something is waited for, made or alive, and terminal ones never change', () => {
    expect(states.filter((state) => !isTerminal(state))).toEqual([
      'pending',
      'approved',
      'issuing',
      'active',
    ]);
    for (const [from, to] of pairs) if (isTerminal(from)) expect(mayBecome(from, to)).toBe(false);
  });

  it('after an end are terminal, and IAM is told of a lease alone where it was not told with others', () => {
    expect(causes.map((cause) => [cause, stateAfter(cause), endsEarly(cause), isToldAlone(cause)])).toEqual([
      ['released', 'released', true, true],
      ['cancelled', 'revoked', true, false],
      ['deadline', 'expired', false, false],
      ['missed_heartbeat', 'revoked', true, true],
      ['revoked', 'revoked', true, true],
      ['scope_revoked', 'revoked', true, false],
    ]);
    for (const cause of causes) expect(isTerminal(stateAfter(cause))).toBe(true);
  });

  const lease = preparedLease();

  it('before anything was minted are none of IAM’s concern, however they end', () => {
    for (const cause of causes) {
      expect(isTold({ ...lease, minted_at: epochSeconds(0) }, cause)).toBe(false);
      expect(isTold({ ...lease, minted_at: epochSeconds(1) }, cause)).toBe(isToldAlone(cause));
    }
  });
});
