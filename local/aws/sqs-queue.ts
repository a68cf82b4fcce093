import { randomBytes, randomUUID } from 'node:crypto';
import { after, type EpochSeconds } from '../../core/time.ts';
import type { PolicyDocument } from '../iam/document.ts';
import type { Message, MessageCounts, NewMessage, QueueDefinition, Receipt } from './sqs-message.ts';

/** Seconds in which a deduplication id counts once (SQS developer guide, exactly-once processing). */
const deduplicationSeconds = 300;

/** One SQS queue, standard or FIFO. All times are those of the emulated clock. */
export class Queue {
  definition: QueueDefinition;
  policy: PolicyDocument | undefined;
  readonly created: EpochSeconds;
  #messages: Message[] = [];
  #sequence = 0;
  readonly #deduplicated = new Map<string, Message>();

  constructor(definition: QueueDefinition, created: EpochSeconds) {
    this.definition = definition;
    this.created = created;
  }

  /** A message of this queue, which {@link put} puts into it, or the one of which it is a duplicate. */
  accept(message: NewMessage, now: EpochSeconds): { message: Message; duplicate: boolean } {
    const { delay, ...rest } = message;
    const { fifo } = this.definition;
    const known = fifo ? this.#deduplicated.get(rest.deduplicationId ?? '') : undefined;
    if (known && now < after(known.sent, deduplicationSeconds)) return { message: known, duplicate: true };
    const accepted: Message = {
      ...rest,
      id: randomUUID(),
      sent: now,
      sequence: fifo ? String(++this.#sequence).padStart(20, '0') : undefined,
      visibleFrom: after(now, delay),
      receives: 0,
      firstReceived: undefined,
      handle: undefined,
    };
    if (fifo) this.#deduplicated.set(rest.deduplicationId ?? '', accepted);
    return { message: accepted, duplicate: false };
  }

  put(message: Message): void {
    this.#messages.push(message);
  }

  /**
   * Gives what is visible, oldest first, and hides it. On a FIFO queue nothing of a group comes while one of
   * its messages is in flight. What was received too often goes to `giveUp` instead.
   */
  receive({ max, visibility, oneGroup }: Receipt, now: EpochSeconds, giveUp: (message: Message) => void) {
    this.#forget(now);
    const taken: Message[] = [];
    for (const message of this.#receivable(now)) {
      if (taken.length === max) break;
      if (oneGroup && taken[0] && taken[0].group !== message.group) continue;
      if (message.receives >= (this.definition.redrive?.maxReceives ?? Number.POSITIVE_INFINITY)) {
        this.#remove(message);
        giveUp(message);
        continue;
      }
      message.receives += 1;
      message.firstReceived ??= now;
      message.visibleFrom = after(now, visibility);
      message.handle = randomBytes(48).toString('base64');
      taken.push(message);
    }
    return taken;
  }

  /** Whether {@link receive} would find anything. */
  hasReceivable(now: EpochSeconds): boolean {
    this.#forget(now);
    return this.#receivable(now).length > 0;
  }

  /** The message that was received last under this handle, if it is still there. */
  byHandle(handle: string): Message | undefined {
    return this.#messages.find((message) => message.handle === handle);
  }

  /**
   * Takes away what was received under a handle; a handle that is not the last one changes nothing. False on a
   * FIFO queue when its time is over (SQS API reference, DeleteMessage): the next one may have the message.
   */
  delete(handle: string, now: EpochSeconds): boolean {
    const message = this.byHandle(handle);
    if (this.definition.fifo && message && message.visibleFrom <= now) return false;
    if (message) this.#remove(message);
    return true;
  }

  counts(now: EpochSeconds): MessageCounts {
    this.#forget(now);
    const hidden = this.#messages.filter(({ visibleFrom }) => visibleFrom > now);
    const inFlight = hidden.filter(({ handle }) => handle !== undefined).length;
    return { visible: this.#messages.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  /** When the next hidden message becomes visible, undefined when none is hidden. */
  nextVisible(now: EpochSeconds): EpochSeconds | undefined {
    const hidden = this.#messages.filter(({ visibleFrom }) => visibleFrom > now);
    return hidden.map(({ visibleFrom }) => visibleFrom).sort((a, b) => a - b)[0];
  }

  /** In the order sent; on a FIFO queue nothing after a message of its group that is hidden, wherever it is in flight. */
  #receivable(now: EpochSeconds): Message[] {
    if (!this.definition.fifo) return this.#messages.filter(({ visibleFrom }) => visibleFrom <= now);
    const hidden = this.#messages.filter(({ visibleFrom }) => visibleFrom > now);
    const blocked = new Set(hidden.filter(({ handle }) => handle !== undefined).map(({ group }) => group));
    return this.#messages.filter(({ visibleFrom, group }) => {
      if (visibleFrom > now) blocked.add(group);
      return !blocked.has(group);
    });
  }

  #remove(message: Message): void {
    this.#messages = this.#messages.filter((each) => each !== message);
  }

  #forget(now: EpochSeconds): void {
    const { retention } = this.definition;
    this.#messages = this.#messages.filter(({ sent }) => now < after(sent, retention));
    for (const [id, { sent }] of this.#deduplicated)
      if (now >= after(sent, deduplicationSeconds)) this.#deduplicated.delete(id);
  }
}
