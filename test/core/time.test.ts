import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after, epochSeconds, fromDate, fromIso, toIso } from '../../core/time.ts';

describe('epoch seconds', () => {
  it.each([1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('are never %d', (value) => {
    expect(() => epochSeconds(value)).toThrow(RangeError);
  });

  it('come back from the ISO text that IAM compares', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (value) => {
        const text = toIso(epochSeconds(value));
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(fromIso(text)).toBe(value);
      }),
    );
  });

  it('round a date down, so that nothing lives a fraction longer', () => {
    expect(fromDate(new Date(1_999))).toBe(1);
  });

  it('cannot be moved before 1970 or by a fraction', () => {
    expect(() => after(epochSeconds(5), -6)).toThrow(RangeError);
    expect(() => after(epochSeconds(5), 0.5)).toThrow(RangeError);
    expect(() => fromIso('soon')).toThrow(RangeError);
  });
});
