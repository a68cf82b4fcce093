import { deep, ofForm } from './jwt-forgeries-form.ts';
import { ofAlgorithm, ofKey } from './jwt-forgeries-key.ts';
import { ofSignature, ofType } from './jwt-forgeries-signature.ts';
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
