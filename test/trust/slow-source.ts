import { expect } from 'vitest';
import { trustCache } from '../../lambda/evidence/trust-cache.ts';
import { manualClock } from '../core/use-cases/world.ts';

/** A source whose answers are given by hand, each when it suits the test. */
export function slowSource() {
  const waiting: PromiseWithResolvers<string>[] = [];
  return {
    loads: () => waiting.length,
    load() {
      const next = Promise.withResolvers<string>();
      waiting.push(next);
      return next.promise;
    },
    answer: (value: string, load = waiting.length) => waiting[load - 1]?.resolve(value),
    fail: (reason = 'it is down', load = waiting.length) => waiting[load - 1]?.reject(new Error(reason)),
  };
}

/** All that follows from what was answered; no load is waited for. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A cache of what such a source answers, and what its log was told. */
export function slowCache(freshFor?: () => number | undefined) {
  const clock = manualClock();
  const source = slowSource();
  const failures: string[] = [];
  const cache = trustCache(source.load, clock, {
    name: 'the keys at home',
    onFailure: ({ message }) => failures.push(message),
    ...(freshFor && { freshFor }),
  });
  return {
    clock,
    source,
    failures,
    cache,
    /** Asks for the first time, or when what was there is stale. */
    async holding(value: string): Promise<void> {
      const first = cache.current();
      source.answer(value);
      expect(await first).toBe(value);
    },
    /** Lets the load fail that this started. */
    async failing(asked: Promise<unknown>): Promise<void> {
      const outcome = expect(asked).rejects.toThrow('the keys at home cannot be had: it is down');
      await settled();
      source.fail();
      await outcome;
    },
  };
}
