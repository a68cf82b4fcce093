import { type EpochSeconds, epochSeconds } from '../core/time.ts';

/** The emulated clock: real time plus an offset that only ever grows. */
export type Clock = {
  /** Moment of IAM evaluation, STS expiry and the functions' own clocks. */
  now(): EpochSeconds;
  /** Seconds by which the emulated clock is ahead of the real one. */
  offset(): number;
  /** Moves the clock forward by whole seconds; throws a RangeError when asked to go back. */
  advance(seconds: number): void;
  /** Milliseconds of real time until a moment, zero when it has come. */
  until(moment: EpochSeconds): number;
  /** Calls the listener after each advance; answers how to stop it. */
  onAdvance(listener: () => void): () => void;
};

/** A clock over real time, in milliseconds. Freshness of signatures stays in real time and does not use it. */
export function createClock(realTime: () => number = Date.now): Clock {
  let ahead = 0;
  const listeners = new Set<() => void>();
  return {
    now: () => epochSeconds(Math.floor(realTime() / 1000) + ahead),
    offset: () => ahead,
    advance(seconds) {
      if (!Number.isSafeInteger(seconds) || seconds < 0)
        throw new RangeError('the clock moves forward by whole seconds');
      ahead += seconds;
      for (const listener of listeners) listener();
    },
    until: (moment) => Math.max(0, (moment - ahead) * 1000 - realTime()),
    onAdvance(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
