import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { WireRequest } from '../http/message.ts';
import type { Session } from '../iam/store.ts';
import type { Match } from './routes.ts';

/** Which API and stage an event comes from; `account` is the API owner's. */
export type EventSource = { readonly apiId: string; readonly stage: string; readonly account: string };

/** The event of a Lambda proxy integration (API Gateway developer guide, input format of a REST API). */
export function proxyEvent(
  { apiId, stage, account }: EventSource,
  request: WireRequest,
  { route, parameters }: Match,
  path: string,
  session: Session | undefined,
  requestId: string,
): APIGatewayProxyEvent {
  const query = [...request.query];
  const headers = [...request.headers];
  const last = (entries: readonly (readonly [string, readonly string[]])[]) =>
    Object.fromEntries(entries.map(([name, values]) => [name, values.at(-1) ?? '']));
  const all = (entries: readonly (readonly [string, readonly string[]])[]) =>
    Object.fromEntries(entries.map(([name, values]) => [name, [...values]]));
  return {
    resource: route.resource,
    path,
    httpMethod: request.method,
    headers: last(headers),
    multiValueHeaders: all(headers),
    queryStringParameters: query.length > 0 ? last(query) : null,
    multiValueQueryStringParameters: query.length > 0 ? all(query) : null,
    pathParameters: Object.keys(parameters).length > 0 ? { ...parameters } : null,
    stageVariables: null,
    body: request.body.length > 0 ? request.body.toString() : null,
    isBase64Encoded: false,
    requestContext: {
      accountId: account,
      apiId,
      authorizer: null,
      httpMethod: request.method,
      identity: identityOf(request, session),
      path: `/${stage}${path}`,
      protocol: 'HTTP/1.1',
      requestId,
      requestTimeEpoch: Date.now(),
      resourceId: route.resource,
      resourcePath: route.resource,
      stage,
    },
  };
}

/** What API Gateway proved of the caller; everything is null on a public route. */
function identityOf(
  request: WireRequest,
  session: Session | undefined,
): APIGatewayProxyEvent['requestContext']['identity'] {
  const user = session ? `${session.role.id}:${session.name}` : null;
  return {
    accessKey: session?.accessKeyId ?? null,
    accountId: session?.role.account ?? null,
    apiKey: null,
    apiKeyId: null,
    caller: user,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: '127.0.0.1',
    user,
    userAgent: request.headers.get('user-agent')?.[0] ?? null,
    userArn: session?.arn ?? null,
  };
}
