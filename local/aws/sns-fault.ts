import { AwsFault } from '../fault.ts';
import type { WireReply } from '../http/message.ts';
import { answerQuery, refuseQuery } from './query-protocol.ts';

const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** The refusal of a parameter (SNS API reference, common to all operations). */
export function invalidParameter(detail: string): AwsFault {
  return new AwsFault('InvalidParameter', `Invalid parameter: ${detail}`);
}

/** An answer of SNS. */
export function answerSns(operation: string, result: string): WireReply {
  return answerQuery(namespace, operation, result);
}

/** A refusal of SNS, which has a name of its own for who is not allowed. */
export function refuseSns(fault: AwsFault, requestId: string): WireReply {
  const denied = fault.code === 'AccessDenied';
  const named = denied ? new AwsFault('AuthorizationError', fault.message, 403) : fault;
  return refuseQuery(namespace, named, requestId);
}
