import { deep, ofForm } from './jwt-forgeries-form.ts';
import { ofAlgorithm, ofKey, ofSignature, ofType } from './jwt-forgeries-key.ts';
import { ofTimes } from './jwt-forgeries-times.ts';
import type { JwtForgery } from './jwt-world.ts';

/** Forgeries of a JWT of any method. */
export const commonForgeries: readonly JwtForgery[] = [
  ...ofForm,
  deep,
  ...ofAlgorithm,
  ...ofKey,
  ...ofType,
  ...ofSignature,
  ...ofTimes,
];
