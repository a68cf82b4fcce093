import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assumeRoleSeconds,
  credentialSeconds,
  deploymentMaximum,
  latestExpiry,
  lifetimeOf,
} from '../../core/lifetime.ts';

const usual = { buffer: 1.2, floor: 300, longest: 900 };

describe('the lifetime of a lease', () => {
  it('gives a 120 s task 300 s under the default floor and 144 s without a floor', () => {
    expect(lifetimeOf(120, usual)).toEqual({ first: 300, total: 300 });
    expect(lifetimeOf(120, { ...usual, floor: 0 })).toEqual({ first: 144, total: 240 });
  });

  it('rounds up in exact arithmetic', () => {
    expect(lifetimeOf(100, { buffer: 1.1, floor: 0, longest: 900 }).first).toBe(110);
  });

  it('is cut at `longest`', () => {
    expect(lifetimeOf(749, usual)).toEqual({ first: 899, total: 900 });
    expect(lifetimeOf(750, usual)).toEqual({ first: 900, total: 900 });
    expect(lifetimeOf(899, usual)).toEqual({ first: 900, total: 900 });
  });

  it('never passes twice the estimate (the floor excepted), `longest` or the deployment maximum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 100, max: 200 }),
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        (estimate, hundredths, floor, longest) => {
          const { first, total } = lifetimeOf(estimate, { buffer: hundredths / 100, floor, longest });
          expect(first).toBeLessThanOrEqual(total);
          expect(total).toBeLessThanOrEqual(Math.max(2 * estimate, floor));
          expect(total).toBeLessThanOrEqual(Math.min(longest, deploymentMaximum));
          expect(Number.isInteger(first) && Number.isInteger(total)).toBe(true);
        },
      ),
    );
  });

  it.each([
    [749, 899, 1_498, 899, 959, 900],
    [750, 900, 1_500, 900, 960, 900],
    [899, 1_079, 1_798, 1_079, 1_139, 1_079],
    [900, 1_080, 1_800, 1_080, 1_140, 1_080],
    [2_950, 3_540, 5_900, 3_540, 3_600, 3_540],
    [3_540, 4_248, 7_080, 3_540, 3_600, 3_540],
    [3_600, 4_320, 7_200, 3_540, 3_600, 3_540],
  ])('of a %d s task is first %d s and %d s in all, one credential %d s, asked of AssumeRole %d s wide or %d s alone', (estimate, first, total, credential, wide, alone) => {
    expect(lifetimeOf(estimate, { ...usual, longest: 43_200 })).toEqual({ first, total });
    expect(credentialSeconds(first)).toBe(credential);
    expect(assumeRoleSeconds(credential, 'scoped_credentials')).toBe(wide);
    expect(assumeRoleSeconds(credential, 'session_policy')).toBe(alone);
  });

  it('asks of AssumeRole what it can give, and room for the credential that is narrowed from it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: deploymentMaximum }), (remaining) => {
        const credential = credentialSeconds(remaining);
        const wide = assumeRoleSeconds(credential, 'scoped_credentials');
        expect(credential).toBeLessThanOrEqual(remaining);
        expect(wide).toBeGreaterThanOrEqual(Math.max(900, credential + 60));
        expect(wide).toBeLessThanOrEqual(3_600);
        const alone = assumeRoleSeconds(credential, 'session_policy');
        expect(alone).toBe(latestExpiry(credential, 'session_policy'));
        expect(alone).toBe(Math.max(900, credential));
      }),
    );
  });

  it('never falls short of the buffered estimate for rounding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 100, max: 200 }),
        (estimate, hundredths) => {
          const rules = { buffer: hundredths / 100, floor: 0, longest: deploymentMaximum };
          const exact = BigInt(estimate) * BigInt(hundredths);
          expect(lifetimeOf(estimate, rules).first).toBe(Number((exact + 99n) / 100n));
        },
      ),
    );
  });

  it('keeps one credential within what role chaining allows', () => {
    expect(credentialSeconds(3_540)).toBe(3_540);
    expect(credentialSeconds(3_600)).toBe(3_540);
    expect(
      [144, 840, 841, 3_540, 9_999].map((each) => assumeRoleSeconds(each, 'scoped_credentials')),
    ).toEqual([900, 900, 901, 3_600, 3_600]);
  });
});
