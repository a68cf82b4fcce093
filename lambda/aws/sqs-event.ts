import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';

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

/** Name and message only: an SDK's error carries the whole response. */
export function causeOf(error: unknown): { readonly name: string; readonly message: string } {
  const { name, message } =
    error instanceof Error ? error : { name: 'unknown', message: 'not an Error was thrown' };
  return { name, message };
}
