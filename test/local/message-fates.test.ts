import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fate } from '../../local/start.ts';
import { functionOf, mappingOf, mayConsume, type SmallStack, startSmall } from './small-stack.ts';

let stack: SmallStack;
beforeEach(async () => {
  stack = await startSmall({
    jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } },
    spare: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'spare' } },
    ...functionOf('worker', [mayConsume('jobs')]),
    ...mappingOf('jobs', 'worker', { BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }),
  });
});
afterEach(() => stack.stop());

const send = (MessageBody: string, name = 'jobs') =>
  stack.sqs.send(new SendMessageCommand({ QueueUrl: stack.url(name), MessageBody }));
const delivered = () =>
  (stack.noted('worker') as SQSEvent[]).flatMap(({ Records }) => Records.map(({ body }) => body));

describe('a message', () => {
  const decide = (fates: Readonly<Record<string, Fate>>) => stack.broker.onMessage(({ body }) => fates[body]);

  test('can be lost though it was accepted, until that is stopped', async () => {
    const stop = decide({ one: 'lost' });
    expect((await send('one')).MessageId).toBeDefined();
    await send('two');
    stop();
    await send('one');
    await stack.broker.settled();
    expect(delivered().sort()).toEqual(['one', 'two']);
    expect(stack.noted('worker')).toHaveLength(2);
  });

  test('can be delivered twice under the same id', async () => {
    decide({ one: 'twice' });
    const { MessageId } = await send('one');
    await stack.broker.settled();
    const records = (stack.noted('worker') as SQSEvent[]).flatMap(({ Records }) => Records);
    expect(records.map(({ messageId }) => messageId)).toEqual([MessageId, MessageId]);
    expect(stack.broker.messages('jobs')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('can come after one that was sent later', async () => {
    decide({ one: 'late' });
    await send('one');
    await send('two');
    await stack.broker.settled();
    expect(delivered()).toEqual(['two']);
    stack.broker.advance(10);
    await stack.broker.settled();
    expect(delivered()).toEqual(['two', 'one']);
  });

  test('is told to who decides with its queue', async () => {
    const seen: unknown[] = [];
    stack.broker.onMessage((message) => {
      seen.push(message);
      return undefined;
    });
    await send('one', 'spare');
    expect(seen).toEqual([{ queue: 'spare', body: 'one' }]);
  });
});

describe('settled', () => {
  test('does not wait for messages of a queue that nobody reads', async () => {
    await send('one', 'spare');
    await stack.broker.settled();
    expect(stack.broker.messages('spare')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  test('waits for all, however many more than run at a time', async () => {
    for (const number of Array.from({ length: 12 }, (_, i) => String(i))) await send(number);
    await stack.broker.settled();
    expect(new Set(delivered()).size).toBe(12);
  });
});

test('stopping the broker ends deliveries; the queue itself stays up', async () => {
  const begun = stack.nextInvocation('worker');
  await send('hang');
  await begun;
  await stack.broker.stopBroker();
  await stack.broker.settled();
  await send('after');
  stack.broker.advance(3_600);
  await stack.broker.settled();
  expect(delivered()).toEqual(['hang']);
  const receive = new ReceiveMessageCommand({ QueueUrl: stack.url('jobs'), MaxNumberOfMessages: 10 });
  expect((await stack.sqs.send(receive)).Messages?.map(({ Body }) => Body)).toEqual(['hang', 'after']);
});

test('deploying again keeps the messages and delivers them', async () => {
  const restore = stack.broker.withhold({
    role: 'worker-role',
    part: 'permissions',
    action: 'sqs:ReceiveMessage',
  });
  await send('one');
  await stack.broker.settled();
  restore();
  await stack.broker.redeploy();
  await stack.broker.settled();
  expect(delivered()).toEqual(['one']);
});
