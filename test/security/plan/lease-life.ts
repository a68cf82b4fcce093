import fc from 'fast-check';
import { expect } from 'vitest';
import { BrokerError } from '../../../core/broker-error.ts';
import type { LifetimeRules, Narrowing } from '../../../core/lifetime.ts';
import type { AwsPlan } from '../../../core/plan.ts';
import type { Statement } from '../../../core/statement.ts';
import { type EpochSeconds, fromIso } from '../../../core/time.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { type IssuingWorld, issueLease } from '../../../core/use-cases/issue-lease.ts';
import { invoicePolicy } from '../../core/invoices.ts';
import { attestedAs, issuanceWorld, orderOf } from '../../core/use-cases/world.ts';

/** One credential that was made: when, for how long it works, and what the store said of the lease by then. */
export type Minted = {
  readonly at: EpochSeconds;
  readonly until: number;
  readonly recorded: number;
  readonly plan: AwsPlan;
};

/** Something that happens to a lease after some seconds. */
export type Step = {
  readonly after: number;
  readonly what: 'collect' | 'issue' | 'fail';
  /** Seconds that STS takes to answer. */
  readonly slow: number;
};

/** Rules at and around every edge that lifetimes have. */
export const rules: fc.Arbitrary<LifetimeRules> = fc
  .record({
    buffer: fc.integer({ min: 100, max: 200 }).map((hundredths) => hundredths / 100),
    floor: fc.constantFrom(0, 1, 144, 300, 899, 900, 3_540, 3_600, 7_200),
    longest: fc.constantFrom(1, 144, 300, 749, 900, 3_540, 3_541, 3_600, 12_000, 43_200),
  })
  .filter(({ floor, longest }) => floor <= longest);
/** Estimates, in seconds. */
export const estimates = fc.oneof(
  fc.constantFrom(1, 120, 749, 750, 899, 900, 1_770, 2_950, 3_540, 3_600, 43_200),
  fc.integer({ min: 1, max: 43_200 }),
);
/** A step with an STS that answers at once. */
export const step: fc.Arbitrary<Step> = fc.record({
  after: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 4_000 })),
  what: fc.constantFrom('collect', 'collect', 'collect', 'issue', 'fail'),
  slow: fc.constant(0),
});

/** The second that the policy inside a credential names: from then on it denies everything. */
export function embedded({ policy }: AwsPlan): EpochSeconds {
  const statements: Statement[] = JSON.parse(policy).Statement;
  const times = statements.flatMap(
    ({ Condition }) => Condition?.['DateGreaterThanEquals']?.['aws:CurrentTime'] ?? [],
  );
  expect(times).toHaveLength(1);
  return fromIso(times[0] ?? '');
}

/** Issues a lease and lets things happen to it: what was minted and shown, and each `credential_until` of the store. */
export async function live(
  rule: LifetimeRules,
  estimate: number,
  narrowing: Narrowing,
  happenings: readonly Step[],
) {
  const lifetime = { ...rule, maximum: '2x' } as const;
  const world = issuanceWorld(invoicePolicy({ lifetime }), narrowing);
  const minted: Minted[] = [];
  let happening: Step = { after: 0, what: 'issue', slow: 0 };
  world.minter.meddle = () => {
    world.clock.advance(happening.slow);
    if (happening.what === 'fail') throw new Error('throttled');
    return {};
  };
  const recorder: IssuingWorld = {
    ...world,
    minter: {
      async mint(plan, end) {
        const credentials = await world.minter.mint(plan, end);
        if (credentials === 'too_large') throw new Error('an invoice is not large');
        const until = Math.min(credentials.expiration, embedded(plan));
        const recorded = world.leases.all()[0]?.credential_until ?? 0;
        minted.push({ at: world.clock(), until, recorded, plan });
        return credentials;
      },
    },
  };
  const order = () => orderOf({ estimated_seconds: estimate }, { idempotencyKey: 'key-0001' });
  const { lease } = await issueLease(recorder, order());
  const seen = [world.leases.all()[0]?.credential_until ?? 0];
  const shown = minted.slice();
  let refusals = 0;
  for (const [i, each] of happenings.entries()) {
    happening = each;
    world.clock.advance(each.after);
    const asked =
      each.what === 'issue'
        ? issueLease(recorder, order())
        : collectCredentials(recorder, attestedAs(), lease.id, {
            proof: `again-${i}`,
            attempt: `again-${i}`,
          });
    const overdue = world.clock() >= lease.deadline;
    const refusal = await asked.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal !== undefined && !(refusal instanceof BrokerError)) throw refusal;
    if (refusal) refusals++;
    else shown.push(...minted.slice(-1));
    if (overdue) expect(refusal?.code).toBe('lease_ended');
    seen.push(world.leases.all()[0]?.credential_until ?? 0);
  }
  return { lease, minted, shown, seen, refusals, stored: world.leases.all() };
}
