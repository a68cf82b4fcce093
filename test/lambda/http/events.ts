import type { APIGatewayProxyEvent } from 'aws-lambda';

/** What a test says of a request; the rest is as API Gateway sends it for an assumed role. */
export type EventParts = {
  readonly method?: string;
  readonly path?: string;
  readonly resource?: string;
  readonly body?: string | null;
  readonly base64?: boolean;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string[]>>;
  readonly headers?: Readonly<Record<string, string[]>>;
  readonly user?: string | null;
  readonly userArn?: string | null;
};

/** API Gateway's REST proxy event, with what handlers read of it. */
export function eventOf(parts: EventParts = {}): APIGatewayProxyEvent {
  const path = parts.path ?? '/v1/leases';
  return {
    httpMethod: parts.method ?? 'POST',
    path,
    resource: parts.resource ?? path,
    body: parts.body ?? null,
    isBase64Encoded: parts.base64 ?? false,
    multiValueHeaders: { ...parts.headers },
    ...(parts.query && { multiValueQueryStringParameters: { ...parts.query } }),
    pathParameters: parts.parameters ?? null,
    requestContext: {
      requestId: 'request-1',
      identity: {
        user: parts.user === undefined ? 'AROAAGENTONE12345:session-1' : parts.user,
        userArn:
          parts.userArn === undefined
            ? 'arn:aws:sts::111122223333:assumed-role/invoice-agent/session-1'
            : parts.userArn,
      },
    },
  } as unknown as APIGatewayProxyEvent;
}
