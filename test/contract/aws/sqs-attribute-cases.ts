import { GetQueueAttributesCommand, GetQueueUrlCommand, type QueueAttributeName } from '@aws-sdk/client-sqs';
import { type Case, refused } from './case.ts';
import { nameOf, on, type QueueName, receive, send } from './sqs-queues.ts';
import type { Target } from './target.ts';

const attributes = async ({ sqs, queues }: Target, queue: QueueName, AttributeNames: QueueAttributeName[]) =>
  (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queues[queue], AttributeNames }))).Attributes;

/** SQS API reference, GetQueueAttributes, GetQueueUrl. */
export const sqsAttributeCases: Case[] = [
  on(
    'counted',
    'GetQueueAttributes counts what is visible and what is in flight',
    async (target) => {
      for (const body of ['one', 'two']) await send(target, 'counted', body);
      await send(target, 'counted', 'later', { DelaySeconds: 900 });
      await receive(target, 'counted', { MaxNumberOfMessages: 1 });
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } =
        (await attributes(target, 'counted', ['All'])) ?? {};
      return [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
    },
    ['1', '1'],
  ),
  {
    name: 'GetQueueAttributes tells how a queue is made',
    async run(target) {
      const told = (await attributes(target, 'slow', ['All'])) ?? {};
      const { QueueArn, DelaySeconds, VisibilityTimeout, MessageRetentionPeriod, MaximumMessageSize } = told;
      const named = QueueArn?.startsWith('arn:aws:sqs:eu-central-1:111122223333:slow');
      return { named, DelaySeconds, VisibilityTimeout, MessageRetentionPeriod, MaximumMessageSize };
    },
    answers: {
      named: true,
      DelaySeconds: '900',
      VisibilityTimeout: '30',
      MessageRetentionPeriod: '345600',
      MaximumMessageSize: '1048576',
    },
  },
  {
    name: 'GetQueueAttributes tells that a queue is FIFO',
    run: (target) => attributes(target, 'content', ['FifoQueue', 'ContentBasedDeduplication']),
    answers: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
  },
  {
    name: 'GetQueueAttributes refuses an attribute that nobody knows',
    run: (target) => attributes(target, 'slow', ['MadeUp' as 'All']),
    answers: refused('InvalidAttributeName'),
  },
  {
    name: 'GetQueueUrl gives the URL by which the queue is used',
    async run({ sqs, queues }) {
      const QueueName = queues.slow.split('/').at(-1);
      return (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl === queues.slow;
    },
    answers: true,
  },
  {
    name: 'GetQueueUrl refuses a queue that does not exist',
    run: ({ sqs }) => sqs.send(new GetQueueUrlCommand({ QueueName: nameOf('slow', '-gone') })),
    answers: refused('QueueDoesNotExist'),
  },
];
