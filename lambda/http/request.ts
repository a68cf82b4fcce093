import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { output, ZodMiniType } from 'zod/mini';
import { BrokerError } from '../../core/broker-error.ts';
import { type Caller, isLeaseId } from '../../core/identity.ts';
import { fieldFault } from './field-fault.ts';

/** Largest body, in bytes. */
const largestBody = 16_384;

/** A request as routes see it. */
export type Request = {
  readonly method: string;
  /** Path below `publicUrl`, as the agent wrote it. */
  readonly path: string;
  readonly parameter: (name: string) => string;
  /** The single value of a header; throws `invalid_request` when it came twice. */
  readonly header: (name: string) => string | undefined;
  readonly body: string;
  /** The single value of a query parameter; throws `invalid_request` when it came twice. */
  readonly query: (name: string) => string | undefined;
  /** Names of the query parameters. */
  readonly queryNames: readonly string[];
  /** Who signed the request; throws `unauthenticated` on a route without IAM authorization. */
  readonly caller: () => Caller;
};

/** Reads API Gateway's event; throws `request_too_large`. */
export function toRequest(event: APIGatewayProxyEvent): Request {
  const headers = headersOf(event);
  const body = event.isBase64Encoded
    ? Buffer.from(event.body ?? '', 'base64').toString()
    : (event.body ?? '');
  if (Buffer.byteLength(body) > largestBody)
    throw new BrokerError('request_too_large', `a body holds at most ${largestBody} bytes`);
  return {
    method: event.httpMethod,
    path: pathOf(event),
    body,
    parameter: (name) => event.pathParameters?.[name] ?? '',
    header: (name) => single(headers.get(name.toLowerCase()) ?? [], name, 'header'),
    query: (name) => single(event.multiValueQueryStringParameters?.[name] ?? [], name, 'parameter'),
    queryNames: Object.keys(event.multiValueQueryStringParameters ?? {}),
    caller: () => callerOf(event),
  };
}

/**
 * The path below whatever is in front of the API: a custom domain may have a base path, which is a part of `publicUrl`
 * and which API Gateway leaves in `path`. A route has as many segments as its resource, or, where that ends in a parameter
 * that takes all the rest (`{path+}`), so many more as that parameter has.
 */
function pathOf({ path, resource, pathParameters }: APIGatewayProxyEvent): string {
  const parts = resource.split('/').slice(1);
  const greedy = /^\{(\w+)\+\}$/.exec(parts.at(-1) ?? '')?.[1];
  const rest = greedy === undefined ? 1 : (pathParameters?.[greedy] ?? '').split('/').length;
  return ['', ...path.split('/').slice(1 - rest - parts.length)].join('/');
}

function single(values: readonly string[], name: string, kind: string): string | undefined {
  if (values.length > 1) throw fault([name], `the ${kind} ${name} came more than once`);
  return values[0];
}

/** Every value of every header, by lower-case name: `DPoP` and `dpop` are one header that came twice. */
function headersOf(event: APIGatewayProxyEvent): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), ...(values ?? [])]);
  }
  return headers;
}

/** Parses the body against a schema; throws `invalid_request` with the path of the first fault. */
export function parseBody<Schema extends ZodMiniType>(request: Request, schema: Schema): output<Schema> {
  return parseValue(parseJson(request.body), schema);
}

/** Parses the query parameters against a schema of strings; throws `invalid_request` as {@link parseBody} does. */
export function parseQuery<Schema extends ZodMiniType>(request: Request, schema: Schema): output<Schema> {
  return parseValue(
    Object.fromEntries(request.queryNames.map((name) => [name, request.query(name)])),
    schema,
  );
}

function parseValue<Schema extends ZodMiniType>(value: unknown, schema: Schema): output<Schema> {
  const parsed = schema.safeParse(value, { error: fieldFault });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    throw fault([...(issue?.path ?? []), ...unknown], issue?.message ?? 'not valid');
  }
  const dropped = prototypeField(value);
  if (dropped) throw fault(dropped, 'no field may have this name');
  return parsed.data;
}

/** Without the parser's own words: they quote the body, which may hold a secret, and causes are logged. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fault([], 'the body is not JSON');
  }
}

/**
 * Where a field called `__proto__` stands in a value that its schema let pass: zod leaves this one name out of
 * records without a word, and what was asked for and not granted must be heard of.
 */
function prototypeField(value: unknown, path: readonly PropertyKey[] = []): PropertyKey[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, '__proto__')) return [...path, '__proto__'];
  for (const [field, inside] of Object.entries(value)) {
    const found = prototypeField(inside, [...path, field]);
    if (found) return found;
  }
  return undefined;
}

function fault(path: readonly PropertyKey[], detail: string): BrokerError {
  return new BrokerError('invalid_request', detail, { path: pathText(path) });
}

/** The lease that the path names; throws `not_found` for what is no lease's id: a longer one would fail in DynamoDB. */
export function leaseIdOf(request: Request): string {
  const id = request.parameter('id');
  if (isLeaseId(id)) return id;
  throw new BrokerError('not_found', 'no such lease of yours');
}

function pathText(path: readonly PropertyKey[]): string {
  return (
    path
      .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
      .join('') || 'body'
  );
}

/**
 * The caller from what API Gateway's IAM authorization proved: `userArn` is an assumed-role ARN without the
 * role's path, `user` the role's unique id and session name (API Gateway developer guide, context variables).
 */
function callerOf(event: APIGatewayProxyEvent): Caller {
  const { userArn, user } = event.requestContext.identity;
  const role = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/[\w+=,.@-]{2,64}$/.exec(
    userArn ?? '',
  );
  const id = /^(AROA[A-Z0-9]{12,124}):[\w+=,.@-]{2,64}$/.exec(user ?? '');
  if (!role || !id)
    throw new BrokerError('unauthenticated', 'agents call with the credentials of an assumed IAM role');
  return { role: `arn:${role[1]}:iam::${role[2]}:role/${role[3]}`, roleId: id[1] ?? '', userId: id[0] };
}
