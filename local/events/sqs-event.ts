import type { SQSEvent, SQSRecordAttributes } from 'aws-lambda';
import { type Message, md5, type QueueDefinition } from '../aws/sqs-message.ts';
import { systemAttributes } from '../aws/sqs-receive.ts';
import type { Outcome } from '../functions/host.ts';

/** The event of a batch (Lambda developer guide, using Lambda with Amazon SQS). */
export function sqsEvent(messages: readonly Message[], { arn }: QueueDefinition, region: string): SQSEvent {
  return {
    Records: messages.map((message) => ({
      messageId: message.id,
      receiptHandle: message.handle ?? '',
      body: message.body,
      attributes: systemAttributes(message) as unknown as SQSRecordAttributes,
      messageAttributes: {},
      md5OfBody: md5(message.body),
      eventSource: 'aws:sqs',
      eventSourceARN: arn,
      awsRegion: region,
    })),
  };
}

/**
 * Which messages of a batch failed (Lambda developer guide, handling errors for an SQS event source): all when
 * the invocation failed, else those that the function reports, if it may; a report without sense fails all.
 */
export function failedOf(outcome: Outcome, ids: readonly string[], reports: boolean): ReadonlySet<string> {
  if ('error' in outcome) return new Set(ids);
  const { result } = outcome;
  if (!reports || typeof result !== 'object' || result === null) return new Set();
  const failures = (result as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return new Set(ids);
  const named = failures.map((each) => (each as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  return named.every((id): id is string => typeof id === 'string' && ids.includes(id))
    ? new Set(named)
    : new Set(ids);
}
