import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readRequest, type WireReply, type WireRequest } from './message.ts';

/** A listening server; `close` ends its connections too. */
export type Listening = { readonly url: string; close(): Promise<void> };

/** What answers a request; `drop` cuts the connection, as a network that failed would. */
export type Responder = (request: WireRequest) => Promise<WireReply | 'drop'>;

/** Serves on 127.0.0.1 only, on a free port or the one given. What the responder throws is a 500 without words. */
export async function listen(
  respond: Responder,
  report: (error: unknown) => void,
  port = 0,
): Promise<Listening> {
  const server = createServer(async (incoming, outgoing) => {
    try {
      const reply = await respond(await readRequest(incoming));
      if (reply === 'drop') outgoing.destroy();
      else write(outgoing, reply);
    } catch (error) {
      report(error);
      if (!outgoing.headersSent) write(outgoing, { status: 500 });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closed(server),
  };
}

function write(outgoing: ServerResponse, { status, headers, body }: WireReply): void {
  outgoing.writeHead(status, { ...headers });
  outgoing.end(body);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
