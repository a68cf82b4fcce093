import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { BrokerFunction } from './broker-function.ts';

/** Has a function called with at most `batchSize` messages of a queue at one time; those that it names come back. */
export function reads(made: BrokerFunction, { queueArn: eventSourceArn }: Queue, batchSize: number): void {
  new EventSourceMapping(made, 'Messages', {
    target: made.fn,
    eventSourceArn,
    batchSize,
    reportBatchItemFailures: true,
  });
}
