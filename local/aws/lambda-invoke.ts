import { AwsFault } from '../fault.ts';
import type { Functions } from '../functions/functions.ts';
import type { Outcome } from '../functions/host.ts';
import { header, type WireReply, type WireRequest } from '../http/message.ts';

/** Longest payload of a synchronous invocation, either way, in bytes (Lambda developer guide, quotas). */
export const longestPayload = 6_291_456;

/** What a call may ask for beside its payload, and the only value that is emulated, where there is one. */
const options: Readonly<Record<string, string | undefined>> = {
  'x-amz-invocation-type': 'RequestResponse',
  'x-amz-log-type': 'None',
  'x-amz-client-context': undefined,
  'x-amz-durable-execution-name': undefined,
  'x-amz-tenant-id': undefined,
};

/**
 * Invoke (Lambda API reference): runs the function and answers what it answers. An invocation that went wrong
 * is a success of the call, with the error in its payload.
 */
export async function invoke(functions: Functions, arn: string, request: WireRequest): Promise<WireReply> {
  refuseUnheard(request);
  const event = eventOf(request.body);
  const host = functions.get(arn);
  if (!host) throw new AwsFault('ServiceException', 'The functions of this account are stopped.', 500);
  const outcome = await host.invoke(event);
  if (outcome === 'throttled') throw new AwsFault('TooManyRequestsException', 'Rate Exceeded.', 429);
  return answerOf(outcome);
}

/** Refuses what would change the invocation and is not emulated. */
function refuseUnheard(request: WireRequest): void {
  const [parameter] = request.query.keys();
  if (parameter !== undefined)
    throw new AwsFault('InvalidParameterValueException', `${parameter} is not emulated.`);
  for (const [name, emulated] of Object.entries(options))
    if (request.headers.has(name) && header(request, name) !== emulated)
      throw new AwsFault(
        'InvalidParameterValueException',
        `${name}: ${header(request, name)} is not emulated.`,
      );
}

/** The event of a payload; without one it is an empty object. */
function eventOf(body: Buffer): unknown {
  if (body.length > longestPayload)
    throw new AwsFault(
      'RequestTooLargeException',
      `Request must be smaller than ${longestPayload} bytes for the InvokeFunction operation`,
      413,
    );
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    throw new AwsFault('InvalidRequestContentException', 'Could not parse request body into json');
  }
}

function answerOf(outcome: Outcome): WireReply {
  if ('error' in outcome) return failed(outcome.error.name, outcome.error.message);
  let body: string;
  try {
    body = JSON.stringify(outcome.result) ?? 'null';
  } catch (error) {
    return failed('Runtime.MarshalError', `Unable to stringify response body: ${error}`);
  }
  return Buffer.byteLength(body) > longestPayload
    ? failed(
        'Function.ResponseSizeTooLarge',
        `Response payload size exceeded maximum allowed payload size (${longestPayload} bytes).`,
      )
    : { status: 200, headers, body };
}

const headers = { 'Content-Type': 'application/json', 'X-Amz-Executed-Version': '$LATEST' };

function failed(errorType: string, errorMessage: string): WireReply {
  return {
    status: 200,
    headers: { ...headers, 'X-Amz-Function-Error': 'Unhandled' },
    body: JSON.stringify({ errorType, errorMessage }),
  };
}
