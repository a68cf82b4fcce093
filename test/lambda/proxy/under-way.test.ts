import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { chatToken, type ProxiedWorld, problemOf, proxiedWorld } from './proxied-world.ts';

describe('a lease that ends while a call is under way', () => {
  let at: ProxiedWorld;
  beforeEach(async () => {
    at = await proxiedWorld();
  });
  afterEach(() => at.close());

  /** Something happens between the answer of the other side and ours. */
  function meanwhile(act: () => unknown): void {
    const { send } = at.deployed;
    at.deployed.send = async (request) => {
      const answer = await send(request);
      await act();
      return answer;
    };
  }

  it.each<[string, () => unknown]>([
    ['by its agent', () => releaseLease(at.world, at.agent.attested, at.lease.id)],
    ['by its deadline', () => at.world.clock.advance(at.lease.deadline - at.lease.issued_at)],
  ])('%s has the answer withheld, and the call on record', async (_, act) => {
    meanwhile(act);
    const answer = await at.ask();
    expect(problemOf(answer)).toMatchObject({
      code: 'lease_ended',
      detail: expect.stringContaining('withheld'),
    });
    expect(answer.body).not.toContain('1.000100');
    expect(at.chat.messages).toHaveLength(1);
    expect((await at.calls.read(at.lease.id)).last).toMatchObject([{ outcome: { status: 200 } }]);
  });

  it('or whose record cannot be written has the answer withheld, and is told that the call was made', async () => {
    at.deployed.calls = { ...at.calls, end: () => Promise.reject(new Error('the table is away')) };
    const answer = await at.ask();
    expect(problemOf(answer)).toMatchObject({
      status: 502,
      detail: expect.stringContaining('the call was made'),
    });
    expect((await at.calls.read(at.lease.id)).total).toBe(1);
  });

  it('is not called at all where the call cannot be put on record', async () => {
    at.deployed.calls = { ...at.calls, begin: () => Promise.reject(new Error('the table is away')) };
    expect(problemOf(await at.ask()).status).toBe(500);
    expect(at.chat.heard).toEqual([]);
  });

  it('is given no more time than it has', async () => {
    const asked: number[] = [];
    const { send } = at.deployed;
    at.deployed.send = (request) => {
      asked.push(request.patience);
      return send(request);
    };
    await at.ask();
    at.world.clock.advance(at.lease.deadline - at.lease.issued_at - 2);
    await at.ask();
    expect(asked[0]).toBeGreaterThan(9_900);
    expect(asked[1]).toBeLessThanOrEqual(2_000);
    expect(JSON.stringify(await at.calls.read(at.lease.id))).not.toContain(chatToken);
  });
});
