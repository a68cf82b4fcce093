import type { IncomingMessage, ServerResponse } from 'node:http';

/** What an endpoint does instead of its work, or to its answer. */
export type Misbehaviour =
  /** Cuts the connection. */
  | 'down'
  /** Takes the request and says nothing. */
  | 'hang'
  /** Answers a character at a time and never ends. */
  | 'drip'
  /** A megabyte around the answer. */
  | 'huge'
  /** The answer as a web page. */
  | 'content_type'
  /** Sends the client elsewhere. */
  | 'redirect'
  /** Tells the client all that it sent. */
  | 'echo'
  /** A status for so many requests, then as usual. */
  | { readonly status: number; readonly times: number; readonly headers?: Readonly<Record<string, string>> }
  /** Other members than those of the answer; the token is issued all the same. */
  | { readonly members: (members: Readonly<Record<string, unknown>>) => object }
  /** Another body altogether; the token is issued all the same. */
  | { readonly body: (members: Readonly<Record<string, unknown>>) => string | Buffer };

/** Milliseconds between two characters that drip. */
const dripEvery = 20;

/** Does what needs no answer; whether that was all. */
export function misbehaves(fault: Misbehaviour | undefined, response: ServerResponse): boolean {
  if (fault === 'down') response.socket?.destroy();
  else if (fault === 'drip') drip(response);
  else if (fault === 'redirect') response.writeHead(307, { Location: '/elsewhere' }).end();
  return fault === 'down' || fault === 'drip' || fault === 'redirect' || fault === 'hang';
}

/** The status that a fault of that kind has left, counting down by making the next one. */
export function nextOf(fault: Misbehaviour | undefined): Misbehaviour | undefined {
  if (typeof fault !== 'object' || !('times' in fault)) return fault;
  return fault.times > 1 ? { ...fault, times: fault.times - 1 } : undefined;
}

/** What an endpoint answers; a refusal of who asks names the scheme (RFC 6749 section 5.2, RFC 6750 section 3). */
export type Answered = {
  readonly status: number;
  readonly members: object;
  readonly scheme?: 'Basic' | 'Bearer';
};

/** Writes it, by its fault. */
export function answerWith(
  response: ServerResponse,
  { status, members, scheme }: Answered,
  fault: Misbehaviour | undefined,
): void {
  if (scheme) response.setHeader('WWW-Authenticate', `${scheme} realm="local"`);
  const type = fault === 'content_type' ? 'text/html; charset=utf-8' : 'application/json';
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(bodyOf(members as Readonly<Record<string, unknown>>, fault));
}

function bodyOf(members: Readonly<Record<string, unknown>>, fault: Misbehaviour | undefined) {
  if (fault === 'huge') return JSON.stringify({ padding: 'x'.repeat(1_048_576), ...members });
  if (typeof fault === 'object' && 'members' in fault) return JSON.stringify(fault.members(members));
  if (typeof fault === 'object' && 'body' in fault) return fault.body(members);
  return JSON.stringify(members);
}

/** Everything secret that a request holds, as a careless server would put it into an error's description. */
export function echoOf(request: IncomingMessage, form: URLSearchParams) {
  const { authorization = '' } = request.headers;
  const decoded = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString();
  return { error: 'invalid_request', error_description: `${authorization} ${decoded} ${form}` };
}

function drip(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).write('{');
  const timer = setInterval(() => response.write(' '), dripEvery);
  response.on('close', () => clearInterval(timer));
}
