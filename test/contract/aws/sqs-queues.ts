import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import type { Case } from './case.ts';
import type { Target } from './target.ts';

/** Attributes of the queues of the cases, by what they are for, as CreateQueue takes them. */
export const queueAttributes = {
  standard: {},
  counted: {},
  slow: { DelaySeconds: '900' },
  once: { VisibilityTimeout: '0' },
  fifo: { FifoQueue: 'true' },
  content: { FifoQueue: 'true', ContentBasedDeduplication: 'true' },
} as const;

/** What a queue of the cases is for. */
export type QueueName = keyof typeof queueAttributes;

/** The queue's name in a target, with the ending that FIFO queues have. */
export function nameOf(queue: QueueName, suffix = ''): string {
  return `${queue}${suffix}${'FifoQueue' in queueAttributes[queue] ? '.fifo' : ''}`;
}

type Send = Partial<SendMessageCommandInput>;

/** Sends to a queue. */
export const send = ({ sqs, queues }: Target, queue: QueueName, MessageBody: string, rest: Send = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: queues[queue], MessageBody, ...rest }));

/** Receives up to ten messages from a queue, with all that is told of them. */
export async function receive(
  { sqs, queues }: Target,
  queue: QueueName,
  rest: Partial<ReceiveMessageCommandInput> = {},
) {
  const command = new ReceiveMessageCommand({
    QueueUrl: queues[queue],
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All'],
    ...rest,
  });
  return (await sqs.send(command)).Messages ?? [];
}

/** Deletes what was received under a handle. */
export const remove = ({ sqs, queues }: Target, queue: QueueName, ReceiptHandle = '') =>
  sqs.send(new DeleteMessageCommand({ QueueUrl: queues[queue], ReceiptHandle }));
/** Empties a queue that other cases used, so that a case finds only its own messages. */
async function emptied(target: Target, queue: QueueName): Promise<void> {
  for (let left = await receive(target, queue); left.length > 0; left = await receive(target, queue))
    for (const { ReceiptHandle } of left) await remove(target, queue, ReceiptHandle);
}

/** A case over an empty queue. */
export const on = (queue: QueueName, name: string, run: Case['run'], answers: unknown): Case => ({
  name,
  async run(target) {
    await emptied(target, queue);
    return run(target);
  },
  answers,
});
