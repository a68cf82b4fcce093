import { AwsFault } from '../fault.ts';
import type { Concurrency } from '../functions/concurrency.ts';
import type { WireReply, WireRequest } from '../http/message.ts';
import type { Authorizer } from '../iam/authorize.ts';
import { jsonErrorNames } from './json-protocol.ts';
import type { Service } from './service.ts';

/** One operation on the concurrency of a function: its method, the version in its path, and what it does. */
type Operation = {
  readonly name: string;
  readonly method: string;
  readonly version: string;
  readonly run: (concurrency: Concurrency, functionArn: string, request: WireRequest) => WireReply;
};

/** Lambda API reference: PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency. */
const operations: readonly Operation[] = [
  { name: 'PutFunctionConcurrency', method: 'PUT', version: '2017-10-31', run: putConcurrency },
  { name: 'DeleteFunctionConcurrency', method: 'DELETE', version: '2017-10-31', run: deleteConcurrency },
  { name: 'GetFunctionConcurrency', method: 'GET', version: '2019-09-30', run: getConcurrency },
];

const json = { 'Content-Type': 'application/json' };

/** Lambda's control of functions: their reserved concurrency. */
export function createLambda(
  concurrency: Concurrency,
  authorizer: Authorizer,
  place: { readonly account: string; readonly region: string },
): Service {
  return {
    operationOf: (request) => operationOf(request)?.name,
    async handle(request, session) {
      const operation = operationOf(request);
      if (!operation) throw new AwsFault('NotImplemented', 'This operation is not emulated.', 501);
      const name = decodeURIComponent(request.rawPath.split('/')[3] ?? '');
      const arn = arnOf(name, place);
      await authorizer.demand(session, { action: `lambda:${operation.name}`, resource: arn });
      if (!concurrency.has(arn))
        throw new AwsFault('ResourceNotFoundException', `Function not found: ${arn}`, 404);
      return operation.run(concurrency, arn, request);
    },
    refuse: refuseRest,
  };
}

function operationOf({ method, rawPath }: WireRequest): Operation | undefined {
  const version = /^\/([\d-]{10})\/functions\/[^/]+\/concurrency\/?$/.exec(rawPath)?.[1];
  return operations.find((each) => each.method === method && each.version === version);
}

/** A function by its name, the end of its ARN, or the ARN (Lambda API reference, FunctionName). */
function arnOf(name: string, { account, region }: { account: string; region: string }): string {
  const short = /^(?:(?:arn:aws:lambda:[a-z0-9-]+:)?\d{12}:function:)?([\w-]{1,64})$/.exec(name)?.[1];
  if (short === undefined)
    throw new AwsFault('ValidationException', `${name} is no name of a function without version or alias`);
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${account}:function:${short}`;
}

function putConcurrency(concurrency: Concurrency, arn: string, request: WireRequest): WireReply {
  const reserved = reservedIn(request);
  concurrency.set(arn, reserved);
  return answer({ ReservedConcurrentExecutions: reserved });
}

function getConcurrency(concurrency: Concurrency, arn: string): WireReply {
  const reserved = concurrency.reserved(arn);
  return answer(reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved });
}

function deleteConcurrency(concurrency: Concurrency, arn: string): WireReply {
  concurrency.set(arn, undefined);
  return { status: 204 };
}

function reservedIn(request: WireRequest): number {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString());
  } catch {
    throw new AwsFault('InvalidRequestContentException', 'Could not parse request body into json');
  }
  const { ReservedConcurrentExecutions: reserved } = (body ?? {}) as Record<string, unknown>;
  if (typeof reserved !== 'number' || !Number.isInteger(reserved) || reserved < 0)
    throw new AwsFault('ValidationException', 'ReservedConcurrentExecutions must be a number from 0');
  return reserved;
}

function answer(body: object): WireReply {
  return { status: 200, headers: json, body: JSON.stringify(body) };
}

/** A refusal of a REST service with JSON: the name in a header. */
function refuseRest({ code, message, status }: AwsFault, requestId: string): WireReply {
  const name = jsonErrorNames[code] ?? code;
  const headers = { ...json, 'x-amzn-ErrorType': name, 'x-amzn-RequestId': requestId };
  return { status, headers, body: JSON.stringify({ Type: 'User', Message: message, message }) };
}
