import { randomUUID } from 'node:crypto';
import { AwsFault } from '../fault.ts';
import type { WireReply, WireRequest } from '../http/message.ts';
import { xmlText } from './service.ts';

const xml = { 'Content-Type': 'text/xml' };

/** Names of refusals in AWS's query protocol (common errors of the STS and IAM API references). */
const wireNames: Readonly<Record<string, string>> = {
  missing_token: 'MissingAuthenticationToken',
  incomplete_signature: 'IncompleteSignature',
  unknown_key: 'InvalidClientTokenId',
  expired_token: 'ExpiredToken',
  wrong_signature: 'SignatureDoesNotMatch',
  stale_signature: 'SignatureDoesNotMatch',
};

/** The answer of an operation in the query protocol; `result` is XML, undefined where an operation answers nothing. */
export function answerQuery(namespace: string, operation: string, result: string | undefined): WireReply {
  const inner = result === undefined ? '' : `<${operation}Result>${result}</${operation}Result>`;
  const metadata = `<ResponseMetadata>${element('RequestId', randomUUID())}</ResponseMetadata>`;
  const body = `<${operation}Response xmlns="${namespace}">${inner}${metadata}</${operation}Response>`;
  return { status: 200, headers: xml, body };
}

/** The same to who accepts JSON: names as in XML, one in another. */
export function answerQueryAsJson(operation: string, result: Readonly<Record<string, string>>): WireReply {
  const metadata = { RequestId: randomUUID() };
  const response = { [`${operation}Result`]: result, ResponseMetadata: metadata };
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ [`${operation}Response`]: response }),
  };
}

/** The parameters of a call: in the query of a GET, else in the body. */
export function formOf({ method, query, body }: WireRequest): URLSearchParams {
  if (method !== 'GET') return new URLSearchParams(body.toString());
  return new URLSearchParams(
    [...query].flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
  );
}

/** A refusal in the query protocol. */
export function refuseQuery(
  namespace: string,
  { code, message, status }: AwsFault,
  requestId: string,
): WireReply {
  return {
    status: code in wireNames ? 403 : status,
    headers: xml,
    body: `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type>${element('Code', wireNames[code] ?? code)}${element('Message', message)}</Error>${element('RequestId', requestId)}</ErrorResponse>`,
  };
}

/** An XML element with text. */
export function element(name: string, value: string): string {
  return `<${name}>${xmlText(value)}</${name}>`;
}

/** A field of a request; an empty one counts as absent. */
export function text(form: URLSearchParams, name: string): string | undefined {
  return form.get(name) || undefined;
}

/** Prefixes of the members of a list in the query protocol: `Tags.member.1`, `Tags.member.2` … */
export function members(form: URLSearchParams, name: string): string[] {
  const numbers = [...form.keys()].flatMap((key) => {
    const found = new RegExp(`^${name}\\.member\\.(\\d+)(\\.|$)`).exec(key);
    return found ? [Number(found[1])] : [];
  });
  return [...new Set(numbers)].sort((a, b) => a - b).map((number) => `${name}.member.${number}`);
}

/** A whole number from `minimum` to `maximum`, undefined when absent. */
export function checkedNumber(
  field: string,
  value: string | undefined,
  { minimum, maximum }: { minimum: number; maximum: number },
): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d{1,9}$/.test(value) || number < minimum || number > maximum)
    throw invalid(`${field} must be from ${minimum} to ${maximum}, not ${value}`);
  return number;
}

/** The error of a parameter outside its limits. */
export function invalid(detail: string): AwsFault {
  return new AwsFault('ValidationError', `1 validation error detected: ${detail}`);
}
