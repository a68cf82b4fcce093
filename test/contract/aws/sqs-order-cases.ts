import type { Case } from './case.ts';
import { on, receive, remove, send } from './sqs-queues.ts';
import type { Target } from './target.ts';

const toGroup = (target: Target, MessageGroupId: string, body: string) =>
  send(target, 'content', body, { MessageGroupId });
const bodiesOf = async (target: Target, max = 10) =>
  (await receive(target, 'content', { MaxNumberOfMessages: max })).map(({ Body }) => Body);

/** SQS developer guide, FIFO delivery logic. */
export const sqsOrderCases: Case[] = [
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
