import { AwsFault } from '../fault.ts';
import type { WireReply } from '../http/message.ts';
import { jsonErrorNames } from './json-protocol.ts';

/** Shapes of the refusals and their codes from before JSON, which clients still go by (SQS API reference, errors). */
const shapes: Readonly<Record<string, readonly [shape: string, code: string]>> = {
  QueueDoesNotExist: ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'],
  InvalidParameterValue: ['InvalidParameterValueException', 'InvalidParameterValue'],
  MissingParameter: ['MissingRequiredParameterException', 'MissingParameter'],
  InvalidMessageContents: ['InvalidMessageContents', 'InvalidMessageContents'],
  InvalidAttributeName: ['InvalidAttributeName', 'InvalidAttributeName'],
  ReceiptHandleIsInvalid: ['ReceiptHandleIsInvalid', 'ReceiptHandleIsInvalid'],
  MessageNotInflight: ['MessageNotInflight', 'AWS.SimpleQueueService.MessageNotInflight'],
  EmptyBatchRequest: ['EmptyBatchRequest', 'AWS.SimpleQueueService.EmptyBatchRequest'],
  TooManyEntriesInBatchRequest: [
    'TooManyEntriesInBatchRequest',
    'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  ],
  BatchEntryIdsNotDistinct: ['BatchEntryIdsNotDistinct', 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct'],
  InvalidBatchEntryId: ['InvalidBatchEntryId', 'AWS.SimpleQueueService.InvalidBatchEntryId'],
  BatchRequestTooLong: ['BatchRequestTooLong', 'AWS.SimpleQueueService.BatchRequestTooLong'],
  UnsupportedOperation: ['UnsupportedOperation', 'AWS.SimpleQueueService.UnsupportedOperation'],
};

/** Codes of the refusals that every service has, as SQS names them. */
const commonCodes: Readonly<Record<string, string>> = {
  missing_token: 'MissingAuthenticationToken',
  incomplete_signature: 'IncompleteSignature',
  unknown_key: 'InvalidClientTokenId',
  expired_token: 'ExpiredToken',
  wrong_signature: 'SignatureDoesNotMatch',
  stale_signature: 'SignatureDoesNotMatch',
};

/** A refusal of SQS: the shape in `__type`, the older code in a header of its own. */
export function refuseSqs({ code, message, status }: AwsFault, requestId: string): WireReply {
  const [shape, older] = shapes[code] ?? [];
  const type = shape
    ? `com.amazonaws.sqs#${shape}`
    : `com.amazon.coral.service#${jsonErrorNames[code] ?? code}`;
  return {
    status,
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'x-amzn-RequestId': requestId,
      'x-amzn-query-error': `${older ?? commonCodes[code] ?? code};${status >= 500 ? 'Receiver' : 'Sender'}`,
    },
    body: JSON.stringify({ __type: type, message }),
  };
}

/** The refusal of a parameter's value. */
export function invalidValue(name: string, value: unknown, reason: string): AwsFault {
  return new AwsFault(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
  );
}

/** The refusal of a call that lacks a parameter. */
export function missing(name: string): AwsFault {
  return new AwsFault('MissingParameter', `The request must contain the parameter ${name}.`);
}

/** The refusal of what is not emulated, rather than to ignore it. */
export function unsupported(what: string): AwsFault {
  return new AwsFault('UnsupportedOperation', `${what} is not emulated.`);
}
