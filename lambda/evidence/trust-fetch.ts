import * as plain from 'node:http';
import * as tls from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { jsonObject, type Members } from './compact-jwt.ts';
import { addressFault, type Resolve, resolver } from './trust-addresses.ts';

/** How a source of trust is asked. */
export type TrustFetchOptions = {
  /** Milliseconds for all of it: names, connection, headers and body. */
  readonly patience?: number;
  /** Bytes of the body. */
  readonly largest?: number;
  /** Whether the source may be at a private address: so its configuration says, never a token. */
  readonly privateNetwork?: boolean;
  /** Certificates (PEM) trusted instead of the well-known ones. */
  readonly ca?: string;
  readonly resolve?: Resolve;
};

/** Milliseconds until a source is given up. */
export const patience = 2_000;

/** Bytes of a key set or a bundle. */
export const largest = 65_536;

/** Hosts of this machine that may be asked without encryption; no name server is asked where they are. */
const ownHosts: Readonly<Record<string, readonly string[]>> = {
  '127.0.0.1': ['127.0.0.1'],
  '[::1]': ['::1'],
  localhost: ['127.0.0.1', '::1'],
};

/**
 * The JSON object at an address from configuration, by one GET that follows nothing, believes no proxy and reads no more
 * than it must. Throws an Error whose message is for a log; it never waits longer than `patience`, whatever the source does.
 */
export async function trustFetch(url: string, options: TrustFetchOptions = {}): Promise<Members> {
  const within = options.patience ?? patience;
  const stop = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it does not answer within ${within} ms`)), within);
  try {
    return await Promise.race([fetched(new URL(url), options, within, stop.signal), late.promise]);
  } finally {
    clearTimeout(timer);
    // Whatever is still under way, a body that nobody wants any more among it.
    stop.abort();
  }
}

async function fetched(target: URL, options: TrustFetchOptions, within: number, signal: AbortSignal) {
  const addresses = await addressesOf(target, options, within, signal);
  const response = await answerOf(target, addresses, options.ca, signal);
  const object = jsonObject(await bodyOf(response, options.largest ?? largest));
  if (!object) throw new Error('it answers no JSON object, or one that names a member twice');
  return object;
}

/** All addresses of the host, of which none may be where no source of trust is. */
async function addressesOf(
  { protocol, hostname, username, password }: URL,
  { privateNetwork = false, resolve = resolver() }: TrustFetchOptions,
  within: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (username || password) throw new Error('its address holds a password');
  const own = Object.hasOwn(ownHosts, hostname) ? ownHosts[hostname] : undefined;
  if (protocol === 'http:' && own) return own;
  if (protocol !== 'https:') throw new Error('its address is not encrypted');
  const literal = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(literal) ? [literal] : (own ?? (await resolve(hostname, within, signal)));
  const fault = addresses.map((each) => addressFault(each, privateNetwork)).find((each) => each);
  if (fault) throw new Error(fault);
  if (addresses.length === 0) throw new Error('it leads to no address');
  return addresses;
}

/** Asks at exactly these addresses: a name that leads elsewhere by now leads nobody astray. */
function answerOf(target: URL, addresses: readonly string[], ca: string | undefined, signal: AbortSignal) {
  const { request, Agent } = target.protocol === 'https:' ? tls : plain;
  const options: tls.RequestOptions = {
    // An agent of its own: the global one believes the environment's proxies and keeps connections.
    agent: new Agent({ keepAlive: false }),
    lookup: leadingTo(addresses),
    headers: { Accept: 'application/json', 'Accept-Encoding': 'identity' },
    signal,
    // Said, as the environment could say otherwise (NODE_TLS_REJECT_UNAUTHORIZED).
    rejectUnauthorized: true,
    ...(ca && { ca }),
  };
  return new Promise<plain.IncomingMessage>((resolve, reject) => {
    request(target, options).on('response', resolve).on('error', reject).end();
  });
}

function leadingTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_, options, answer) => {
    if (options.all) answer(null, all);
    else answer(null, all[0]?.address ?? '', all[0]?.family);
  };
}

async function bodyOf(response: plain.IncomingMessage, most: number): Promise<Buffer> {
  const { statusCode, headers } = response;
  if (statusCode !== 200) throw new Error(`it answers with status ${statusCode}`);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new Error('it answers in an encoding that it was not asked for');
  const tooLarge = new Error(`it is larger than ${most} bytes`);
  if (Number(headers['content-length'] ?? 0) > most) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
