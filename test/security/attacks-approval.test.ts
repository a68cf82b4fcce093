import { describe, expect, it } from 'vitest';
import { grantRoleOf } from '../../core/lease.ts';
import { after } from '../../core/time.ts';
import { roleSession, vote } from '../../core/use-cases/vote.ts';
import { askApproved, askPending, collect, onRecord, pendingWorld } from '../core/use-cases/pending-world.ts';
import { attestedAs, refusalOf } from '../core/use-cases/world.ts';

describe('an agent whose role approvers come by, too', () => {
  const byRole = [{ else: { require_approval: { from: ['managers'], proof: 'role' } } }] as const;
  const conditions = { user_delegation: 'required', invoice_amount: byRole };

  async function voted(userId: string) {
    const world = pendingWorld({ conditions });
    const lease = await askPending(world);
    const voter = roleSession(userId, lease.approval?.request_hash ?? '');
    const ballot = { lease: lease.id, voter, decision: 'approve', through: 'role/both as agent' } as const;
    const refusal = await vote(world, ballot).catch((error: unknown) => error);
    return { refusal, state: (await onRecord(world, lease)).state };
  }

  it('does not approve what it asked for itself', async () => {
    const { refusal, state } = await voted(`${attestedAs().principal}:session`);
    expect(refusal).toMatchObject({ code: 'approval_refused' });
    expect(state).toBe('pending');
  });

  it('is told from a role whose id begins as its own does', async () => {
    expect((await voted(`${attestedAs().principal}X:session`)).state).toBe('approved');
  });
});

describe('a revocation of the type while an approved lease is collected', () => {
  it('ends the lease: it was asked for before', async () => {
    const world = pendingWorld();
    const lease = await askApproved(world);
    let read = 0;
    const standings: typeof world.standings = {
      async read(...asked) {
        const standing = await world.standings.read(...asked);
        // Between what the lease is found with and what it is begun with.
        if (++read === 1) {
          const role = grantRoleOf(lease);
          await world.shards.begin(role, 1, after(world.clock(), 3_600), world.clock());
        }
        return standing;
      },
    };
    const refusal = await refusalOf(collect({ ...world, standings }, lease));
    expect(refusal.code).toBe('lease_ended');
    expect(world.minter.plans).toEqual([]);
  });
});

describe('an agent that asks when little is granted, and collects when there is more', () => {
  it('gets the short life that people were shown', async () => {
    // The world begins at 02:00 UTC: a minute before the hours, which the policy would rather have.
    const hours = { is: 'preferred', hours: '02:01-10:00', otherwise: { longest: '60s', risk: 0 } };
    const world = pendingWorld({ conditions: { business_hours: hours } });
    const lease = await askApproved(world);
    expect(lease.deadline).toBe(after(lease.issued_at, 60));
    world.clock.advance(90);
    const { lease: collected } = await collect(world, lease);
    expect(collected.deadline).toBe(after(world.clock(), 60));
    expect(collected.renewable_until).toBe(after(world.clock(), 60));
  });
});
