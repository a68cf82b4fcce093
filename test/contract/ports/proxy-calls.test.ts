import { afterAll, describe, expect, it } from 'vitest';
import { type BegunCall, type CallOutcome, type Calls, keptCalls } from '../../../core/proxy/call-record.ts';
import { after } from '../../../core/time.ts';
import { proxyCalls } from '../../../lambda/aws/proxy-calls.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryProxyCalls } from '../../ports/memory-proxy-calls.ts';
import { fresh } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

const implementations: readonly [string, Calls][] = [
  ['in memory', memoryProxyCalls()],
  ['in DynamoDB', proxyCalls(dynamo, 'leases')],
];

let made = 0;

/** A call that no other is. */
function callOf(changed: Partial<BegunCall> = {}): BegunCall {
  const id = String(++made).padStart(8, '0');
  return {
    id,
    capability: 'post_message',
    method: 'POST',
    path: '/chat.postMessage',
    at: morning,
    ...changed,
  };
}

const fine: CallOutcome = { status: 200, sent: 10, received: 20, milliseconds: 5 };

describe.each(implementations)('calls %s', (_, calls) => {
  it('are none of a lease that made none', async () => {
    const none = { total: 0, capabilities: {}, sent: 0, received: 0, last: [] };
    expect(await calls.read(fresh('L-'))).toEqual(none);
  });

  it('are on record before they are made, and what became of them after', async () => {
    const [lease, first, second] = [fresh('L-'), callOf(), callOf({ capability: 'read_channel' })];
    expect(await calls.begin(lease, first, 5)).toBe('begun');
    expect((await calls.read(lease)).last).toEqual([first]);
    expect(await calls.begin(lease, second, 5)).toBe('begun');
    await calls.end(lease, first, fine);
    await calls.end(lease, second, { fault: 'no_answer', sent: 1, received: 0, milliseconds: 9 });
    expect(await calls.read(lease)).toEqual({
      total: 2,
      capabilities: { post_message: 1, read_channel: 1 },
      sent: 11,
      received: 20,
      last: [
        { ...first, outcome: fine },
        { ...second, outcome: { fault: 'no_answer', sent: 1, received: 0, milliseconds: 9 } },
      ],
    });
  });

  it('end once, however often that is said', async () => {
    const [lease, call] = [fresh('L-'), callOf()];
    await calls.begin(lease, call, 5);
    await calls.end(lease, call, fine);
    await calls.end(lease, call, { ...fine, status: 500 });
    expect(await calls.read(lease)).toMatchObject({ sent: 10, last: [{ outcome: fine }] });
  });

  it('that never began do not end', async () => {
    const lease = fresh('L-');
    await calls.end(lease, callOf(), fine);
    expect((await calls.read(lease)).last).toEqual([]);
  });

  it('are begun once when their first answer was lost', async () => {
    const [lease, call] = [fresh('L-'), callOf()];
    expect(await calls.begin(lease, call, 1)).toBe('begun');
    expect(await calls.begin(lease, call, 1)).toBe('begun');
    expect((await calls.read(lease)).total).toBe(1);
  });

  it('wait for the end of a minute that is full, which began with its first call', async () => {
    const lease = fresh('L-');
    for (const seconds of [0, 20, 59])
      expect(await calls.begin(lease, callOf({ at: after(morning, seconds) }), 3)).toBe('begun');
    expect(await calls.begin(lease, callOf({ at: after(morning, 59) }), 3)).toEqual({ wait: 1 });
    expect(await calls.begin(lease, callOf({ at: after(morning, 20) }), 3)).toEqual({ wait: 40 });
    expect(await calls.begin(lease, callOf({ at: after(morning, 60) }), 3)).toBe('begun');
    expect((await calls.read(lease)).total).toBe(4);
  });

  it('of one capability take no room of another, nor those of one lease of another', async () => {
    const lease = fresh('L-');
    expect(await calls.begin(lease, callOf(), 1)).toBe('begun');
    expect(await calls.begin(lease, callOf({ capability: 'read_channel' }), 1)).toBe('begun');
    expect(await calls.begin(fresh('L-'), callOf(), 1)).toBe('begun');
    expect(await calls.begin(lease, callOf(), 1)).toEqual({ wait: 60 });
  });

  it('are counted exactly, however many begin at one moment', async () => {
    const lease = fresh('L-');
    const asked = Array.from({ length: 40 }, () => calls.begin(lease, callOf(), 7));
    const begun = (await Promise.all(asked)).filter((each) => each === 'begun');
    expect(begun).toHaveLength(7);
    expect(await calls.read(lease)).toMatchObject({ total: 7, capabilities: { post_message: 7 } });
  });

  it('are kept in full to the last two hundred, and counted all', async () => {
    const lease = fresh('L-');
    const many = Array.from({ length: keptCalls + 53 }, (_, i) => callOf({ at: after(morning, i) }));
    for (const call of many) {
      await calls.begin(lease, call, 600);
      await calls.end(lease, call, fine);
    }
    const { total, sent, last } = await calls.read(lease);
    expect({ total, sent }).toEqual({ total: many.length, sent: 10 * many.length });
    expect(last).toEqual(many.slice(-keptCalls).map((call) => ({ ...call, outcome: fine })));
  });
});
