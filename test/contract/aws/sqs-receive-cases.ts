import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  type ReceiveMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { type Case, refused } from './case.ts';
import { nameOf, type QueueName, receive, send } from './sqs-queues.ts';
import type { Target } from './target.ts';

const invalid = refused('InvalidParameterValue');

const remove = ({ sqs, queues }: Target, queue: QueueName, ReceiptHandle = '') =>
  sqs.send(new DeleteMessageCommand({ QueueUrl: queues[queue], ReceiptHandle }));
const hide = ({ sqs, queues }: Target, queue: QueueName, seconds: number, ReceiptHandle = '') =>
  sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queues[queue],
      ReceiptHandle,
      VisibilityTimeout: seconds,
    }),
  );

/** Empties a queue that other cases used, so that a case finds only its own messages. */
async function emptied(target: Target, queue: QueueName): Promise<void> {
  for (let left = await receive(target, queue); left.length > 0; left = await receive(target, queue))
    for (const { ReceiptHandle } of left) await remove(target, queue, ReceiptHandle);
}

/** A case over an empty queue. */
const on = (queue: QueueName, name: string, run: Case['run'], answers: unknown): Case => ({
  name,
  async run(target) {
    await emptied(target, queue);
    return run(target);
  },
  answers,
});

const receives = (name: string, rest: Partial<ReceiveMessageCommandInput>, answers: unknown): Case =>
  on('standard', `ReceiveMessage ${name}`, (target) => receive(target, 'standard', rest), answers);

/** SQS API reference, ReceiveMessage, DeleteMessage, ChangeMessageVisibility. */
const receiving: Case[] = [
  receives('gives nothing of an empty queue', {}, []),
  receives('refuses eleven messages', { MaxNumberOfMessages: 11 }, invalid),
  receives('refuses no messages', { MaxNumberOfMessages: 0 }, invalid),
  receives('refuses a visibility of more than twelve hours', { VisibilityTimeout: 43_201 }, invalid),
  on(
    'standard',
    'ReceiveMessage gives a message and what is known of it, and hides it',
    async (target) => {
      const { MessageId } = await send(target, 'standard', 'hello');
      const [message, ...others] = await receive(target, 'standard');
      const { Attributes = {}, Body, MD5OfBody } = message ?? {};
      return {
        same: message?.MessageId === MessageId,
        Body,
        MD5OfBody,
        names: Object.keys(Attributes)
          .filter((name) => name !== 'AWSTraceHeader')
          .sort(),
        count: Attributes.ApproximateReceiveCount,
        fresh: Math.abs(Date.now() - Number(Attributes.SentTimestamp)) < 600_000,
        others: others.length,
        again: await receive(target, 'standard'),
      };
    },
    {
      same: true,
      Body: 'hello',
      MD5OfBody: '5d41402abc4b2a76b9719d911017c592',
      names: ['ApproximateFirstReceiveTimestamp', 'ApproximateReceiveCount', 'SenderId', 'SentTimestamp'],
      count: '1',
      fresh: true,
      others: 0,
      again: [],
    },
  ),
  on(
    'standard',
    'ReceiveMessage tells only what is asked',
    async (target) => {
      await send(target, 'standard', 'x');
      const [message] = await receive(target, 'standard', {
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      });
      return message?.Attributes;
    },
    { ApproximateReceiveCount: '1' },
  ),
  on(
    'once',
    'ReceiveMessage gives a message that is visible again under another handle, counted',
    async (target) => {
      await send(target, 'once', 'x');
      const [first] = await receive(target, 'once');
      const [second] = await receive(target, 'once');
      return [
        second?.Attributes?.ApproximateReceiveCount,
        first?.ReceiptHandle !== second?.ReceiptHandle,
        first?.MessageId === second?.MessageId,
      ];
    },
    ['2', true, true],
  ),
  on(
    'standard',
    'DeleteMessage takes a message away, and once more without complaint',
    async (target) => {
      await send(target, 'standard', 'x');
      const [message] = await receive(target, 'standard', { VisibilityTimeout: 0 });
      await remove(target, 'standard', message?.ReceiptHandle);
      await remove(target, 'standard', message?.ReceiptHandle);
      return receive(target, 'standard');
    },
    [],
  ),
  on(
    'standard',
    'DeleteMessage refuses a handle that is none',
    (target) => remove(target, 'standard', 'made up'),
    refused('ReceiptHandleIsInvalid'),
  ),
  on(
    'standard',
    'ChangeMessageVisibility makes a message visible at once',
    async (target) => {
      await send(target, 'standard', 'back');
      const [message] = await receive(target, 'standard');
      await hide(target, 'standard', 0, message?.ReceiptHandle);
      return (await receive(target, 'standard')).map(({ Body }) => Body);
    },
    ['back'],
  ),
  on(
    'standard',
    'ChangeMessageVisibility refuses a message that is not in flight',
    async (target) => {
      await send(target, 'standard', 'x');
      const [message] = await receive(target, 'standard', { VisibilityTimeout: 0 });
      return hide(target, 'standard', 10, message?.ReceiptHandle);
    },
    refused('MessageNotInflight'),
  ),
  on(
    'standard',
    'ChangeMessageVisibility refuses more than twelve hours',
    async (target) => {
      await send(target, 'standard', 'x');
      const [message] = await receive(target, 'standard');
      return hide(target, 'standard', 43_201, message?.ReceiptHandle);
    },
    invalid,
  ),
];

const toGroup = (target: Target, MessageGroupId: string, body: string) =>
  send(target, 'content', body, { MessageGroupId });
const bodiesOf = async (target: Target, max = 10) =>
  (await receive(target, 'content', { MaxNumberOfMessages: max })).map(({ Body }) => Body);

/** SQS developer guide, FIFO delivery logic. */
const inOrder: Case[] = [
  on(
    'content',
    'ReceiveMessage of a FIFO queue keeps the order and gives nothing of a group in flight',
    async (target) => {
      for (const body of ['a1', 'a2', 'a3']) await toGroup(target, 'a', body);
      await toGroup(target, 'b', 'b1');
      const first = await bodiesOf(target, 1);
      return [first, await bodiesOf(target)];
    },
    [['a1'], ['b1']],
  ),
  on(
    'content',
    'ReceiveMessage of a FIFO queue tells group, deduplication id and sequence',
    async (target) => {
      const sent = await toGroup(target, 'named', 'of a group');
      const [message] = await receive(target, 'content');
      const { MessageGroupId, MessageDeduplicationId, SequenceNumber } = message?.Attributes ?? {};
      return [MessageGroupId, MessageDeduplicationId?.length, SequenceNumber === sent.SequenceNumber];
    },
    ['named', 64, true],
  ),
  on(
    'content',
    'ReceiveMessage of a FIFO queue goes on when the message before is deleted',
    async (target) => {
      for (const body of ['c1', 'c2']) await toGroup(target, 'c', body);
      const [message] = await receive(target, 'content', { MaxNumberOfMessages: 1 });
      await remove(target, 'content', message?.ReceiptHandle);
      return bodiesOf(target);
    },
    ['c2'],
  ),
];

const attributes = async ({ sqs, queues }: Target, queue: QueueName, AttributeNames: QueueAttributeName[]) =>
  (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queues[queue], AttributeNames }))).Attributes;

/** SQS API reference, GetQueueAttributes, GetQueueUrl. */
const telling: Case[] = [
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

/** Every case of receiving messages and of what a queue tells of itself. */
export const sqsReceiveCases: Case[] = [...receiving, ...inOrder, ...telling];
