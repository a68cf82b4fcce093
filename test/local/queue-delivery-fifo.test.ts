import { afterEach, describe, expect, test } from 'vitest';
import { type QueueWorker, startQueueWorker } from './queue-worker.ts';

let stack: QueueWorker;
afterEach(() => stack.stop());

describe('a FIFO queue', () => {
  const begin = () => startQueueWorker({ BatchSize: 1 }, true);
  const sendTo = (group: string, body: string) => stack.send(body, { MessageGroupId: group });

  test('gives one group its messages in order, also when one fails, and others go on', async () => {
    stack = await begin();
    const { broker } = stack;
    await sendTo('a', 'fail');
    await sendTo('a', 'second of a');
    await sendTo('b', 'first of b');
    await broker.settled();
    expect(stack.bodies().flat().sort()).toEqual(['fail', 'first of b']);
    expect(stack.counts()).toEqual([1, 1, 0]);
    broker.advance(30);
    await broker.settled();
    broker.advance(30);
    await broker.settled();
    expect(
      stack
        .bodies()
        .flat()
        .filter((body) => body !== 'first of b'),
    ).toEqual(['fail', 'fail', 'second of a']);
    expect(stack.events()[0]?.Records[0]?.attributes).toMatchObject({
      MessageGroupId: expect.stringMatching(/^[ab]$/),
    });
    expect(stack.counts('dead')).toEqual([1, 0, 0]);
  });

  test('takes the same body once in five minutes', async () => {
    stack = await begin();
    const { broker } = stack;
    await sendTo('a', 'same');
    await sendTo('a', 'same');
    await broker.settled();
    expect(stack.bodies()).toEqual([['same']]);
    broker.advance(300);
    await sendTo('a', 'same');
    await broker.settled();
    expect(stack.bodies()).toEqual([['same'], ['same']]);
  });
});
