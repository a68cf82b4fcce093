import { describe, expect, it } from 'vitest';
import { earlyEnd, enforcementOf } from '../../core/early-end.ts';
import { type AwsGrant, awsGrantOf } from '../../core/grant.ts';
import type { Lease } from '../../core/lease.ts';
import { type RoleShard, untouched } from '../../core/standing.ts';
import { after } from '../../core/time.ts';
import type { EndCause } from '../../core/transitions.ts';
import { morning } from './invoices.ts';
import { preparedLease } from './use-cases/prepared.ts';

/** A lease whose credentials may live for 300 s, ended after so many seconds. */
function leaseEnded(cause?: EndCause, seconds = 0): Lease {
  const lease = preparedLease();
  return cause ? { ...lease, end: { at: after(morning, seconds), cause, by: 'somebody' } } : lease;
}

function grantOf(lease: Lease, changed: Partial<AwsGrant> = {}): AwsGrant {
  return { ...awsGrantOf(lease), ...changed };
}

const healthy = untouched('role');
const failing: RoleShard = { ...healthy, failing_since: after(morning, 5) };
const left = { enforcement: 'left_to_expiry' } as const;

describe('ending a grant early', () => {
  it('takes what a deny document takes, and never longer than the credentials live', () => {
    const lease = leaseEnded();
    const at = (seconds: number) => earlyEnd(lease, grantOf(lease), healthy, after(morning, seconds));
    expect(at(0)).toEqual({ ends: 'deny_list', typical_seconds: 5, worst_seconds: 300, basis: 'assumed' });
    expect(at(100)).toMatchObject({ typical_seconds: 5, worst_seconds: 200 });
    expect(at(297)).toMatchObject({ typical_seconds: 3, worst_seconds: 3 });
    expect(at(400)).toMatchObject({ typical_seconds: 0, worst_seconds: 0 });
  });

  it('of a lease that lives longer is worst after the minutes that IAM may take', () => {
    const lease = { ...leaseEnded(), credential_until: after(morning, 3_540) };
    expect(earlyEnd(lease, grantOf(lease), healthy, morning).worst_seconds).toBe(300);
  });

  it('counts from the end once there is one, and not from now', () => {
    const lease = leaseEnded('revoked', 100);
    const now = after(morning, 290);
    expect(earlyEnd(lease, grantOf(lease), healthy, now)).toMatchObject({ worst_seconds: 200 });
  });

  it('is left to expiry where its room in the document was given up', () => {
    const lease = leaseEnded('released', 100);
    const grant = grantOf(lease, left);
    expect(enforcementOf(lease, grant, healthy)).toBe('left_to_expiry');
    expect(earlyEnd(lease, grant, healthy, morning)).toEqual({
      ends: 'own_expiry',
      typical_seconds: 200,
      worst_seconds: 200,
      basis: 'assumed',
    });
    expect(enforcementOf(lease, grant, failing)).toBe('left_to_expiry');
  });

  it('is irrevocable while IAM does not take the document, and only then', () => {
    const lease = leaseEnded('revoked', 100);
    expect(enforcementOf(lease, grantOf(lease), failing)).toBe('irrevocable');
    expect(earlyEnd(lease, grantOf(lease), failing, morning)).toMatchObject({
      ends: 'own_expiry',
      worst_seconds: 200,
    });
    expect(enforcementOf(lease, grantOf(lease), healthy)).toBeUndefined();
  });

  it.each([
    ['before the document was last written', 99, undefined],
    ['in the second in which it was', 100, 'irrevocable'],
    ['after', 101, 'irrevocable'],
  ])('of what ended %s is told apart while it fails', (_, seconds, expected) => {
    const lease = leaseEnded('revoked', seconds);
    const shard = { ...failing, written_at: after(morning, 100) };
    expect(enforcementOf(lease, grantOf(lease), shard)).toBe(expected);
  });

  it('is nothing to a lease that lives, or that its deadline has ended', () => {
    const alive = leaseEnded();
    expect(enforcementOf(alive, grantOf(alive), failing)).toBeUndefined();
    const expired = leaseEnded('deadline', 300);
    expect(enforcementOf(expired, grantOf(expired), failing)).toBeUndefined();
    expect(earlyEnd(expired, grantOf(expired), failing, morning).worst_seconds).toBe(0);
  });
});
