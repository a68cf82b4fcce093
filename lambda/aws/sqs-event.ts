import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { causeOf } from '../cause.ts';

/**
 * A handler for a queue: every message by itself, and those that failed are told, so that they alone come back
 * (Lambda developer guide, partial batch responses).
 */
export function eachMessage(
  work: (body: string) => Promise<void>,
  logger: Logger,
): (event: SQSEvent) => Promise<SQSBatchResponse> {
  return async ({ Records }) => {
    const failed = await Promise.all(
      Records.map(({ messageId, body }) =>
        work(body).then(
          () => [],
          (error: unknown) => {
            logger.error('message failed', { message_id: messageId, cause: causeOf(error) });
            return [{ itemIdentifier: messageId }];
          },
        ),
      ),
    );
    return { batchItemFailures: failed.flat() };
  };
}
