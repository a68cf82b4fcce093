import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { functionOf, mappingOf, mayConsume, type SmallStack, startSmall } from './small-stack.ts';

/** A stack whose function `worker` gets the messages of the queue `jobs`; after two receipts they go to `dead`. */
export type QueueWorker = SmallStack & {
  /** Sends to `jobs`. */
  send(body: string, rest?: object): Promise<{ MessageId?: string | undefined }>;
  /** The events that the function got, oldest first. */
  events(): SQSEvent[];
  /** The bodies in each of them. */
  bodies(): string[][];
  /** How many messages are visible, in flight and delayed. */
  counts(queue?: 'jobs' | 'dead'): number[];
};

/** Starts it; `mapping` are properties of the mapping. */
export async function startQueueWorker(mapping: object = {}, fifo = false): Promise<QueueWorker> {
  const nameOf = (name: string) => (fifo ? `${name}.fifo` : name);
  const queue = (name: string, properties: object = {}) => ({
    [name]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: nameOf(name),
        ...(fifo && { FifoQueue: true, ContentBasedDeduplication: true }),
        ...properties,
      },
    },
  });
  const RedrivePolicy = { deadLetterTargetArn: { 'Fn::GetAtt': ['dead', 'Arn'] }, maxReceiveCount: 2 };
  const stack = await startSmall({
    ...queue('dead'),
    ...queue('jobs', { RedrivePolicy }),
    ...functionOf('worker', [mayConsume('jobs')]),
    ...mappingOf('jobs', 'worker', mapping),
  });
  const events = () => stack.noted('worker') as SQSEvent[];
  const QueueUrl = stack.url(nameOf('jobs'));
  return {
    ...stack,
    send: (MessageBody, rest = {}) =>
      stack.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...rest })),
    events,
    bodies: () => events().map(({ Records }) => Records.map(({ body }) => body)),
    counts: (name = 'jobs') => Object.values(stack.broker.messages(nameOf(name))),
  };
}
