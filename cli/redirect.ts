import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where the browser comes back to: an address on this machine, for one visit. */
export type Redirect = {
  /** The address to register with the authorization request. */
  readonly url: string;
  /** The visit that carries the state; undefined when nobody came in time. */
  visit(patienceSeconds: number): Promise<Visit | undefined>;
  close(): void;
};

/** The browser is back, and waits for a word to show. */
export type Visit = { readonly url: URL; show(words: string): void };

/**
 * Listens on a free port of 127.0.0.1 (RFC 8252 section 7.3) for a browser that brings this `state` back. Any page can
 * send a browser here, so a request without it changes nothing: nobody else can end the waiting.
 */
export async function awaitRedirect(state: string): Promise<Redirect> {
  let arrive: (visit: Visit) => void = () => {};
  const arrived = new Promise<Visit>((resolve) => {
    arrive = resolve;
  });
  const server = createServer((request, response) => {
    const { url = '/', method } = request;
    const asked = URL.canParse(url, origin()) ? new URL(url, origin()) : undefined;
    const isOurs = method === 'GET' && asked?.pathname === '/callback';
    if (isOurs && asked.searchParams.get('state') === state)
      arrive({ url: asked, show: (words) => show(response, 200, words) });
    else show(response, 404, 'There is nothing here.');
  });
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `${origin()}/callback`,
    visit: (patienceSeconds) => within(patienceSeconds, arrived),
    close: () => void server.close(),
  };
}

async function within<Result>(seconds: number, result: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1_000);
  });
  return Promise.race([result, late]).finally(() => clearTimeout(timer));
}

/** Plain text: nothing that came with the address can become a page. */
function show(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    Connection: 'close',
  });
  response.end(`${words}\n`);
}
