import { expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { leaseView as schema } from '../../../core/protocol/responses.ts';
import { untouched } from '../../../core/standing.ts';
import { epochSeconds, toIso } from '../../../core/time.ts';
import { leaseView, ownLeaseView } from '../../../lambda/http/views.ts';
import { morning } from '../../core/invoices.ts';
import { preparedLease, waitingLease } from '../../core/use-cases/prepared.ts';

const standing = { controls: [], shard: untouched('role'), ancestors: [] };
const later = { inner: 'for the broker only' };

/** A lease that people have approved, with all that there can be of one, and what a later version may add everywhere. */
function stored(): Lease {
  const { approval, grants, ...lease } = waitingLease();
  const [grant] = grants;
  if (!approval || !grant) throw new Error('a pending lease asks somebody, for something');
  const guarantee = { ...grant.guarantee, ...later, outlives: [{ capability: 'a', what: 'b', ...later }] };
  const person = { issuer: 'https://idp.example', subject: 'anna', ...later };
  const vote = { ...person, decision: 'approve', at: morning, terms: [0], through: 'role/x', reason: 'fine' };
  return {
    ...lease,
    ...later,
    state: 'approved',
    task: { ...lease.task, ...later },
    user: { ...person, mfa: true, presented_at: morning },
    ancestors: [{ lease: 'L-1', agent: 'an agent', task: 'a task', ...later }],
    children: ['L-2'],
    decision: { ...lease.decision, ...later, obligations: { without: ['pay'], ...later } },
    approval: {
      ...approval,
      ...later,
      terms: approval.terms.map((terms) => ({ ...terms, ...later })),
      asks: approval.asks.map((asked) => ({ ...asked, ...later })),
      votes: [{ ...vote, ...later }],
      collect_by: epochSeconds(morning + 900),
    },
    grants: [{ ...grant, ...later, guarantee }],
  } as Lease;
}

it('a lease is shown field by field: what a later version stores in it is not shown by accident', () => {
  const shown = leaseView({ lease: stored(), standing }, morning);
  expect(schema.parse(shown)).toEqual(shown);
  expect(JSON.stringify(shown)).not.toContain('for the broker only');
  expect(shown).toMatchObject({
    user: { issuer: 'https://idp.example', subject: 'anna' },
    delegated_from: ['L-1'],
    delegated: ['L-2'],
    decision: { outcome: 'require_approval', without: ['pay'] },
    approval: { missing: 0, votes: [{ by: { subject: 'anna' }, through: 'role/x', reason: 'fine' }] },
  });
});

it('an agent learns what people said and when, and nothing of who they are, or why', () => {
  const shown = ownLeaseView({ lease: stored(), standing }, morning);
  expect(schema.parse(shown)).toEqual(shown);
  expect(shown.approval?.votes).toEqual([{ decision: 'approve', at: toIso(morning) }]);
  expect(JSON.stringify(shown.approval)).not.toMatch(/anna|idp|role\/x|fine/);
});

it('a lease that asks nobody shows no approval, and one without a user shows none', () => {
  const shown = leaseView({ lease: preparedLease(), standing }, morning);
  expect(Object.keys(shown)).not.toContain('approval');
  expect(Object.keys(shown)).not.toContain('user');
  expect(shown).toMatchObject({ delegated_from: [], delegated: [] });
});

it.each([
  ['its agent', (lease: Lease) => lease.agent, (lease: Lease) => lease.agent],
  ['a part of the broker', () => 'timer', () => 'timer'],
  ['an operator', () => 'arn:aws:iam::111122223333:role/Ops as anna@example.com', () => 'operator'],
] as const)('an agent learns that %s ended its lease, and no operator by name or words', (_, by, shownAs) => {
  const lease = preparedLease();
  const end = { at: morning, cause: 'revoked', by: by(lease), reason: 'anna suspects bert' } as const;
  const judged = { lease: { ...lease, state: 'revoked', end } as Lease, standing };
  expect(leaseView(judged, morning).end).toMatchObject({ by: by(lease), reason: 'anna suspects bert' });
  const shown = ownLeaseView(judged, morning);
  expect(schema.parse(shown).end).toEqual({ at: toIso(morning), cause: 'revoked', by: shownAs(lease) });
});
