import { randomUUID } from 'node:crypto';
import { jsonErrorNames } from '../aws/json-protocol.ts';
import { AwsFault } from '../fault.ts';
import type { FunctionHost, Outcome } from '../functions/host.ts';
import { mayInvoke } from '../functions/permission.ts';
import type { WireReply, WireRequest } from '../http/message.ts';
import type { Responder } from '../http/serve.ts';
import { verifySigV4 } from '../http/sigv4.ts';
import type { Authorizer } from '../iam/authorize.ts';
import type { IamStore, Session } from '../iam/store.ts';
import type { ApiDefinition, InvokePermission, RouteDefinition } from '../template/model.ts';
import { proxyEvent } from './proxy-event.ts';
import { decodedPath, matchRoute, pathBelowStage } from './routes.ts';

/** One deployed REST API. */
export type GatewayWorld = {
  readonly api: ApiDefinition;
  readonly stage: string;
  readonly account: string;
  readonly region: string;
  readonly routes: readonly RouteDefinition[];
  readonly permissions: readonly InvokePermission[];
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly iam: IamStore;
  readonly authorizer: Authorizer;
  readonly report: (line: string) => void;
};

/** API Gateway: finds the route, verifies SigV4, evaluates identity and resource policy, invokes the function. */
export function createGateway(world: GatewayWorld): Responder {
  return async (request) => {
    const requestId = randomUUID();
    try {
      const path = pathBelowStage(request.rawPath, world.stage);
      const match = matchRoute(world.routes, request.method, path);
      const session = await authorize(world, request, match.route, path);
      const host = invokable(world, match.route, request.method, path);
      if (!host)
        return internalError(world, `no permission lets API Gateway invoke ${match.route.functionArn}`);
      const event = proxyEvent({ ...world, apiId: world.api.id }, request, match, path, session, requestId);
      return toReply(world, await host.invoke(event));
    } catch (error) {
      if (!(error instanceof AwsFault)) throw error;
      return refuse(error, requestId);
    }
  };
}

/**
 * Identity and resource policy decide together; a public route is decided by the resource policy alone. The resource is
 * the method and path of the request (API Gateway developer guide, control access with IAM policies). Whether a path is
 * taken with its percent-encoding is not said there: where that matters, both ways must be allowed.
 */
async function authorize(
  { api, stage, account, region, iam, authorizer }: GatewayWorld,
  request: WireRequest,
  { authorization }: RouteDefinition,
  path: string,
): Promise<Session | undefined> {
  const attempts = [...new Set([path, decodedPath(path) ?? path])].map((each) => ({
    action: 'execute-api:Invoke',
    resource: `arn:aws:execute-api:${region}:${account}:${api.id}/${stage}/${request.method}${each}`,
    resourcePolicy: api.policy,
  }));
  if (authorization === 'NONE') {
    if (api.policy) for (const attempt of attempts) await authorizer.demand(undefined, attempt);
    return undefined;
  }
  const { key: session, service } = await verifySigV4(request, iam, [region], new Date());
  if (service !== 'execute-api')
    throw new AwsFault('wrong_signature', 'Credential should be scoped to execute-api', 403);
  for (const attempt of attempts) await authorizer.demand(session, attempt);
  return session;
}

/** The function, if its resource policy lets this API invoke it for this route. */
function invokable(
  world: GatewayWorld,
  route: RouteDefinition,
  method: string,
  path: string,
): FunctionHost | undefined {
  const { account, region, api, stage, permissions, functions } = world;
  const source = `arn:aws:execute-api:${region}:${account}:${api.id}/${stage}/${method}${path}`;
  const permitted = mayInvoke(permissions, route.functionArn, 'apigateway.amazonaws.com', source);
  return permitted ? functions.get(route.functionArn) : undefined;
}

/**
 * What the client is told. An invocation that Lambda did not take is 500, one that went wrong 502 (Lambda developer
 * guide, handling errors with an API Gateway API).
 */
function toReply(world: GatewayWorld, outcome: Outcome | 'throttled'): WireReply {
  if (outcome === 'throttled') return internalError(world, 'TooManyRequestsException: Rate Exceeded.');
  if ('error' in outcome) return internalError(world, `${outcome.error.name}: ${outcome.error.message}`, 502);
  const { statusCode, headers, body, multiValueHeaders } = (outcome.result ?? {}) as {
    statusCode?: unknown;
    headers?: Record<string, string>;
    body?: string;
    multiValueHeaders?: unknown;
  };
  if (multiValueHeaders !== undefined)
    return internalError(world, 'multiValueHeaders of an answer are not emulated', 502);
  if (typeof statusCode !== 'number')
    return internalError(world, 'the function answered no proxy response', 502);
  return { status: statusCode, headers: { ...headers }, body: body ?? '' };
}

function internalError(world: GatewayWorld, reason: string, status = 500): WireReply {
  world.report(`gateway: ${reason}`);
  return { status, headers: json, body: JSON.stringify({ message: 'Internal server error' }) };
}

const json = { 'Content-Type': 'application/json' };

function refuse({ code, message }: AwsFault, requestId: string): WireReply {
  const headers = {
    ...json,
    'x-amzn-ErrorType': jsonErrorNames[code] ?? code,
    'x-amzn-RequestId': requestId,
  };
  const body = code === 'AccessDenied' ? { Message: message } : { message };
  return { status: 403, headers, body: JSON.stringify(body) };
}
