import { afterEach, describe, expect, test } from 'vitest';
import { type QueueWorker, startQueueWorker } from './queue-worker.ts';

let stack: QueueWorker;
afterEach(() => stack.stop());

describe('the role of the function', () => {
  test.each([
    'sqs:ReceiveMessage',
    'sqs:GetQueueAttributes',
  ])('without %s gets nothing, is told why, and nothing hangs', async (action) => {
    stack = await startQueueWorker();
    const { broker } = stack;
    const restore = broker.withhold({ role: 'worker-role', part: 'permissions', action });
    await stack.send('hello');
    await broker.settled();
    expect(stack.events()).toEqual([]);
    expect(stack.counts()).toEqual([1, 0, 0]);
    expect(stack.reports[0]).toContain(
      `may not perform ${action} on arn:aws:sqs:eu-central-1:111122223333:jobs`,
    );
    restore();
    await broker.settled();
    expect(stack.bodies()).toEqual([['hello']]);
  });

  test('without sqs:DeleteMessage gets every message again', async () => {
    stack = await startQueueWorker();
    const { broker } = stack;
    broker.withhold({ role: 'worker-role', part: 'permissions', action: 'sqs:DeleteMessage' });
    await stack.send('hello');
    await broker.settled();
    expect(stack.counts()).toEqual([0, 1, 0]);
    broker.advance(30);
    await broker.settled();
    expect(stack.bodies()).toEqual([['hello'], ['hello']]);
  });
});
