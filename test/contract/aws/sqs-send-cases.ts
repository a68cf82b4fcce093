import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { type Case, refused } from './case.ts';
import { type QueueName, receive, send } from './sqs-queues.ts';
import type { Target } from './target.ts';

const mebibyte = 1_048_576;
const invalid = refused('InvalidParameterValue');
const missing = refused('MissingParameter');

const sends = (
  name: string,
  queue: QueueName,
  body: string,
  rest: Partial<SendMessageCommandInput>,
  answers: unknown = 'accepted',
): Case => ({
  name: `SendMessage ${name}`,
  run: (target) => send(target, queue, body, rest),
  answers,
});

const group = { MessageGroupId: 'g' };

/** SQS API reference, SendMessage; SQS developer guide, message quotas. */
const sending: Case[] = [
  {
    name: 'SendMessage tells the id and the digest of the body',
    async run(target) {
      const { MessageId, MD5OfMessageBody, SequenceNumber } = await send(target, 'slow', 'hello');
      return [/^[0-9a-f-]{36}$/.test(MessageId ?? ''), MD5OfMessageBody, SequenceNumber];
    },
    answers: [true, '5d41402abc4b2a76b9719d911017c592', null],
  },
  sends('takes a delay of 900 s', 'slow', 'x', { DelaySeconds: 900 }),
  sends('refuses a delay of 901 s', 'slow', 'x', { DelaySeconds: 901 }, invalid),
  sends('refuses a delay below zero', 'slow', 'x', { DelaySeconds: -1 }, invalid),
  sends('takes one mebibyte', 'slow', 'x'.repeat(mebibyte), {}),
  sends('refuses a byte more than a mebibyte', 'slow', 'x'.repeat(mebibyte + 1), {}, invalid),
  sends('counts bytes, not characters', 'slow', 'é'.repeat(mebibyte / 2 + 1), {}, invalid),
  sends('refuses an empty body', 'slow', '', {}, missing),
  sends('refuses control characters', 'slow', 'a\u0001b', {}, refused('InvalidMessageContents')),
  sends(
    'refuses a deduplication id on a standard queue',
    'slow',
    'x',
    { MessageDeduplicationId: 'd' },
    invalid,
  ),
  sends(
    'refuses a queue that does not exist',
    'slow',
    'x',
    { QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/gone' },
    refused('QueueDoesNotExist'),
  ),
];

/** SQS API reference, SendMessage; SQS developer guide, FIFO queues. */
const fifo: Case[] = [
  sends('to a FIFO queue needs a group', 'content', 'x', {}, missing),
  sends('to a FIFO queue needs a deduplication id, or one made of the content', 'fifo', 'x', group, invalid),
  sends('to a FIFO queue refuses a delay of its own', 'content', 'x', { ...group, DelaySeconds: 5 }, invalid),
  sends(
    'to a FIFO queue refuses a group of 129 characters',
    'content',
    'x',
    { MessageGroupId: 'g'.repeat(129) },
    invalid,
  ),
  {
    name: 'SendMessage to a FIFO queue takes the same deduplication id once, whatever the body',
    async run(target) {
      const rest = { MessageGroupId: 'dedup', MessageDeduplicationId: 'same' };
      const first = await send(target, 'fifo', 'one', rest);
      const second = await send(target, 'fifo', 'two', rest);
      await send(target, 'fifo', 'two', { ...rest, MessageDeduplicationId: 'other' });
      return [
        first.MessageId === second.MessageId,
        first.SequenceNumber === second.SequenceNumber,
        (await receive(target, 'fifo')).map(({ Body }) => Body),
      ];
    },
    answers: [true, true, ['one', 'two']],
  },
  {
    name: 'SendMessage to a FIFO queue takes the same body once in all groups, where the content is the id',
    async run(target) {
      const first = await send(target, 'content', 'same body', { MessageGroupId: 'first' });
      const second = await send(target, 'content', 'same body', { MessageGroupId: 'second' });
      return first.MessageId === second.MessageId;
    },
    answers: true,
  },
];

async function batch({ sqs, queues }: Target, Entries: SendMessageBatchRequestEntry[]) {
  const reply = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queues.slow, Entries }));
  return [
    reply.Successful?.map(({ Id }) => Id) ?? [],
    reply.Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]) ?? [],
  ];
}

const entries = (count: number, MessageBody = 'x') =>
  Array.from({ length: count }, (_, i) => ({ Id: `id-${i}`, MessageBody }));

const batches = (name: string, given: SendMessageBatchRequestEntry[], answers: unknown): Case => ({
  name: `SendMessageBatch ${name}`,
  run: (target) => batch(target, given),
  answers,
});

/** SQS API reference, SendMessageBatch. */
const batching: Case[] = [
  batches('takes ten entries', entries(10), [entries(10).map(({ Id }) => Id), []]),
  batches('refuses eleven entries', entries(11), refused('TooManyEntriesInBatchRequest')),
  batches('refuses no entries', [], refused('EmptyBatchRequest')),
  batches('refuses an id twice', [...entries(1), ...entries(1)], refused('BatchEntryIdsNotDistinct')),
  batches('refuses an id with a space', [{ Id: 'a b', MessageBody: 'x' }], refused('InvalidBatchEntryId')),
  batches('takes a mebibyte in all', entries(2, 'x'.repeat(mebibyte / 2)), [['id-0', 'id-1'], []]),
  batches(
    'refuses more than a mebibyte in all',
    entries(2, 'x'.repeat(mebibyte / 2 + 1)),
    refused('BatchRequestTooLong'),
  ),
  batches(
    'takes the entries that are right and says which are not',
    [...entries(1), { Id: 'late', MessageBody: 'x', DelaySeconds: 901 }],
    [['id-0'], [['late', 'InvalidParameterValue', true]]],
  ),
];

/** Every case of sending messages. */
export const sqsSendCases: Case[] = [...sending, ...fifo, ...batching];
