import { after, type EpochSeconds } from '../../core/time.ts';
import type { Clock } from '../clock.ts';
import type { PolicyDocument } from '../iam/document.ts';
import type { Message, MessageCounts, NewMessage, QueueDefinition, Receipt } from './sqs-message.ts';
import { Queue } from './sqs-queue.ts';

/** A message that is being sent, as whoever decides its fate sees it: the queue's name and the body. */
export type SentMessage = { readonly queue: string; readonly body: string };

/**
 * What becomes of a message that was accepted: lost, delivered twice, or {@link lateSeconds} later than it
 * should be and so after those sent later; undefined leaves it alone.
 */
export type Fate = 'lost' | 'twice' | 'late' | undefined;

/** Seconds by which a message comes late. */
export const lateSeconds = 10;

/** The queues of the account. */
export class Queues {
  readonly #clock: Clock;
  readonly #queues = new Map<string, Queue>();
  readonly #watchers = new Set<() => void>();
  readonly #fates = new Set<(message: SentMessage) => Fate>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes a queue, or changes one that is there and keeps its messages. */
  deploy(definition: QueueDefinition, policy: PolicyDocument | undefined): void {
    const { arn } = definition;
    const queue = this.#queues.get(arn) ?? new Queue(definition, this.#clock.now());
    queue.definition = definition;
    queue.policy = policy;
    this.#queues.set(arn, queue);
  }

  get(arn: string): Queue | undefined {
    return this.#queues.get(arn);
  }

  all(): Queue[] {
    return [...this.#queues.values()];
  }

  /** Puts a message into a queue; answers what the sender is told, whatever became of it. */
  send(queue: Queue, wanted: NewMessage): Message {
    const { message, duplicate } = queue.accept(wanted, this.#clock.now());
    if (!duplicate) this.#store(queue, message);
    this.changed();
    return message;
  }

  receive(queue: Queue, receipt: Receipt): Message[] {
    const given: Message[] = [];
    const received = queue.receive(receipt, this.#clock.now(), (message) => given.push(message));
    for (const message of given) this.#giveUp(queue, message);
    this.changed();
    return received;
  }

  hasReceivable(queue: Queue): boolean {
    return queue.hasReceivable(this.#clock.now());
  }

  /** False when a FIFO queue does not delete under this handle any more. */
  delete(queue: Queue, handle: string): boolean {
    const deleted = queue.delete(handle, this.#clock.now());
    this.changed();
    return deleted;
  }

  /** Hides a received message until a moment that many seconds from now. */
  hide(message: Message, seconds: number): void {
    message.visibleFrom = after(this.#clock.now(), seconds);
    this.changed();
  }

  isVisible(message: Message): boolean {
    return message.visibleFrom <= this.#clock.now();
  }

  counts(queue: Queue): MessageCounts {
    return queue.counts(this.#clock.now());
  }

  /** When the next message of any queue becomes visible. */
  nextVisible(): EpochSeconds | undefined {
    const now = this.#clock.now();
    const moments = this.all().flatMap((queue) => queue.nextVisible(now) ?? []);
    return moments.sort((a, b) => a - b)[0];
  }

  /** Calls the watcher after each change; answers how to stop it. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Lets somebody decide what becomes of each message; answers how to stop it. */
  onMessage(decide: (message: SentMessage) => Fate): () => void {
    this.#fates.add(decide);
    return () => this.#fates.delete(decide);
  }

  /** Tells the watchers that something may be received now. */
  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #store(queue: Queue, message: Message): void {
    const sent = { queue: queue.definition.name, body: message.body };
    const fates = [...this.#fates].map((decide) => decide(sent));
    if (fates.includes('lost')) return;
    if (fates.includes('late')) message.visibleFrom = after(message.visibleFrom, lateSeconds);
    queue.put(message);
    if (fates.includes('twice')) queue.put({ ...message });
  }

  #giveUp(queue: Queue, message: Message): void {
    const { redrive, arn } = queue.definition;
    const deadLetters = redrive && this.#queues.get(redrive.deadLetterArn);
    if (!deadLetters) throw new Error(`${arn} has no dead-letter queue`);
    const now = this.#clock.now();
    const fresh = { visibleFrom: now, receives: 0, firstReceived: undefined, handle: undefined };
    deadLetters.put({ ...message, ...fresh, source: arn });
  }
}
