import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { TrustUnavailable } from '../../../core/evidence.ts';
import { trustCache } from '../../../lambda/evidence/trust-cache.ts';
import { settled, slowCache, slowSource } from '../../trust/slow-source.ts';

let { clock, source, failures, cache, holding, failing } = slowCache();
beforeEach(() => {
  ({ clock, source, failures, cache, holding, failing } = slowCache());
});

const unhandled: unknown[] = [];
const remember = (reason: unknown) => void unhandled.push(reason);
process.on('unhandledRejection', remember);
afterAll(() => void process.off('unhandledRejection', remember));

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

  it('before an answer does not end the load of who came later', async () => {
    const frozen = expect(cache.current()).rejects.toBeInstanceOf(TrustUnavailable);
    clock.advance(30);
    const asked = [cache.current()];
    source.fail('the connection is gone', 1);
    await frozen;
    asked.push(cache.current());
    source.answer('two', 2);
    expect(await Promise.all(asked)).toEqual(['two', 'two']);
    expect(source.loads()).toBe(2);
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
