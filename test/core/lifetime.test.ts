import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assumeRoleSeconds, credentialSeconds, deploymentMaximum, lifetimeOf } from '../../core/lifetime.ts';

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

  it('keeps one credential within what role chaining allows', () => {
    expect(credentialSeconds(3_540)).toBe(3_540);
    expect(credentialSeconds(3_600)).toBe(3_540);
    expect([144, 840, 841, 3_540, 9_999].map(assumeRoleSeconds)).toEqual([900, 900, 901, 3_600, 3_600]);
  });
});
