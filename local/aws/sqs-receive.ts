import { AwsFault } from '../fault.ts';
import { type JsonBody, stringField } from './json-protocol.ts';
import type { SqsOperation } from './sqs.ts';
import { invalidValue, missing, unsupported } from './sqs-fault.ts';
import { type Message, md5 } from './sqs-message.ts';

/** Limits of receiving: messages, and seconds of invisibility (SQS API reference, ReceiveMessage). */
const receiveLimits = { messages: 10, visibility: 43_200 } as const;

/** ReceiveMessage (SQS API reference), by short polling. */
export const receiveMessage: SqsOperation = ({ queues, queue, body }) => {
  const max = numberOf(body, 'MaxNumberOfMessages', 1, receiveLimits.messages) ?? 1;
  const visibility = numberOf(body, 'VisibilityTimeout', 0, receiveLimits.visibility);
  const wait = numberOf(body, 'WaitTimeSeconds', 0, 20);
  if (wait !== undefined && wait > 0) throw unsupported('Long polling');
  const wanted = attributeNames(body);
  const messages = queues.receive(queue, {
    max,
    visibility: visibility ?? queue.definition.visibilityTimeout,
  });
  if (messages.length === 0) return {};
  return { Messages: messages.map((message) => received(message, wanted)) };
};

/** DeleteMessage (SQS API reference): what is gone already is deleted too. */
export const deleteMessage: SqsOperation = ({ queues, queue, body }) => {
  const handle = handleOf(body);
  if (!queues.delete(queue, handle))
    throw invalidValue('ReceiptHandle', handle, 'The receipt handle has expired.');
  return {};
};

/** ChangeMessageVisibility (SQS API reference). */
export const changeMessageVisibility: SqsOperation = ({ queues, queue, body }) => {
  const seconds = numberOf(body, 'VisibilityTimeout', 0, receiveLimits.visibility);
  if (seconds === undefined) throw missing('VisibilityTimeout');
  const message = queue.byHandle(handleOf(body));
  if (!message || queues.isVisible(message))
    throw new AwsFault('MessageNotInflight', 'The specified message is not in flight.');
  queues.hide(message, seconds);
  return {};
};

/** The attributes that SQS keeps of a message, as it and Lambda tell them; times in milliseconds. */
export function systemAttributes(message: Message): Readonly<Record<string, string>> {
  const { sender, sent, receives, firstReceived, group, deduplicationId, sequence, source } = message;
  return {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(sent * 1000),
    SenderId: sender,
    ApproximateFirstReceiveTimestamp: String((firstReceived ?? sent) * 1000),
    ...(sequence !== undefined && { SequenceNumber: sequence }),
    ...(group !== undefined && { MessageGroupId: group }),
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
    ...(source !== undefined && { DeadLetterQueueSourceArn: source }),
  };
}

function received(message: Message, wanted: readonly string[]): object {
  const all = Object.entries(systemAttributes(message));
  const told = all.filter(([name]) => wanted.includes('All') || wanted.includes(name));
  return {
    MessageId: message.id,
    ReceiptHandle: message.handle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(told.length > 0 && { Attributes: Object.fromEntries(told) }),
  };
}

/** What the caller wants to know, by either name of the parameter. */
function attributeNames(body: JsonBody): readonly string[] {
  const names = ['AttributeNames', 'MessageSystemAttributeNames'].flatMap((name) => body[name] ?? []);
  return names.map(String);
}

/** A receipt handle in the form that this emulation gives them. */
function handleOf(body: JsonBody): string {
  const handle = stringField(body, 'ReceiptHandle');
  if (handle === '') throw missing('ReceiptHandle');
  if (!/^[\w+/]{64}$/.test(handle))
    throw new AwsFault(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
    );
  return handle;
}

function numberOf(body: JsonBody, name: string, minimum: number, maximum: number): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum)
    throw invalidValue(name, value, `Must be between ${minimum} and ${maximum}, if provided.`);
  return value;
}
