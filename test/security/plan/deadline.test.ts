import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mintsAllowed } from '../../../core/lease.ts';
import { deploymentMaximum, longestCredential, type Narrowing } from '../../../core/lifetime.ts';
import { morning } from '../../core/invoices.ts';
import { embedded, estimates, live, rules, step } from './lease-life.ts';

/** Seconds by which STS may count from later than the broker: what is farther off is thrown away. */
const arrival = 10;

describe.each<Narrowing>(['scoped_credentials', 'session_policy'])('with %s', (narrowing) => {
  test('no sequence of collections outlives the total, and credential_until covers every credential', async () => {
    const lives = { minted: 0, refusals: 0, long: 0 };
    await fc.assert(
      fc.asyncProperty(
        rules,
        estimates,
        fc.array(step, { maxLength: 12 }),
        async (rule, estimate, happenings) => {
          const { lease, minted, seen, refusals, stored } = await live(rule, estimate, narrowing, happenings);
          const total = Math.min(Math.max(2 * estimate, rule.floor), rule.longest, deploymentMaximum);
          expect(lease.deadline - morning).toBeLessThanOrEqual(total);
          expect(stored).toHaveLength(1);
          expect(stored[0]?.deadline).toBe(lease.deadline);
          for (const { at, until, recorded, plan } of minted) {
            expect(embedded(plan)).toBe(lease.deadline);
            expect(until).toBeLessThanOrEqual(lease.deadline);
            expect(until - at).toBeGreaterThan(0);
            expect(until - at).toBeLessThanOrEqual(longestCredential);
            expect(recorded).toBeGreaterThanOrEqual(until);
            expect(recorded).toBeLessThanOrEqual(lease.deadline);
          }
          expect(seen).toEqual([...seen].sort((a, b) => a - b));
          expect(minted.length).toBeLessThanOrEqual(mintsAllowed(lease));
          lives.minted += minted.length;
          lives.refusals += refusals;
          if (lease.deadline - morning > longestCredential) lives.long++;
        },
      ),
      { numRuns: 300 },
    );
    // What was never minted twice, refused or longer than a credential proves nothing.
    expect(lives.minted).toBeGreaterThan(400);
    expect(lives.refusals).toBeGreaterThan(100);
    expect(lives.long).toBeGreaterThan(20);
  });

  test('nothing is shown that a slow STS made to pass the deadline, or credential_until by more than its way', async () => {
    const slow = fc
      .tuple(step, fc.integer({ min: 1, max: 30 }))
      .map(([each, seconds]) => ({ ...each, slow: seconds }));
    const lives = { shown: 0, thrownAway: 0 };
    await fc.assert(
      fc.asyncProperty(
        rules,
        estimates,
        fc.array(slow, { maxLength: 6 }),
        async (rule, estimate, happenings) => {
          const { lease, minted, shown } = await live(rule, estimate, narrowing, happenings);
          for (const { until, recorded, plan } of shown) {
            expect(embedded(plan)).toBe(lease.deadline);
            expect(until).toBeLessThanOrEqual(lease.deadline);
            expect(until).toBeLessThanOrEqual(recorded + arrival);
          }
          lives.shown += shown.length;
          lives.thrownAway += minted.length - shown.length;
        },
      ),
      { numRuns: 150 },
    );
    expect(lives.shown).toBeGreaterThan(150);
    expect(lives.thrownAway).toBeGreaterThan(5);
  });
});
