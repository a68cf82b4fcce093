import * as plain from 'node:http';
import * as tls from 'node:https';
import { type Resolve, resolver } from './addresses.ts';
import { type Connections, keptConnections, notKept } from './connections.ts';
import type { Answer, Outbound, Send } from './outbound.ts';
import { addressesOf } from './place.ts';

/** How requests are sent. */
export type SenderOptions = {
  readonly resolve?: Resolve;
  /** Whether connections serve again. */
  readonly kept?: boolean;
  /** The only status whose body is wanted: of any other none is read, and it is an error. */
  readonly only?: number;
  /** Milliseconds, by which connections are idle; this machine's when absent. */
  readonly clock?: () => number;
  /** Whether this is a function in Lambda, as its environment says when absent. */
  readonly inLambda?: boolean;
};

/** Headers that a connection sets by itself: set by anybody else they would end one message and begin another. */
const ownHeaders =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|keep-alive|te|trailer|upgrade|expect|proxy-.*)$/i;

/**
 * Sends requests to addresses of configuration: names are resolved first, and connections lead to exactly the addresses
 * that were checked; nothing is followed, no proxy of the environment is believed, no encoding is asked for, and no more
 * is read and no longer waited than was said.
 */
export function sender(options: SenderOptions = {}): Send {
  const { resolve = resolver(), inLambda = process.env['AWS_LAMBDA_RUNTIME_API'] !== undefined } = options;
  const connections = options.kept ? keptConnections(options.clock ?? Date.now) : notKept;
  return async (request) => {
    const stop = new AbortController();
    const { signal } = stop;
    const late = Promise.withResolvers<never>();
    const says = `it does not answer within ${request.patience} ms`;
    const timer = setTimeout(() => late.reject(new Error(says)), request.patience);
    try {
      const url = new URL(request.url);
      refuseOwnHeaders(request);
      const sent = async () => {
        const addresses = await addressesOf(url, request, { resolve, inLambda, signal });
        const response = await answerOf(request, { url, addresses }, connections, signal);
        return { response, body: await bodyOf(response, request, options.only) };
      };
      const { response, body } = await Promise.race([sent(), late.promise]);
      return { status: response.statusCode ?? 0, headers: headersOf(response), body };
    } catch (error) {
      // Whatever is still under way, a body that nobody wants any more among it.
      stop.abort();
      throw forLog(error);
    } finally {
      clearTimeout(timer);
    }
  };
}

function refuseOwnHeaders({ method, headers }: Outbound): void {
  if (!/^(GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(method))
    throw new Error('its method is not one of those that are sent');
  const own = Object.keys(headers).find((name) => ownHeaders.test(name));
  if (own) throw new Error(`the header ${own} is set by itself`);
}

function answerOf(
  { method, headers, body, ca }: Outbound,
  { url, addresses }: { readonly url: URL; readonly addresses: readonly string[] },
  connections: Connections,
  signal: AbortSignal,
): Promise<plain.IncomingMessage> {
  const { request } = url.protocol === 'https:' ? tls : plain;
  const hasLength = body !== undefined || !/^(GET|HEAD|DELETE)$/.test(method);
  const options: plain.RequestOptions = {
    method,
    agent: connections.to({ url, addresses, ca }),
    headers: {
      ...headers,
      'Accept-Encoding': 'identity',
      // Node says none of a body that comes with DELETE: what is sent would begin the next request.
      ...(hasLength && { 'Content-Length': Buffer.byteLength(body ?? '') }),
    },
    signal,
    // Said, as the environment could say otherwise (NODE_OPTIONS).
    insecureHTTPParser: false,
    maxHeaderSize: 16_384,
  };
  const once = (): Promise<plain.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const asked = request(url, options).on('response', resolve).end(body);
      // The other side hung up on a kept connection as it was used again: what only reads is asked once more.
      const mayRepeat = () => asked.reusedSocket && /^(GET|HEAD)$/.test(method) && !signal.aborted;
      asked.on('error', (error) => (mayRepeat() ? resolve(once()) : reject(error)));
    });
  return once();
}

async function bodyOf(
  response: plain.IncomingMessage,
  { method, largest }: Pick<Outbound, 'method' | 'largest'>,
  only: number | undefined,
): Promise<Buffer> {
  const { statusCode, headers } = response;
  if (only !== undefined && statusCode !== only) throw new Error(`it answers with status ${statusCode}`);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new Error('it answers in an encoding that it was not asked for');
  const tooLarge = new Error(`it is larger than ${largest} bytes`);
  if (method !== 'HEAD' && Number(headers['content-length'] ?? 0) > largest) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf({ headersDistinct }: plain.IncomingMessage): Answer['headers'] {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values]) => [name, values ?? []]));
}

/** Without what node hangs on its errors, as `rawPacket`, or writes into them, as the names of a certificate. */
function forLog(error: unknown): Error {
  const { message, code } = error as NodeJS.ErrnoException;
  const words = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'its certificate has other altnames' : message;
  return Object.assign(new Error(words), code !== undefined && { code });
}
