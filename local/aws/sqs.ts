import { AwsFault } from '../fault.ts';
import type { Authorizer } from '../iam/authorize.ts';
import type { Session } from '../iam/store.ts';
import { type JsonBody, parseJsonCall, stringField } from './json-protocol.ts';
import type { Service } from './service.ts';
import { getQueueAttributes, getQueueUrl } from './sqs-attributes.ts';
import { missing, refuseSqs } from './sqs-fault.ts';
import type { Queue } from './sqs-queue.ts';
import type { Queues } from './sqs-queues.ts';
import { changeMessageVisibility, deleteMessage, receiveMessage } from './sqs-receive.ts';
import { sendMessage, sendMessageBatch } from './sqs-send.ts';

/** One call: the queue that it is for, who makes it, and its parameters. */
export type SqsCall = {
  readonly queues: Queues;
  readonly queue: Queue;
  readonly body: JsonBody;
  readonly caller: Session;
};

/** One operation: what it answers, as JSON. */
export type SqsOperation = (call: SqsCall) => object;

const operations: Readonly<Record<string, SqsOperation>> = {
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  ReceiveMessage: receiveMessage,
  DeleteMessage: deleteMessage,
  ChangeMessageVisibility: changeMessageVisibility,
  GetQueueAttributes: getQueueAttributes,
  GetQueueUrl: getQueueUrl,
};

/** SQS over its JSON protocol. A batch is authorized as what is in it. */
export function createSqs(queues: Queues, authorizer: Authorizer, region: string): Service {
  return {
    async handle(request, session) {
      const { operation, body } = parseJsonCall(request, 'AmazonSQS');
      const arn = arnOf(body, operation, session, region);
      const queue = queues.get(arn);
      const action = `sqs:${operation.replace(/Batch$/, '')}`;
      await authorizer.demand(session, { action, resource: arn, resourcePolicy: queue?.policy });
      const run = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!run) throw new AwsFault('UnknownOperationException', '');
      if (!queue) throw new AwsFault('QueueDoesNotExist', 'The specified queue does not exist.');
      return {
        status: 200,
        headers: { 'Content-Type': 'application/x-amz-json-1.0' },
        body: JSON.stringify(run({ queues, queue, body, caller: session })),
      };
    },
    refuse: refuseSqs,
  };
}

/** The ARN of the queue that a call names: by its URL, whose host says nothing more, or by its name. */
function arnOf(body: JsonBody, operation: string, { role }: Session, region: string): string {
  if (operation === 'GetQueueUrl') {
    const name = stringField(body, 'QueueName');
    if (name === '') throw missing('QueueName');
    const account = stringField(body, 'QueueOwnerAWSAccountId') || role.account;
    return `arn:aws:sqs:${region}:${account}:${name}`;
  }
  const url = stringField(body, 'QueueUrl');
  if (url === '') throw missing('QueueUrl');
  const [, account, name] = /\/(\d{12})\/([\w.-]+)$/.exec(url) ?? [];
  if (!account || !name) throw new AwsFault('QueueDoesNotExist', 'The specified queue does not exist.');
  return `arn:aws:sqs:${region}:${account}:${name}`;
}
