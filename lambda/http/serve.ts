import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { BrokerError } from '../../core/broker-error.ts';
import { isTransient } from '../aws/transient.ts';
import { causeOf } from '../cause.ts';
import { problemReply } from './problem.ts';
import { type Request, toRequest } from './request.ts';

/** What a route answers; the body becomes JSON, or is sent as it is where that is said. */
export type Reply = {
  readonly status: number;
  readonly body: unknown;
  /** The body is text, of the type that `headers` say. */
  readonly asText?: true;
  readonly headers?: Readonly<Record<string, string>>;
};

/** One route: throws {@link BrokerError} to refuse. */
export type Route = (request: Request) => Promise<Reply>;

/**
 * Makes a Lambda handler from routes by `METHOD resource`, the two that API Gateway has already matched; `ANY` is every
 * method for which there is no route.
 */
export function serve(
  routes: Readonly<Record<string, Route>>,
  logger: Logger,
): (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult> {
  return async (event) => {
    const key = `${event.httpMethod} ${event.resource}`;
    try {
      const name = [key, `ANY ${event.resource}`].find((each) => Object.hasOwn(routes, each));
      const route = name === undefined ? undefined : routes[name];
      if (!route) throw new BrokerError('method_not_allowed', 'no such route here');
      return toResult(await route(toRequest(event)));
    } catch (thrown) {
      const error = answered(thrown);
      log(logger, error, key, event.requestContext.requestId);
      return toResult(problemReply(error));
    }
  };
}

/**
 * A fault that may pass, as a refusal; nothing that it shows depends on what failed. What a route answered for
 * itself stays as it is: it knows better what to do, and its cause may be such a fault.
 */
function answered(thrown: unknown): unknown {
  if (thrown instanceof BrokerError || !isTransient(thrown)) return thrown;
  const detail = 'something that the broker needs did not answer; nothing was granted: ask again';
  return new BrokerError('temporarily_unavailable', detail, { retryAfter: 1 }, thrown);
}

function toResult({ status, body, headers, asText }: Reply): APIGatewayProxyResult {
  return {
    statusCode: status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: asText ? String(body) : JSON.stringify(body),
  };
}

/** Refusals at info, faults at error. */
function log(logger: Logger, error: unknown, route: string, requestId: string): void {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = error instanceof BrokerError ? error.code : 'server_error';
  const fault = code === 'server_error' || code === 'temporarily_unavailable';
  logger[fault ? 'error' : 'info']('request refused', {
    route,
    request_id: requestId,
    code,
    ...(error instanceof BrokerError && error.evidence.fault && { fault: error.evidence.fault }),
    cause: causeOf(cause),
  });
}
