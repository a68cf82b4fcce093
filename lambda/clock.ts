import { clockOffsetVariable } from '../core/settings.ts';
import { type EpochSeconds, epochSeconds } from '../core/time.ts';

/** The functions' clock. A local run moves it by an offset in whole seconds; no template sets one. */
export function now(): EpochSeconds {
  return epochSeconds(Math.floor(Date.now() / 1000) + Number(process.env[clockOffsetVariable] ?? 0));
}
