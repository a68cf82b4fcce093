import { AwsFault } from '../fault.ts';
import type { SqsCall, SqsOperation } from './sqs.ts';
import { sendLimits } from './sqs-send.ts';

/** GetQueueUrl (SQS API reference). */
export const getQueueUrl: SqsOperation = ({ queue }) => ({ QueueUrl: queue.definition.url });

/** GetQueueAttributes (SQS API reference): those that are asked for and that the queue has. */
export const getQueueAttributes: SqsOperation = (call) => {
  const asked = call.body['AttributeNames'];
  const names = Array.isArray(asked) ? asked.map(String) : [];
  const unknown = names.find((name) => name !== 'All' && !known.has(name));
  if (unknown !== undefined) throw new AwsFault('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  const has = Object.entries(attributesOf(call));
  const told = has.filter(([name]) => names.includes('All') || names.includes(name));
  return told.length > 0 ? { Attributes: Object.fromEntries(told) } : {};
};

/** Attributes of queues that are emulated, whether or not a queue has them. */
const known = new Set([
  'QueueArn',
  'CreatedTimestamp',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'DelaySeconds',
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'MaximumMessageSize',
  'ReceiveMessageWaitTimeSeconds',
  'SqsManagedSseEnabled',
  'FifoQueue',
  'ContentBasedDeduplication',
  'RedrivePolicy',
  'Policy',
]);

function attributesOf({ queues, queue }: SqsCall): Record<string, string> {
  const { definition, policy, created } = queue;
  const { visible, inFlight, delayed } = queues.counts(queue);
  const { fifo, contentBasedDeduplication, redrive } = definition;
  const redrivePolicy = redrive && {
    deadLetterTargetArn: redrive.deadLetterArn,
    maxReceiveCount: redrive.maxReceives,
  };
  return {
    QueueArn: definition.arn,
    CreatedTimestamp: String(created),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    DelaySeconds: String(definition.delay),
    VisibilityTimeout: String(definition.visibilityTimeout),
    MessageRetentionPeriod: String(definition.retention),
    MaximumMessageSize: String(sendLimits.bytes),
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
    ...(fifo && { FifoQueue: 'true', ContentBasedDeduplication: String(contentBasedDeduplication) }),
    ...(redrivePolicy && { RedrivePolicy: JSON.stringify(redrivePolicy) }),
    ...(policy && { Policy: JSON.stringify(policy) }),
  };
}
