import { createHash } from 'node:crypto';
import type { EpochSeconds } from '../../core/time.ts';

/** A queue as the template describes it; durations in seconds. */
export type QueueDefinition = {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  readonly delay: number;
  readonly visibilityTimeout: number;
  readonly retention: number;
  readonly redrive: { readonly deadLetterArn: string; readonly maxReceives: number } | undefined;
};

/** What somebody sends. */
export type NewMessage = {
  readonly body: string;
  /** `<role id>:<session>` of the sender. */
  readonly sender: string;
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
  /** Seconds. */
  readonly delay: number;
};

/** A message in a queue; only the last receipt handle counts. */
export type Message = Omit<NewMessage, 'delay'> & {
  readonly id: string;
  readonly sent: EpochSeconds;
  /** Twenty digits, on FIFO queues. */
  readonly sequence: string | undefined;
  /** ARN of the queue that gave it up, on a dead-letter queue. */
  readonly source?: string;
  visibleFrom: EpochSeconds;
  receives: number;
  firstReceived: EpochSeconds | undefined;
  handle: string | undefined;
};

/** What to receive: at most so many messages; `oneGroup` where all must be of one FIFO group. */
export type Receipt = { readonly max: number; readonly visibility: number; readonly oneGroup?: boolean };

/** How many messages are where: to be received now, received and not yet deleted, or not yet due. */
export type MessageCounts = { readonly visible: number; readonly inFlight: number; readonly delayed: number };

/** MD5 of a body in hexadecimal, by which senders and receivers check it. */
export function md5(body: string): string {
  return createHash('md5').update(body).digest('hex');
}
