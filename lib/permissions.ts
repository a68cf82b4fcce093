import type { leaseIndexes } from '../core/settings.ts';
import type { Permission } from './broker-function.ts';
import type { BrokerParts } from './broker-parts.ts';

type Table = { readonly tableArn: string };
type Queue = { readonly queueArn: string };
type Key = { readonly keyArn: string };

/** Requests to a table's records. */
type Verb = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchGetItem';

/** To send these requests to a table. */
export function onTable({ tableArn }: Table, ...verbs: readonly Verb[]): Permission {
  return { actions: verbs.map((verb) => `dynamodb:${verb}`), resources: [tableArn] };
}

/** To read these indexes of the lease table, and none of its others. */
export function queries({ tableArn }: Table, ...indexes: readonly (keyof typeof leaseIndexes)[]): Permission {
  return { actions: ['dynamodb:Query'], resources: indexes.map((index) => `${tableArn}/index/${index}`) };
}

/** To send messages to these queues. */
export function sends(...queues: readonly Queue[]): Permission {
  return { actions: ['sqs:SendMessage'], resources: queues.map(({ queueArn }) => queueArn) };
}

/** To read the public half of a key. */
export function readsKey({ keyArn }: Key): Permission {
  return { actions: ['kms:GetPublicKey'], resources: [keyArn] };
}

type Ending = Pick<BrokerParts, 'revokerQueue' | 'postgresQueue' | 'oauthQueue'>;

/** The queues that whoever ends a lease sends to. */
export function endingQueues({ revokerQueue, postgresQueue, oauthQueue }: Ending): Queue[] {
  return [revokerQueue.queue, postgresQueue.queue, oauthQueue.queue];
}

/** Where they are, as functions are told. */
export function endingSettings({ revokerQueue, postgresQueue, oauthQueue }: Ending) {
  return {
    revokerQueue: revokerQueue.queue.queueUrl,
    postgresQueue: postgresQueue.queue.queueUrl,
    oauthQueue: oauthQueue.queue.queueUrl,
  };
}

/** What Lambda reads a queue with on behalf of its function (Lambda developer guide, SQS execution role). */
export function consumes({ queueArn }: Queue): Permission {
  return {
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    resources: [queueArn],
  };
}
