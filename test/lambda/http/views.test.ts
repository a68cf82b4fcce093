import { expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { leaseView as schema } from '../../../core/protocol/responses.ts';
import { untouched } from '../../../core/standing.ts';
import { toIso } from '../../../core/time.ts';
import { leaseView, ownLeaseView } from '../../../lambda/http/views.ts';
import { morning } from '../../core/invoices.ts';
import { preparedLease, waitingLease } from '../../core/use-cases/prepared.ts';

it('a lease is shown field by field: what a later version stores in it is not shown by accident', () => {
  const lease = preparedLease();
  const later = { inner: 'for the broker only' };
  const [grant] = lease.grants;
  if (!grant) throw new Error('a lease has a grant');
  const guarantee = { ...grant.guarantee, ...later, outlives: [{ capability: 'a', what: 'b', ...later }] };
  const stored = {
    ...lease,
    ...later,
    task: { ...lease.task, ...later },
    grants: [{ ...grant, ...later, guarantee }],
  } as Lease;
  const shown = leaseView(
    { lease: stored, standing: { controls: [], shard: untouched('role'), ancestors: [] } },
    morning,
  );
  expect(schema.parse(shown)).toEqual(shown);
  expect(JSON.stringify(shown)).not.toContain('for the broker only');
});

it.each([
  ['its agent', (lease: Lease) => lease.agent, (lease: Lease) => lease.agent],
  ['a part of the broker', () => 'timer', () => 'timer'],
  ['an operator', () => 'arn:aws:iam::111122223333:role/Ops as anna@example.com', () => 'operator'],
] as const)('an agent learns that %s ended its lease, and no operator by name or words', (_, by, shownAs) => {
  const lease = preparedLease();
  const end = { at: morning, cause: 'revoked', by: by(lease), reason: 'anna suspects bert' } as const;
  const judged = {
    lease: { ...lease, state: 'revoked', end } as Lease,
    standing: { controls: [], shard: untouched('role'), ancestors: [] },
  };
  expect(leaseView(judged, morning).end).toMatchObject({ by: by(lease), reason: 'anna suspects bert' });
  const shown = ownLeaseView(judged, morning);
  expect(schema.parse(shown).end).toEqual({ at: toIso(morning), cause: 'revoked', by: shownAs(lease) });
});
