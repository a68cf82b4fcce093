import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Loopback, loopback, sendJson } from '../people/loopback.ts';

/** A request exactly as it came. */
export type ChatRequest = {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** Names and values in turn, in the order and case they came in. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
};

/** How the service behaves instead of well: by name, or in these words. */
export type ChatFailure =
  | keyof typeof failures
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly says?: string | Buffer;
    };

/** A message as it was posted. */
export type ChatMessage = { readonly channel: string; readonly text: string; readonly ts: string };

/** A chat service on a loopback server, whose only callers are those with its token. */
export type ChatApi = Loopback & {
  readonly messages: ChatMessage[];
  /** All that it was sent, refused or not. */
  readonly heard: ChatRequest[];
  /** Takes another token, and the old one no more. */
  rotate(token: string): void;
  /** Behaves badly from now on; well again without an argument. */
  fail(failure?: ChatFailure): void;
};

/** Starts a chat service that knows one token, whose API is that of Slack as far as it goes. */
export async function startChatApi(first: string): Promise<ChatApi> {
  let token = first;
  let failure: ChatFailure | undefined;
  const heard: ChatRequest[] = [];
  const messages: ChatMessage[] = [];
  const server = await loopback((request, response) => {
    void wholeOf(request).then((whole) => {
      heard.push(whole);
      if (typeof failure === 'string') failures[failure](response, whole);
      else if (failure) says(failure, response);
      else if (request.headers.authorization !== `Bearer ${token}`)
        sendJson(response, { ok: false, error: 'invalid_auth' }, 401);
      else answer(whole, messages, response);
    });
  });
  return {
    ...server,
    messages,
    heard,
    rotate: (next) => {
      token = next;
    },
    fail: (next) => {
      failure = next;
    },
  };
}

async function wholeOf(request: IncomingMessage): Promise<ChatRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url = '', rawHeaders } = request;
  return { method, target: url, rawHeaders, body: Buffer.concat(chunks).toString() };
}

function answer({ method, target, body }: ChatRequest, messages: ChatMessage[], response: ServerResponse) {
  const { pathname, searchParams } = new URL(target, 'http://chat.invalid');
  const route = `${method} ${pathname}`;
  if (route === 'POST /api/chat.postMessage') post(body, messages, response);
  else if (route === 'GET /api/conversations.history') {
    const channel = searchParams.get('channel');
    sendJson(response, { ok: true, messages: messages.filter((each) => each.channel === channel) });
  } else sendJson(response, { ok: false, error: 'unknown_method' }, 404);
}

function post(body: string, messages: ChatMessage[], response: ServerResponse): void {
  const { channel, text } = membersOf(body);
  if (typeof channel === 'string' && typeof text === 'string' && text !== '') {
    const message = { channel, text, ts: `${messages.length + 1}.000100` };
    messages.push(message);
    sendJson(response, { ok: true, channel, ts: message.ts });
  } else sendJson(response, { ok: false, error: 'invalid_arguments' }, 400);
}

function membersOf(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const json = { 'Content-Type': 'application/json' };

const failures = {
  hang: () => {},
  hang_up: (response: ServerResponse) => void response.destroy(),
  /** A byte now and then, and no end. */
  drip: (response: ServerResponse) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.writeHead(200, json).on('close', () => clearInterval(timer));
  },
  huge: (response: ServerResponse) => void response.writeHead(200, json).end(`"${'x'.repeat(2_000_000)}"`),
  /** All that it was sent, the token among it. */
  echo: (response: ServerResponse, request: ChatRequest) => sendJson(response, request),
  page: (response: ServerResponse) =>
    void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Sign in</html>'),
  garbage: (response: ServerResponse) =>
    void response.socket?.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
  cookie: (response: ServerResponse) =>
    void response
      .writeHead(200, { ...json, 'Set-Cookie': ['session=1', 'other=2'], Server: 'chat' })
      .end('{"ok":true}'),
} as const;

function says(
  { status = 200, headers, says: text = '{"ok":false}' }: ChatFailure & object,
  response: ServerResponse,
): void {
  response.writeHead(status, { ...json, ...headers }).end(text);
}
