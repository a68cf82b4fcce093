import { AwsFault } from '../fault.ts';
import type { Concurrency } from '../functions/concurrency.ts';
import type { Functions } from '../functions/functions.ts';
import type { WireReply, WireRequest } from '../http/message.ts';
import type { Authorizer } from '../iam/authorize.ts';
import { jsonErrorNames } from './json-protocol.ts';
import { invoke } from './lambda-invoke.ts';
import type { Service } from './service.ts';

/** What Lambda works with. */
export type LambdaWorld = {
  readonly concurrency: Concurrency;
  readonly functions: Functions;
  readonly authorizer: Authorizer;
  readonly account: string;
  readonly region: string;
};

/** One operation on a function: its method, the version and the end of its path, and what it does. */
type Operation = {
  readonly name: string;
  /** The IAM action; `lambda:` and the name when absent. */
  readonly action?: string;
  readonly method: string;
  readonly path: string;
  readonly run: (
    world: LambdaWorld,
    functionArn: string,
    request: WireRequest,
  ) => WireReply | Promise<WireReply>;
};

/** Lambda API reference: Invoke, PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency. */
const operations: readonly Operation[] = [
  {
    name: 'Invoke',
    action: 'lambda:InvokeFunction',
    method: 'POST',
    path: '2015-03-31/invocations',
    run: ({ functions }, arn, request) => invoke(functions, arn, request),
  },
  { name: 'PutFunctionConcurrency', method: 'PUT', path: '2017-10-31/concurrency', run: putConcurrency },
  {
    name: 'DeleteFunctionConcurrency',
    method: 'DELETE',
    path: '2017-10-31/concurrency',
    run: deleteConcurrency,
  },
  { name: 'GetFunctionConcurrency', method: 'GET', path: '2019-09-30/concurrency', run: getConcurrency },
];

const json = { 'Content-Type': 'application/json' };

/** Lambda: functions are invoked, and their reserved concurrency is controlled. */
export function createLambda(world: LambdaWorld): Service {
  return {
    operationOf: (request) => operationOf(request)?.name,
    async handle(request, session) {
      const operation = operationOf(request);
      if (!operation) throw new AwsFault('NotImplemented', 'This operation is not emulated.', 501);
      const { name, action = `lambda:${name}`, run } = operation;
      const arn = arnOf(decodeURIComponent(request.rawPath.split('/')[3] ?? ''), world);
      const resourcePolicy = world.functions.policy(arn);
      await world.authorizer.demand(session, { action, resource: arn, resourcePolicy });
      if (!world.concurrency.has(arn))
        throw new AwsFault('ResourceNotFoundException', `Function not found: ${arn}`, 404);
      return run(world, arn, request);
    },
    refuse: refuseRest,
  };
}

function operationOf({ method, rawPath }: WireRequest): Operation | undefined {
  const [, version, end] = /^\/([\d-]{10})\/functions\/[^/]+\/(\w+)\/?$/.exec(rawPath) ?? [];
  return operations.find((each) => each.method === method && each.path === `${version}/${end}`);
}

/** A function by its name, the end of its ARN, or the ARN (Lambda API reference, FunctionName). */
function arnOf(name: string, place: LambdaWorld): string {
  const [, region, account, short] =
    /^(?:(?:arn:aws:lambda:([a-z0-9-]+):)?(\d{12}):function:)?([\w-]{1,64})$/.exec(name) ?? [];
  if (short === undefined)
    throw new AwsFault('ValidationException', `${name} is no name of a function without version or alias`);
  return `arn:aws:lambda:${region ?? place.region}:${account ?? place.account}:function:${short}`;
}

function putConcurrency({ concurrency }: LambdaWorld, arn: string, request: WireRequest): WireReply {
  const reserved = reservedIn(request);
  concurrency.set(arn, reserved);
  return answer({ ReservedConcurrentExecutions: reserved });
}

function getConcurrency({ concurrency }: LambdaWorld, arn: string): WireReply {
  const reserved = concurrency.reserved(arn);
  return answer(reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved });
}

function deleteConcurrency({ concurrency }: LambdaWorld, arn: string): WireReply {
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
