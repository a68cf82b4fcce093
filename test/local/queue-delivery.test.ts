import { SendMessageBatchCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import {
  functionOf,
  mappingOf,
  mayConsume,
  type Resources,
  type SmallStack,
  startSmall,
} from './small-stack.ts';

let stack: SmallStack;
afterEach(() => stack.stop());

const queue = (name: string, properties: object = {}): Resources => ({
  [name]: { Type: 'AWS::SQS::Queue', Properties: { QueueName: name, ...properties } },
});
const fifo = (name: string, properties: object = {}): Resources => ({
  [name]: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: `${name}.fifo`,
      FifoQueue: true,
      ContentBasedDeduplication: true,
      ...properties,
    },
  },
});
const redrive = {
  RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['dead', 'Arn'] }, maxReceiveCount: 2 },
};
const worker = (statements: object[] = [mayConsume('jobs')]) => functionOf('worker', statements);

async function begin(resources: Resources) {
  stack = await startSmall(resources);
  return stack;
}
const standard = (mapping: object = {}, statements?: object[]) =>
  begin({
    ...queue('dead'),
    ...queue('jobs', redrive),
    ...worker(statements),
    ...mappingOf('jobs', 'worker', mapping),
  });

const send = (MessageBody: string, rest: object = {}, name = 'jobs') =>
  stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.url(name), MessageBody, ...rest }));
const events = () => stack.noted('worker') as SQSEvent[];
const bodies = () => events().map(({ Records }) => Records.map(({ body }) => body));
const counts = (name = 'jobs') => Object.values(stack.broker.messages(name));

describe('a message', () => {
  test('reaches the function as Lambda gives it, and is gone when the function returned', async () => {
    const { broker } = await standard();
    const { MessageId } = await send('hello');
    await broker.settled();
    const [record] = events().flatMap(({ Records }) => Records);
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
    expect(counts()).toEqual([0, 0, 0]);
    expect(stack.reports).toEqual([]);
  });

  test('that is delayed comes when the clock was moved there, and not before', async () => {
    const { broker } = await standard();
    await send('later', { DelaySeconds: 900 });
    broker.advance(600);
    await broker.settled();
    expect(events()).toEqual([]);
    expect(counts()).toEqual([0, 0, 1]);
    broker.advance(300);
    await broker.settled();
    expect(bodies()).toEqual([['later']]);
  });

  test('that is delayed comes as real time passes too', async () => {
    await standard();
    const delivered = stack.nextInvocation('worker');
    await send('soon', { DelaySeconds: 1 });
    await delivered;
    expect(bodies()).toEqual([['soon']]);
  });

  test('whose function fails stays hidden, comes again, and ends among the dead letters', async () => {
    const { broker } = await standard();
    await send('fail');
    await broker.settled();
    expect(counts()).toEqual([0, 1, 0]);
    expect(stack.reports).toEqual(['queue jobs: worker: Error: told to']);
    broker.advance(30);
    await broker.settled();
    const receives = events().flatMap(({ Records }) =>
      Records.map((each) => each.attributes.ApproximateReceiveCount),
    );
    expect(receives).toEqual(['1', '2']);
    broker.advance(30);
    await broker.settled();
    expect(events()).toHaveLength(2);
    expect(counts()).toEqual([0, 0, 0]);
    expect(counts('dead')).toEqual([1, 0, 0]);
  });

  test('in the middle of whose delivery the environment ends is delivered again', async () => {
    const { broker } = await standard();
    const begun = stack.nextInvocation('worker');
    await send('hang');
    await begun;
    await broker.crash('worker');
    await broker.settled();
    expect(counts()).toEqual([0, 1, 0]);
    const again = stack.nextInvocation('worker');
    broker.advance(30);
    await again;
    expect(events().at(-1)?.Records[0]?.attributes.ApproximateReceiveCount).toBe('2');
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
    const { broker } = await standard();
    await batch('one', 'two', 'three');
    await broker.settled();
    expect(bodies().flat().sort()).toEqual(['one', 'three', 'two']);
    expect(counts()).toEqual([0, 0, 0]);
  });

  test('no more than the mapping allows come at once', async () => {
    const { broker } = await standard({ BatchSize: 2 });
    await batch('one', 'two', 'three');
    await broker.settled();
    expect(
      bodies()
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
    const { broker } = await standard(reports);
    await send(`answer ${answer}`);
    await broker.settled();
    expect(counts()).toEqual([0, left, 0]);
  });

  test('a failure that the mapping does not let it report does not count', async () => {
    const { broker } = await standard();
    await send('answer {"batchItemFailures":[{"itemIdentifier":""}]}');
    await broker.settled();
    expect(counts()).toEqual([0, 0, 0]);
  });
});

describe('a FIFO queue', () => {
  const begin = () =>
    startSmall({
      ...fifo('dead'),
      ...fifo('jobs', redrive),
      ...worker(),
      ...mappingOf('jobs', 'worker', { BatchSize: 1 }),
    });
  const sendTo = (group: string, body: string) => send(body, { MessageGroupId: group }, 'jobs.fifo');

  test('gives one group its messages in order, also when one fails, and others go on', async () => {
    stack = await begin();
    const { broker } = stack;
    await sendTo('a', 'fail');
    await sendTo('a', 'second of a');
    await sendTo('b', 'first of b');
    await broker.settled();
    expect(bodies().flat().sort()).toEqual(['fail', 'first of b']);
    expect(counts()).toEqual([1, 1, 0]);
    broker.advance(30);
    await broker.settled();
    broker.advance(30);
    await broker.settled();
    expect(
      bodies()
        .flat()
        .filter((body) => body !== 'first of b'),
    ).toEqual(['fail', 'fail', 'second of a']);
    expect(events()[0]?.Records[0]?.attributes).toMatchObject({
      MessageGroupId: expect.stringMatching(/^[ab]$/),
    });
    expect(counts('dead.fifo')).toEqual([1, 0, 0]);
  });

  test('takes the same body once in five minutes', async () => {
    stack = await begin();
    const { broker } = stack;
    await sendTo('a', 'same');
    await sendTo('a', 'same');
    await broker.settled();
    expect(bodies()).toEqual([['same']]);
    broker.advance(300);
    await sendTo('a', 'same');
    await broker.settled();
    expect(bodies()).toEqual([['same'], ['same']]);
  });
});

describe('the role of the function', () => {
  test.each([
    'sqs:ReceiveMessage',
    'sqs:GetQueueAttributes',
  ])('without %s gets nothing, is told why, and nothing hangs', async (action) => {
    const { broker } = await standard();
    const restore = broker.withhold({ role: 'worker-role', part: 'permissions', action });
    await send('hello');
    await broker.settled();
    expect(events()).toEqual([]);
    expect(counts()).toEqual([1, 0, 0]);
    expect(stack.reports[0]).toContain(
      `may not perform ${action} on arn:aws:sqs:eu-central-1:111122223333:jobs`,
    );
    restore();
    await broker.settled();
    expect(bodies()).toEqual([['hello']]);
  });

  test('without sqs:DeleteMessage gets every message again', async () => {
    const { broker } = await standard();
    broker.withhold({ role: 'worker-role', part: 'permissions', action: 'sqs:DeleteMessage' });
    await send('hello');
    await broker.settled();
    expect(counts()).toEqual([0, 1, 0]);
    broker.advance(30);
    await broker.settled();
    expect(bodies()).toEqual([['hello'], ['hello']]);
  });
});
