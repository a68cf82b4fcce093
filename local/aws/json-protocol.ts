import { AwsFault } from '../fault.ts';
import { header, type WireReply, type WireRequest } from '../http/message.ts';

/** The operation and body of a call in an AWS JSON protocol; throws for what is not one. */
export function parseJsonCall(request: WireRequest, prefix: string): { operation: string; body: JsonBody } {
  const [target, operation] = (header(request, 'x-amz-target') ?? '').split('.');
  if (target !== prefix || !operation) throw new AwsFault('UnknownOperationException', '');
  try {
    const body: unknown = JSON.parse(request.body.toString());
    if (typeof body === 'object' && body !== null) return { operation, body: body as JsonBody };
  } catch {
    // Answered below like any other body that is no JSON object.
  }
  throw new AwsFault('SerializationException', 'The body is not a JSON object.');
}

/** A parsed body whose fields are yet to be checked. */
export type JsonBody = Readonly<Record<string, unknown>>;

/** A string field, or the empty string. */
export function stringField(body: JsonBody, name: string): string {
  const value = body[name];
  return typeof value === 'string' ? value : '';
}

/** An object field, or an empty object. */
export function objectField(body: JsonBody, name: string): JsonBody {
  const value = body[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonBody) : {};
}

/** Names of refusals in AWS's JSON protocols, which API Gateway uses too. */
export const jsonErrorNames: Readonly<Record<string, string>> = {
  missing_token: 'MissingAuthenticationTokenException',
  incomplete_signature: 'IncompleteSignatureException',
  unknown_key: 'UnrecognizedClientException',
  expired_token: 'ExpiredTokenException',
  wrong_signature: 'InvalidSignatureException',
  stale_signature: 'InvalidSignatureException',
  AccessDenied: 'AccessDeniedException',
};

/** A refusal in an AWS JSON protocol: 400 for nearly everything, the name in `__type`. */
export function refuseJson(fault: AwsFault, version: '1.0' | '1.1', requestId: string): WireReply {
  const type = jsonErrorNames[fault.code] ?? fault.code;
  return {
    status: fault.status >= 500 ? fault.status : 400,
    headers: { 'Content-Type': `application/x-amz-json-${version}`, 'x-amzn-RequestId': requestId },
    body: JSON.stringify({ __type: type, message: fault.message }),
  };
}
