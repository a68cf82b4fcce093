import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Seconds that the timer function has for ten messages at one time, a few requests each. */
export const timerSeconds = 20;

/** Seconds that the revoker has for one role: six tries with pauses of 1, 1, 2, 4, 8 and 16 s between, and the calls. */
export const revokerSeconds = 60;

/**
 * Seconds for which a call stays hidden that its revoker did not answer. All that is revoked under the role waits behind
 * it, so it is not the six times as long as the function may take that Lambda's guide asks for: a call that comes back
 * once too often writes a document that is there already.
 */
export const revokerHidden = 90;

/** Seconds that a function has to make grants, or to end those of a few leases: six tries of six seconds at most, and eight of pauses between. */
export const connectorSeconds = 60;

/** A queue, and the queue of what was tried six times in vain. */
abstract class PairedQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, hiddenSeconds: number, kind: { readonly fifo?: true } = {}) {
    super(scope, id);
    ({ queue: this.queue, deadLetters: this.deadLetters } = pair(this, hiddenSeconds, kind));
  }
}

/** Timers of leases, each a message that comes back after its own delay. */
export class TimerQueue extends PairedQueue {
  constructor(scope: Construct, id: string) {
    super(scope, id, 6 * timerSeconds);
  }
}

/** Calls for the revoker, first in first out for each grant role, so that no two revokers work on one role. */
export class RevokerQueue extends PairedQueue {
  constructor(scope: Construct, id: string) {
    super(scope, id, revokerHidden, { fifo: true });
  }
}

/** Calls for a function that ends grants, each of one lease. */
export class GrantQueue extends PairedQueue {
  constructor(scope: Construct, id: string) {
    super(scope, id, 2 * connectorSeconds);
  }
}

/**
 * Encrypted, over TLS only. Timers are hidden for six times as long as their function may take, which leaves Lambda time
 * to try again where it is throttled (Lambda developer guide, SQS event source). After an hour a message is of no use: what
 * it stood for is due, and the sweeper does it or sends another.
 */
function pair(scope: Construct, hiddenSeconds: number, kind: { readonly fifo?: true }) {
  const safe = { ...kind, encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
  const deadLetters = new Queue(scope, 'DeadLetters', { ...safe, retentionPeriod: Duration.days(14) });
  const queue = new Queue(scope, 'Queue', {
    ...safe,
    visibilityTimeout: Duration.seconds(hiddenSeconds),
    retentionPeriod: Duration.hours(1),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 6 },
  });
  return { queue, deadLetters };
}
