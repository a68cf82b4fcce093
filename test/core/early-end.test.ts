import { describe, expect, it } from 'vitest';
import { earlyEnd, enforcementOf } from '../../core/early-end.ts';
import { type AwsGrant, awsGrantOf } from '../../core/grant.ts';
import type { Lease } from '../../core/lease.ts';
import type { Kind } from '../../core/policy/schema-capabilities.ts';
import { type RoleShard, untouched } from '../../core/standing.ts';
import { after } from '../../core/time.ts';
import type { EndCause } from '../../core/transitions.ts';
import { grantingPolicy, grantNamed, oneOfEach, systems } from './granting.ts';
import { morning } from './invoices.ts';
import { preparedLease } from './use-cases/prepared.ts';
import { orderOf } from './use-cases/world.ts';

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

describe('ending a grant beyond AWS early', () => {
  const lease = preparedLease(
    orderOf({ capabilities: [...oneOfEach, 'read_rates', 'connect'] }),
    grantingPolicy(),
    undefined,
    systems,
  );
  const endOf = (kind: Kind, name?: string, seconds = 0) =>
    earlyEnd(lease, grantNamed(lease, kind, name), healthy, after(morning, seconds));

  it.each<[string, Kind, number]>([
    ['a login role', 'postgres', 90],
    ['a token that can be revoked, and otherwise lives an hour', 'oauth', 3_600],
  ])('of %s is done by the broker at once', (_, kind, worst_seconds) => {
    const end = endOf(kind, kind === 'postgres' ? 'crm' : 'check_vat');
    expect(end).toEqual({ ends: 'immediate', typical_seconds: 2, worst_seconds, basis: 'assumed' });
  });

  it('never takes longer than what ends by itself: the deadline, and what its guarantee adds', () => {
    expect(endOf('postgres', 'crm', 299)).toMatchObject({ worst_seconds: 90 });
    expect(endOf('jwt', undefined, 290)).toMatchObject({ ends: 'own_expiry', worst_seconds: 70 });
    expect(endOf('oauth', 'read_rates')).toMatchObject({ ends: 'own_expiry', worst_seconds: 300 + 1_200 });
  });

  it('of a call is as quick as its patience', () => {
    expect(endOf('proxy')).toMatchObject({ ends: 'immediate', typical_seconds: 0, worst_seconds: 10 });
  });

  it('of IAM database authentication is that of the session it is used with', () => {
    const grant = grantNamed(lease, 'postgres', 'connect');
    expect(endOf('postgres', 'connect')).toMatchObject({ ends: 'deny_list', worst_seconds: 300 });
    const revoked = { ...lease, end: { at: after(morning, 100), cause: 'revoked', by: 'somebody' } } as const;
    expect(enforcementOf(revoked, grant, failing)).toBe('irrevocable');
  });

  it('is irrevocable while its own system does not answer, and is not when it has ended after all', () => {
    const stuck = { ...grantNamed(lease, 'postgres', 'crm'), irrevocable_at: after(morning, 50) };
    expect(enforcementOf(lease, stuck, healthy)).toBe('irrevocable');
    expect(earlyEnd(lease, stuck, healthy, morning)).toMatchObject({
      ends: 'own_expiry',
      worst_seconds: 390,
    });
    expect(enforcementOf(lease, { ...stuck, ended_at: after(morning, 60) }, healthy)).toBeUndefined();
    expect(
      enforcementOf(lease, grantNamed(lease, 'postgres', 'crm'), failing),
      'IAM is no matter',
    ).toBeUndefined();
  });
});
