import * as plain from 'node:http';
import * as tls from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';

/** Where a connection may lead: a host at exactly these addresses. */
export type Target = {
  readonly url: URL;
  readonly addresses: readonly string[];
  /** Certificates (PEM) trusted instead of the well-known ones. */
  readonly ca?: string | undefined;
};

/** Connections for requests. */
export type Connections = { to(target: Target): plain.Agent };

/** A connection of its own for each request. */
export const notKept: Connections = { to: (target) => agentOf(target, { keepAlive: false }) };

/** Milliseconds for which an idle connection is used again: less than the five seconds that servers keep them for. */
const idle = 4_000;

/** Hosts to which connections are kept at one time. */
const mostKept = 16;

/**
 * Connections that serve again. Each leads where it was checked that it may: of a host that leads elsewhere by now, or is
 * trusted by other certificates, there are others. `clock` is in milliseconds: timers stand still while a function is frozen.
 */
export function keptConnections(clock: () => number): Connections {
  const kept = new Map<string, { readonly agent: plain.Agent; used: number }>();
  const retire = (name: string) => {
    const agent = kept.get(name)?.agent;
    kept.delete(name);
    if (!agent) return;
    // Not `destroy`, which would end what is under way as well.
    agent.maxFreeSockets = 0;
    for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
  };
  return {
    to(target) {
      const name = nameOf(target);
      if (clock() - (kept.get(name)?.used ?? 0) > idle) retire(name);
      const { agent } = kept.get(name) ?? { agent: agentOf(target, { keepAlive: true, timeout: idle }) };
      // Last in the map is what was used last.
      kept.delete(name);
      kept.set(name, { agent, used: clock() });
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) retire(oldest);
      return agent;
    },
  };
}

function nameOf({ url, addresses, ca }: Target): string {
  return JSON.stringify([url.origin, addresses.toSorted(), ca]);
}

/** An agent of its own: the global one believes the environment's proxies and leads wherever a name does by now. */
function agentOf({ url, addresses, ca }: Target, options: plain.AgentOptions): plain.Agent {
  const lookup = leadingTo(addresses);
  if (url.protocol === 'http:') return clean(new plain.Agent({ ...options, lookup }));
  // Said, as the environment could say otherwise (NODE_TLS_REJECT_UNAUTHORIZED).
  return clean(new tls.Agent({ ...options, lookup, rejectUnauthorized: true, ...(ca && { ca }) }));
}

/**
 * Whatever comes on an idle connection would be taken for the answer to the next request, which may be somebody else's:
 * it ends the connection.
 */
function clean<Of extends plain.Agent>(agent: Of): Of {
  const keep = agent.keepSocketAlive.bind(agent);
  const reuse = agent.reuseSocket.bind(agent);
  const unasked = function (this: Duplex) {
    this.destroy();
  };
  // It answers whether the socket may be kept, which its type does not say.
  agent.keepSocketAlive = (socket) => {
    socket.on('data', unasked);
    return keep(socket);
  };
  agent.reuseSocket = (socket, request) => {
    socket.off('data', unasked);
    reuse(socket, request);
  };
  return agent;
}

function leadingTo(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_, options, answer) => {
    if (options.all) answer(null, all);
    else answer(null, all[0]?.address ?? '', all[0]?.family);
  };
}
