import { createHash } from 'node:crypto';
import { AwsFault } from '../fault.ts';
import { type JsonBody, objectField, stringField } from './json-protocol.ts';
import type { SqsCall, SqsOperation } from './sqs.ts';
import { invalidValue, missing, unsupported } from './sqs-fault.ts';
import { md5, type NewMessage } from './sqs-message.ts';

/** Limits of sending: bytes of a message and of a whole batch, seconds, entries (SQS API reference, SendMessageBatch). */
export const sendLimits = { bytes: 1_048_576, delay: 900, entries: 10 } as const;

/** Characters that a body may have (SQS API reference, SendMessage). */
const bodyCharacters = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;
const idCharacters = /^[\w!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~-]{1,128}$/;

/** SendMessage (SQS API reference). */
export const sendMessage: SqsOperation = (call) => {
  const message = newMessage(call, call.body);
  if (Buffer.byteLength(message.body) > sendLimits.bytes)
    throw invalidValue('MessageBody', '…', `Message must be shorter than ${sendLimits.bytes} bytes.`);
  return sent(call, message);
};

/** SendMessageBatch (SQS API reference): each entry succeeds or fails by itself, in the order given. */
export const sendMessageBatch: SqsOperation = (call) => {
  const entries = entriesOf(call.body);
  const size = entries.reduce((sum, each) => sum + Buffer.byteLength(stringField(each, 'MessageBody')), 0);
  if (size > sendLimits.bytes)
    throw new AwsFault(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${sendLimits.bytes} bytes. You have sent ${size} bytes.`,
    );
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    const Id = stringField(entry, 'Id');
    try {
      Successful.push({ Id, ...sent(call, newMessage(call, entry)) });
    } catch (error) {
      if (!(error instanceof AwsFault)) throw error;
      Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
};

function entriesOf(body: JsonBody): JsonBody[] {
  const entries = (Array.isArray(body['Entries']) ? body['Entries'] : []) as JsonBody[];
  const ids = entries.map((entry) => stringField(entry, 'Id'));
  if (entries.length === 0)
    throw new AwsFault('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > sendLimits.entries)
    throw new AwsFault(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${sendLimits.entries}. You have sent ${entries.length}.`,
    );
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id)))
    throw new AwsFault('InvalidBatchEntryId', 'A batch entry id has 1 to 80 of [A-Za-z0-9_-].');
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new AwsFault('BatchEntryIdsNotDistinct', `Id ${twice} repeated.`);
  return entries;
}

function sent({ queues, queue }: SqsCall, message: NewMessage): object {
  const { id, sequence } = queues.send(queue, message);
  return {
    MessageId: id,
    MD5OfMessageBody: md5(message.body),
    ...(sequence !== undefined && { SequenceNumber: sequence }),
  };
}

function newMessage({ queue, caller }: SqsCall, entry: JsonBody): NewMessage {
  const body = stringField(entry, 'MessageBody');
  if (body === '') throw missing('MessageBody');
  if (!bodyCharacters.test(body))
    throw new AwsFault('InvalidMessageContents', 'The message holds characters that messages cannot have.');
  for (const attributes of ['MessageAttributes', 'MessageSystemAttributes'])
    if (Object.keys(objectField(entry, attributes)).length > 0) throw unsupported(attributes);
  const { fifo, delay } = queue.definition;
  const sender = `${caller.role.id}:${caller.name}`;
  const group = identifier(entry, 'MessageGroupId');
  if (fifo)
    return { body, sender, group: needed(group), deduplicationId: deduplication(queue, entry), delay };
  if (entry['MessageDeduplicationId'] !== undefined)
    throw invalidValue('MessageDeduplicationId', entry['MessageDeduplicationId'], notOfThisType);
  return { body, sender, group, deduplicationId: undefined, delay: delayOf(entry) ?? delay };
}

const notOfThisType = 'The request includes a parameter that is not valid for this queue type.';

function needed(group: string | undefined): string {
  if (group === undefined) throw missing('MessageGroupId');
  return group;
}

/** The id given, or the digest of the body; a FIFO queue delays as a whole, never one message of it. */
function deduplication({ definition }: SqsCall['queue'], entry: JsonBody): string {
  if (entry['DelaySeconds'] !== undefined && entry['DelaySeconds'] !== 0)
    throw invalidValue('DelaySeconds', entry['DelaySeconds'], notOfThisType);
  const given = identifier(entry, 'MessageDeduplicationId');
  if (given !== undefined) return given;
  if (!definition.contentBasedDeduplication)
    throw new AwsFault(
      'InvalidParameterValue',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  return createHash('sha256').update(stringField(entry, 'MessageBody')).digest('hex');
}

function delayOf(entry: JsonBody): number | undefined {
  const value = entry['DelaySeconds'];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > sendLimits.delay)
    throw invalidValue('DelaySeconds', value, `Must be between 0 and ${sendLimits.delay}, if provided.`);
  return value;
}

function identifier(entry: JsonBody, name: string): string | undefined {
  const value = entry[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !idCharacters.test(value))
    throw invalidValue(name, value, `${name} can only include alphanumeric and punctuation characters.`);
  return value;
}
