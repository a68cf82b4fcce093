import { beforeEach, describe, expect, it } from 'vitest';
import { TrustUnavailable } from '../../../core/evidence.ts';
import { settled, slowCache } from '../../trust/slow-source.ts';

let { clock, source, cache, holding, failing } = slowCache();
beforeEach(() => {
  ({ clock, source, cache, holding, failing } = slowCache());
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
    ({ clock, source, cache, holding } = slowCache(() => says));
    await holding('one');
    clock.advance(seconds - 1);
    await cache.current();
    expect(source.loads()).toBe(1);
    clock.advance(1);
    expect(await cache.current()).toBe('one');
    expect(source.loads()).toBe(2);
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
