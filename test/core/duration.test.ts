import { expect, it } from 'vitest';
import { durationText } from '../../core/duration.ts';

it.each([
  [0, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [144, '2 min 24 s'],
  [3_600, '1 h'],
  [3_601, '1 h 1 s'],
  [86_400, '1 d'],
  [90_061, '1 d 1 h 1 min 1 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
