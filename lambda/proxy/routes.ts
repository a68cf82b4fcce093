import { BrokerError } from '../../core/broker-error.ts';
import type { ShownAnswer } from '../../core/proxy/answer.ts';
import type { AskedCall } from '../../core/proxy/asked-call.ts';
import { headersOfAgents } from '../../core/proxy/headers.ts';
import { type ProxyWorld, proxyCall } from '../../core/use-cases/proxy-call.ts';
import { type AttestedWorld, attested } from '../http/attested.ts';
import { leaseIdOf, type Request } from '../http/request.ts';
import type { Reply, Route } from '../http/serve.ts';

/** Everything the route reaches. */
export type ProxyRoutesWorld = Required<AttestedWorld> & ProxyWorld;

/** Calls that the broker makes for agents, over any ports. */
export function proxyRoutes(world: ProxyRoutesWorld): Readonly<Record<string, Route>> {
  return {
    'ANY /v1/leases/{id}/proxy/{capability}/{path+}': async (request) => {
      const { result } = await attested(request, world);
      const [id, capability] = [leaseIdOf(request), request.parameter('capability')];
      const who = { attested: result, caller: request.caller() };
      return shown(await proxyCall(world, who, id, capability, askedCall(request)));
    },
  };
}

function shown({ status, headers, body }: ShownAnswer): Reply {
  // An answer without a body says no type of it, and must not be taken for one of ours.
  const { 'content-type': type = 'text/plain', ...others } = headers;
  return { status, body, asText: true, headers: { 'Content-Type': type, ...others, ...ours } };
}

/** Last, so that no other side says them. */
const ours = {
  'Mayfly-Proxied': 'true',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox",
};

function askedCall(request: Request): AskedCall {
  const headers = headersOfAgents.flatMap((name) => {
    const value = request.header(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    method: request.method,
    path: pathBelow(request),
    query: request.queryNames.map((name) => [name, request.query(name) ?? ''] as const),
    headers: Object.fromEntries(headers),
    body: request.body,
  };
}

/** The path of the call; throws `invalid_request` where API Gateway took what was sent, and proven, for another. */
function pathBelow(request: Request): string {
  const [id, capability] = [request.parameter('id'), request.parameter('capability')];
  const path = `/${request.parameter('path')}`;
  if (request.path === `/v1/leases/${id}/proxy/${capability}${path}`) return path;
  throw new BrokerError('invalid_request', 'nothing in the path of a call is encoded');
}
