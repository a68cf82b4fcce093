import { after, type EpochSeconds } from '../../core/time.ts';
import { morning } from '../core/invoices.ts';

/** A clock that moves only when it is told to, and what is planned on it. */
export type Simulation = {
  now(): EpochSeconds;
  /** Does something in so many seconds, 0 for as soon as time is let go on. */
  plan(seconds: number, work: () => void): void;
  /** Lets time pass, and everything that is planned happen at its second. */
  advance(seconds: number): Promise<void>;
  /** Moves the clock alone, as for a process that was held up: what is planned has to wait. */
  jump(seconds: number): void;
};

type Planned = { readonly at: EpochSeconds; readonly work: () => void };

/** Time as events in order: of one second in the order in which they were planned. */
export function simulation(start: EpochSeconds = morning): Simulation {
  const planned: Planned[] = [];
  let now = start;
  return {
    now: () => now,
    plan(seconds, work) {
      const at = after(now, seconds);
      planned.splice(placeOf(planned, at), 0, { at, work });
    },
    async advance(seconds) {
      const end = after(now, seconds);
      await everythingDone();
      for (let next = planned[0]; next !== undefined && next.at <= end; next = planned[0]) {
        planned.shift();
        if (next.at > now) now = next.at;
        next.work();
        await everythingDone();
      }
      now = end;
    },
    jump(seconds) {
      now = after(now, seconds);
    },
  };
}

/** Behind everything of the same second. */
function placeOf(planned: readonly Planned[], at: EpochSeconds): number {
  let [low, high] = [0, planned.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((planned[middle]?.at ?? at) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Resolves when nothing can go on by itself any more: ports in memory know no other waiting than promises. */
export function everythingDone(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
