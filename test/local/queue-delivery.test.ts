import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { type QueueWorker, startQueueWorker } from './queue-worker.ts';

let stack: QueueWorker;
afterEach(() => stack.stop());

describe('a message', () => {
  test('reaches the function as Lambda gives it, and is gone when the function returned', async () => {
    stack = await startQueueWorker();
    const { broker } = stack;
    const { MessageId } = await stack.send('hello');
    await broker.settled();
    const [record] = stack.events().flatMap(({ Records }) => Records);
    expect(record).toMatchObject({
      messageId: MessageId,
      body: 'hello',
      md5OfBody: '5d41402abc4b2a76b9719d911017c592',
      attributes: { ApproximateReceiveCount: '1', SenderId: expect.stringMatching(/^AROA\w+:test$/) },
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:111122223333:jobs',
      awsRegion: 'eu-central-1',
    });
    expect(record?.receiptHandle).toHaveLength(64);
    expect(Number(record?.attributes.SentTimestamp) / 1000).toBeLessThanOrEqual(broker.now());
    expect(stack.counts()).toEqual([0, 0, 0]);
    expect(stack.reports).toEqual([]);
  });

  test('that is delayed comes when the clock was moved there, and not before', async () => {
    stack = await startQueueWorker();
    const { broker } = stack;
    await stack.send('later', { DelaySeconds: 900 });
    broker.advance(600);
    await broker.settled();
    expect(stack.events()).toEqual([]);
    expect(stack.counts()).toEqual([0, 0, 1]);
    broker.advance(300);
    await broker.settled();
    expect(stack.bodies()).toEqual([['later']]);
  });

  test('that is delayed comes as real time passes too', async () => {
    stack = await startQueueWorker();
    const delivered = stack.nextInvocation('worker');
    await stack.send('soon', { DelaySeconds: 1 });
    await delivered;
    expect(stack.bodies()).toEqual([['soon']]);
  });

  test('whose function fails stays hidden, comes again, and ends among the dead letters', async () => {
    stack = await startQueueWorker();
    const { broker } = stack;
    await stack.send('fail');
    await broker.settled();
    expect(stack.counts()).toEqual([0, 1, 0]);
    expect(stack.reports).toEqual(['queue jobs: worker: Error: told to']);
    broker.advance(30);
    await broker.settled();
    const receives = stack
      .events()
      .flatMap(({ Records }) => Records.map((each) => each.attributes.ApproximateReceiveCount));
    expect(receives).toEqual(['1', '2']);
    broker.advance(30);
    await broker.settled();
    expect(stack.events()).toHaveLength(2);
    expect(stack.counts()).toEqual([0, 0, 0]);
    expect(stack.counts('dead')).toEqual([1, 0, 0]);
  });

  test('in the middle of whose delivery the environment ends is delivered again', async () => {
    stack = await startQueueWorker();
    const { broker } = stack;
    const begun = stack.nextInvocation('worker');
    await stack.send('hang');
    await begun;
    await broker.crash('worker');
    await broker.settled();
    expect(stack.counts()).toEqual([0, 1, 0]);
    const again = stack.nextInvocation('worker');
    broker.advance(30);
    await again;
    expect(stack.events().at(-1)?.Records[0]?.attributes.ApproximateReceiveCount).toBe('2');
    await broker.crash('worker');
  });
});

describe('of a batch', () => {
  const batch = (...words: string[]) =>
    stack.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: stack.url('jobs'),
        Entries: words.map((MessageBody, i) => ({ Id: String(i), MessageBody })),
      }),
    );
  const reports = { FunctionResponseTypes: ['ReportBatchItemFailures'], BatchSize: 10 };

  test('all come together and all are deleted', async () => {
    stack = await startQueueWorker();
    const { broker } = stack;
    await batch('one', 'two', 'three');
    await broker.settled();
    expect(stack.bodies().flat().sort()).toEqual(['one', 'three', 'two']);
    expect(stack.counts()).toEqual([0, 0, 0]);
  });

  test('no more than the mapping allows come at once', async () => {
    stack = await startQueueWorker({ BatchSize: 2 });
    const { broker } = stack;
    await batch('one', 'two', 'three');
    await broker.settled();
    expect(
      stack
        .bodies()
        .map(({ length }) => length)
        .sort(),
    ).toEqual([1, 2]);
  });

  test.each([
    ['{"batchItemFailures":[]}', 0],
    ['null', 0],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', 1],
    ['{"batchItemFailures":[{"itemIdentifier":"made-up"}]}', 1],
    ['{"batchItemFailures":[{"id":"x"}]}', 1],
    ['{"batchItemFailures":"all"}', 1],
  ])('what a function answers with %s leaves %i', async (answer, left) => {
    stack = await startQueueWorker(reports);
    const { broker } = stack;
    await stack.send(`answer ${answer}`);
    await broker.settled();
    expect(stack.counts()).toEqual([0, left, 0]);
  });

  test('a failure that the mapping does not let it report does not count', async () => {
    stack = await startQueueWorker();
    const { broker } = stack;
    await stack.send('answer {"batchItemFailures":[{"itemIdentifier":""}]}');
    await broker.settled();
    expect(stack.counts()).toEqual([0, 0, 0]);
  });
});
