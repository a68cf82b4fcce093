import { authFault } from '../fault.ts';
import { header, type WireRequest } from './message.ts';

/** What a signed request says about its signature, not yet verified. */
export type Authorization = {
  readonly accessKeyId: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string | undefined;
  readonly sessionToken: string | undefined;
  /** Seconds that a presigned request asks to be good for; undefined where the signature stands in a header. */
  readonly expires: number | undefined;
};

const scope = /^([\w]{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/;

/** Parameters that make a request presigned (IAM user guide, SigV4: authentication information in the query string). */
const algorithmParameter = 'X-Amz-Algorithm';

/** Whether the signature stands in the query. */
export function isPresigned(request: WireRequest): boolean {
  return request.query.has(algorithmParameter) && !request.headers.has('authorization');
}

/** The service that a signature's scope names; undefined for none. */
export function serviceNamed(request: WireRequest): string | undefined {
  const text = isPresigned(request)
    ? parameter(request, 'X-Amz-Credential')
    : header(request, 'authorization');
  return /\/([a-z0-9-]+)\/aws4_request/.exec(text ?? '')?.[1];
}

/** Reads the signature of a request from its header or its query; throws an auth fault for none, or half of one. */
export function authorizationOf(request: WireRequest): Authorization {
  return isPresigned(request) ? fromQuery(request) : fromHeader(request);
}

function fromHeader(request: WireRequest): Authorization {
  const text = header(request, 'authorization');
  if (!text) throw authFault('missing_token');
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([\w/-]+), ?SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{64})$/.exec(
      text,
    );
  const [, credential = '', signedHeaders = '', signature = ''] = parts ?? [];
  return {
    ...scopeOf(credential),
    signedHeaders: signedHeaders.split(';'),
    signature,
    date: header(request, 'x-amz-date'),
    sessionToken: header(request, 'x-amz-security-token'),
    expires: undefined,
  };
}

/** The week is SigV4's own limit for a presigned request. */
function fromQuery(request: WireRequest): Authorization {
  const one = (name: string, pattern: RegExp) => {
    const value = parameter(request, name);
    if (value === undefined || !pattern.test(value)) throw authFault('incomplete_signature', `See ${name}.`);
    return value;
  };
  one(algorithmParameter, /^AWS4-HMAC-SHA256$/);
  const expires = Number(one('X-Amz-Expires', /^\d{1,6}$/));
  if (expires > 604_800) throw authFault('incomplete_signature', 'X-Amz-Expires must be at most a week.');
  return {
    ...scopeOf(one('X-Amz-Credential', scope)),
    signedHeaders: one('X-Amz-SignedHeaders', /^[a-z0-9;_-]+$/).split(';'),
    signature: one('X-Amz-Signature', /^[0-9a-f]{64}$/),
    date: one('X-Amz-Date', /^/),
    sessionToken: parameter(request, 'X-Amz-Security-Token'),
    expires,
  };
}

function scopeOf(credential: string) {
  const parts = scope.exec(credential);
  if (!parts) throw authFault('incomplete_signature');
  const [, accessKeyId = '', day = '', region = '', service = ''] = parts;
  return { accessKeyId, day, region, service };
}

/** The single value of a query parameter, undefined when it is absent or came more than once. */
function parameter(request: WireRequest, name: string): string | undefined {
  const values = request.query.get(name) ?? [];
  return values.length === 1 ? values[0] : undefined;
}
