import { describe, expect, it } from 'vitest';
import type { Lease } from '../../core/lease.ts';
import { endOfLease, isCovered, judgedState, type Standing, untouched } from '../../core/standing.ts';
import { after } from '../../core/time.ts';
import { invoicePolicy, morning } from './invoices.ts';
import { preparedLease } from './use-cases/prepared.ts';
import { attestedAs, orderOf } from './use-cases/world.ts';

const at = (seconds: number) => after(morning, seconds);
const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900, heartbeat: 30 } as const;

/** A parent that ends at 300, and a child that ends with it or before; both are to be heard from when it is said. */
function family(heard = false) {
  const policy = heard ? invoicePolicy({ lifetime }) : invoicePolicy();
  const parent: Lease = { ...preparedLease(orderOf(), policy), state: 'active' };
  const ancestors = [{ lease: parent.id, agent: parent.agent, task: parent.task.name }];
  const order = orderOf({}, { attested: attestedAs('child'), idempotencyKey: 'key-child' });
  const child: Lease = { ...preparedLease(order, policy), state: 'active', ancestors };
  return { parent, child };
}

const below = (...ancestors: Standing['ancestors']): Standing => ({
  controls: [],
  shard: untouched('role'),
  ancestors,
});

describe('a child that runs out with its parent', () => {
  const expired: [string, (parent: Lease) => Lease][] = [
    ['whose end nobody has written yet', (parent) => parent],
    ['which is on record as expired', (parent) => ({ ...parent, state: 'expired' })],
  ];
  it.each(expired)('%s, has expired: nobody revoked it', (_, of) => {
    const { parent, child } = family();
    const standing = below(of(parent));
    expect(judgedState(child, standing, at(299))).toBe(of(parent).state === 'active' ? 'active' : 'revoked');
    expect(judgedState(child, standing, at(300))).toBe('expired');
    expect(endOfLease(child, standing, at(300), 'sweeper')).toMatchObject({ cause: 'deadline' });
  });

  it('before it, has expired too, whenever it is looked at', () => {
    const { parent, child } = family();
    const short = { ...child, deadline: at(100), credential_until: at(100) };
    for (const seconds of [100, 299, 300, 5_000])
      expect(judgedState(short, below(parent), at(seconds))).toBe('expired');
  });

  it('was revoked where somebody ended the parent, or the scope that it is in, whenever it is looked at', () => {
    const { parent, child } = family();
    const revoked: Lease = { ...parent, state: 'revoked' };
    const buried: Standing = {
      ...below(parent),
      controls: [{ scope: `task#invoice_processor#${parent.task.name}`, revoked_before: at(1) }],
    };
    const later = { ...child, issued_at: at(10) };
    for (const standing of [below(revoked), buried])
      expect(judgedState(later, standing, at(5_000))).toBe('revoked');
  });

  it('is no longer alive where the parent alone has run out: a clock is wrong somewhere', () => {
    const { parent, child } = family();
    const longer = { ...child, deadline: at(400), credential_until: at(400) };
    expect(isCovered(longer, below(parent), at(300))).toBe(true);
    expect(endOfLease(longer, below({ ...parent, state: 'expired' }), at(300), 'sweeper')).toMatchObject({
      // Of a deadline IAM is told nothing.
      cause: 'revoked',
    });
  });
});

describe('IAM is told of a child by itself', () => {
  const silent = 60;
  it('while its parent only seems to be silent: it may be heard from in this very second', () => {
    const { parent, child } = family(true);
    expect(judgedState(child, below(parent), at(silent))).toBe('revoked');
    expect(endOfLease(child, below(parent), at(silent), 'sweeper')).toMatchObject({ cause: 'revoked' });
  });

  it('where what it was delegated from is gone', () => {
    const { child } = family();
    expect(endOfLease(child, below(undefined), at(10), 'sweeper')).toMatchObject({ cause: 'revoked' });
  });

  it.each([
    'released',
    'revoked',
  ] as const)('not once that is on record as %s: its entry says it all', (state) => {
    const { parent, child } = family();
    const end = endOfLease(child, below({ ...parent, state }), at(10), 'sweeper');
    expect(end).toMatchObject({ cause: 'scope_revoked' });
  });
});
