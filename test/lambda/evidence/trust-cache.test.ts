import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { TrustUnavailable } from '../../../core/evidence.ts';
import { type TrustCache, trustCache } from '../../../lambda/evidence/trust-cache.ts';
import { type ManualClock, manualClock } from '../../core/use-cases/world.ts';

/** A source whose answers are given by hand, each when it suits the test. */
function slowSource() {
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

let clock: ManualClock;
let source: ReturnType<typeof slowSource>;
let failures: string[];
let cache: TrustCache<string>;
const unhandled: unknown[] = [];
const remember = (reason: unknown) => void unhandled.push(reason);
process.on('unhandledRejection', remember);
afterAll(() => void process.off('unhandledRejection', remember));

const made = (freshFor?: () => number | undefined) =>
  trustCache(source.load, clock, {
    name: 'the keys at home',
    onFailure: ({ message }) => failures.push(message),
    ...(freshFor && { freshFor }),
  });

/** All that follows from what was answered; no load is waited for. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function holding(value: string): Promise<void> {
  const first = cache.current();
  source.answer(value);
  expect(await first).toBe(value);
}

async function failing(asked: Promise<unknown>): Promise<void> {
  const outcome = expect(asked).rejects.toThrow('the keys at home cannot be had: it is down');
  await settled();
  source.fail();
  await outcome;
}

beforeEach(() => {
  clock = manualClock();
  source = slowSource();
  failures = [];
  cache = made();
});

describe('what is trusted', () => {
  it('is loaded when it is first needed, once for all who wait', async () => {
    expect(source.loads()).toBe(0);
    const asked = [cache.current(), cache.current(), cache.current()];
    source.answer('one');
    expect(await Promise.all(asked)).toEqual(['one', 'one', 'one']);
    expect(source.loads()).toBe(1);
  });

  it('is not looked at again while it is fresh', async () => {
    await holding('one');
    clock.advance(299);
    expect(await cache.current()).toBe('one');
    expect(source.loads()).toBe(1);
  });

  it('is answered at once when it is not, and loaded once behind the backs of all who ask', async () => {
    await holding('one');
    clock.advance(300);
    for (let i = 0; i < 5; i++) expect(await cache.current()).toBe('one');
    expect(source.loads()).toBe(2);
    source.answer('two');
    await settled();
    expect(await cache.current()).toBe('two');
    expect(source.loads()).toBe(2);
  });

  it('is as old as the load that brought it, from its start', async () => {
    const first = cache.current();
    clock.advance(20);
    source.answer('one');
    await first;
    clock.advance(280);
    await cache.current();
    expect(source.loads()).toBe(2);
  });

  it('is not replaced by what was asked for earlier and came later', async () => {
    await holding('one');
    clock.advance(300);
    await cache.current();
    clock.advance(30);
    await cache.current();
    source.answer('three', 3);
    await settled();
    source.answer('two', 2);
    await settled();
    expect(await cache.current()).toBe('three');
  });

  it.each([
    [undefined, 300],
    [0, 60],
    [59, 60],
    [60, 60],
    [61, 61],
    [3_300, 3_300],
    [3_301, 3_300],
    [86_400, 3_300],
  ])('that says to be fresh for %s s is for %i s', async (says, seconds) => {
    cache = made(() => says);
    await holding('one');
    clock.advance(seconds - 1);
    await cache.current();
    expect(source.loads()).toBe(1);
    clock.advance(1);
    expect(await cache.current()).toBe('one');
    expect(source.loads()).toBe(2);
  });
});

describe('a source that is down', () => {
  it('when it is first needed is a fault, and is asked again by whoever comes next', async () => {
    await failing(cache.current());
    await holding('one');
    expect(failures).toEqual([]);
  });

  it('is a fault that can be told from one of the evidence', async () => {
    const asked = cache.current().catch((error) => error);
    source.fail();
    expect(await asked).toBeInstanceOf(TrustUnavailable);
  });

  it('is a fault, too, when it throws before it does anything', async () => {
    const broken = trustCache<string>(
      () => {
        throw new Error('it is down');
      },
      clock,
      { name: 'it' },
    );
    await expect(broken.current()).rejects.toBeInstanceOf(TrustUnavailable);
  });

  it('later on is told to the log, and asked again every 30 s', async () => {
    await holding('one');
    clock.advance(300);
    await cache.current();
    source.fail();
    await settled();
    expect(failures).toEqual(['the keys at home cannot be had: it is down']);
    clock.advance(29);
    expect(await cache.current()).toBe('one');
    expect(source.loads()).toBe(2);
    clock.advance(1);
    expect(await cache.current()).toBe('one');
    expect(source.loads()).toBe(3);
    source.answer('two');
    await settled();
    expect(await cache.current()).toBe('two');
  });

  it('never harms the process, even where nobody listens or the log is full', async () => {
    const deaf = trustCache(source.load, clock, { name: 'it' });
    const full = trustCache(source.load, clock, {
      name: 'it',
      onFailure: () => {
        throw new Error('no space left');
      },
    });
    for (const each of [deaf, full]) {
      const first = each.current();
      source.answer('one');
      await first;
    }
    clock.advance(300);
    for (const each of [deaf, full]) {
      await each.current();
      source.fail();
      await settled();
    }
    await settled();
    expect(source.loads()).toBe(4);
    expect(unhandled).toEqual([]);
  });

  it('is missed after an hour: what is older is trusted by nobody', async () => {
    await holding('one');
    clock.advance(3_599);
    expect(await cache.current()).toBe('one');
    source.fail();
    await settled();
    clock.advance(1);
    await failing(cache.current());
    await failing(cache.current());
    await holding('two');
  });

  it('delays nobody who asks another', async () => {
    const other = slowSource();
    const beside = trustCache(other.load, clock, { name: 'another' });
    const never = cache.current();
    const asked = beside.current();
    other.answer('at once');
    expect(await Promise.race([never, asked])).toBe('at once');
  });
});

describe('what is missing in what is trusted', () => {
  it('is loaded for, once for all who miss something', async () => {
    await holding('one');
    clock.advance(30);
    const asked = [cache.again(), cache.again(), cache.again()];
    await settled();
    source.answer('two');
    expect(await Promise.all(asked)).toEqual(['two', 'two', 'two']);
    expect(source.loads()).toBe(2);
    expect(await cache.current()).toBe('two');
  });

  it('is loaded for every 30 s at most, whoever invents it', async () => {
    await holding('one');
    for (let i = 0; i < 100; i++) expect(await cache.again()).toBe('one');
    clock.advance(29);
    expect(await cache.again()).toBe('one');
    expect(source.loads()).toBe(1);
    clock.advance(1);
    const asked = cache.again();
    source.answer('two');
    expect(await asked).toBe('two');
    for (let i = 0; i < 100; i++) expect(await cache.again()).toBe('two');
    expect(source.loads()).toBe(2);
  });

  it('is not said to be missing while its source is down, which is asked every 30 s at most', async () => {
    await holding('one');
    clock.advance(30);
    await failing(cache.again());
    clock.advance(29);
    await expect(cache.again()).rejects.toBeInstanceOf(TrustUnavailable);
    expect(source.loads()).toBe(2);
    expect(await cache.current()).toBe('one');
    clock.advance(1);
    const asked = cache.again();
    source.answer('two');
    expect(await asked).toBe('two');
  });

  it('delays nobody who misses nothing', async () => {
    await holding('one');
    clock.advance(60);
    const missing = cache.again();
    expect(await Promise.race([missing, cache.current()])).toBe('one');
  });
});

describe('a load that froze with its environment', () => {
  it('behind a back holds up no other', async () => {
    await holding('one');
    clock.advance(300);
    await cache.current();
    clock.advance(600);
    expect(await cache.current()).toBe('one');
    expect(source.loads()).toBe(3);
    source.answer('three', 3);
    await settled();
    source.fail('the connection is gone', 2);
    await settled();
    expect(await cache.current()).toBe('three');
  });

  it('behind a back is not waited for when there is nothing else', async () => {
    await holding('one');
    clock.advance(300);
    await cache.current();
    clock.advance(3_300);
    const asked = cache.current();
    expect(source.loads()).toBe(3);
    source.fail('the connection is gone', 2);
    source.answer('three', 3);
    expect(await asked).toBe('three');
  });

  it('before an answer is not waited for by who comes half a minute later', async () => {
    const frozen = cache.current();
    clock.advance(30);
    const asked = cache.current();
    source.answer('two', 2);
    expect(await asked).toBe('two');
    source.answer('one', 1);
    await frozen;
    expect(await cache.current()).toBe('two');
  });

  it('in search of what is missing is not waited for either', async () => {
    await holding('one');
    clock.advance(30);
    const frozen = cache.again();
    clock.advance(30);
    const asked = cache.again();
    source.answer('three', 3);
    expect(await asked).toBe('three');
    source.answer('two', 2);
    await frozen;
    expect(await cache.current()).toBe('three');
  });
});
