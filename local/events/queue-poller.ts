import type { Message } from '../aws/sqs-message.ts';
import type { Queue } from '../aws/sqs-queue.ts';
import type { Queues } from '../aws/sqs-queues.ts';
import type { Clock } from '../clock.ts';
import type { FunctionHost } from '../functions/host.ts';
import type { Authorizer } from '../iam/authorize.ts';
import type { Session } from '../iam/store.ts';
import type { FunctionDefinition, MappingDefinition } from '../template/model.ts';
import type { Activity } from './activity.ts';
import { failedOf, sqsEvent } from './sqs-event.ts';

/** What the pollers work with. */
export type PollerWorld = {
  readonly queues: Queues;
  readonly clock: Clock;
  readonly region: string;
  readonly authorizer: Authorizer;
  readonly activity: Activity;
  /** Most invocations of a function at a time, undefined where none are reserved. */
  readonly reserved: (functionArn: string) => number | undefined;
  readonly openSession: (definition: FunctionDefinition) => Session;
  readonly report: (line: string) => void;
};

/** Gives a queue's messages to a function. */
export type Poller = {
  /** Looks whether there is anything to deliver, and delivers it. */
  wake(): void;
  /** Delivers nothing any more, and takes nothing that still runs for done. */
  halt(): void;
};

/** Invocations at a time where the template sets no maximum: as many batches as Lambda begins to read. */
const standardConcurrency = 5;

/** Seconds before its session ends at which a poller opens another. */
const renewBefore = 600;

/**
 * Lambda's poller of one queue. It works under the function's role, without which it gets nothing; what fails
 * stays in the queue until its visibility ends. While the function may not run at all it does not poll.
 */
export function createPoller(
  mapping: MappingDefinition,
  queue: Queue,
  host: FunctionHost,
  world: PollerWorld,
): Poller {
  const { queues, clock, activity } = world;
  const { name, arn } = queue.definition;
  const limit = mapping.concurrency ?? standardConcurrency;
  let invocations = 0;
  let polling = false;
  let halted = false;
  let session: Session | undefined;

  const may = async (action: string) => {
    if (!session || session.expires - clock.now() < renewBefore) session = world.openSession(host.definition);
    const attempt = { action, resource: arn, resourcePolicy: queue.policy };
    return (await world.authorizer.decide(session, attempt)).allowed;
  };
  const ready = () =>
    !halted &&
    invocations < limit &&
    world.reserved(mapping.functionArn) !== 0 &&
    queues.hasReceivable(queue);
  const poll = async () => {
    try {
      while (ready()) {
        // Lambda reads the queue's attributes to know how many pollers it needs.
        if (!(await may('sqs:GetQueueAttributes')) || !(await may('sqs:ReceiveMessage'))) return;
        if (!ready()) return;
        const visibility = queue.definition.visibilityTimeout;
        const receipt = { max: mapping.batchSize, visibility, oneGroup: queue.definition.fifo };
        const batch = queues.receive(queue, receipt);
        if (batch.length > 0) begin(batch);
      }
    } finally {
      polling = false;
    }
  };
  const begin = (batch: readonly Message[]) => {
    invocations += 1;
    const delivered = deliver(batch).finally(() => {
      invocations -= 1;
      wake();
    });
    activity.track(`queue ${name}`, delivered);
  };
  const deliver = async (batch: readonly Message[]) => {
    // A message that is received again meanwhile has another handle, and this delivery must not delete it.
    const handles = batch.map(({ id, handle = '' }) => ({ id, handle }));
    const outcome = await host.invoke(sqsEvent(batch, queue.definition, world.region));
    if (halted || outcome === 'throttled') return;
    if ('error' in outcome)
      world.report(`queue ${name}: ${host.definition.name}: ${outcome.error.name}: ${outcome.error.message}`);
    const ids = handles.map(({ id }) => id);
    const failed = failedOf(outcome, ids, mapping.reportsFailures);
    const done = handles.filter(({ id }) => !failed.has(id));
    if (done.length > 0 && (await may('sqs:DeleteMessage')))
      for (const { handle } of done) queues.delete(queue, handle);
  };
  const wake = () => {
    if (polling || !ready()) return;
    polling = true;
    activity.track(`queue ${name}`, poll());
  };
  return {
    wake,
    halt() {
      halted = true;
    },
  };
}
