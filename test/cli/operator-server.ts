import type { output, ZodMiniType } from 'zod/mini';
import { leaseListQuery, quarantineRequest, revocationRequest } from '../../core/protocol/requests.ts';
import {
  leaseListResponse,
  problem,
  quarantineResponse,
  revocationResponse,
} from '../../core/protocol/responses.ts';
import type { WireReply, WireRequest } from '../../local/http/message.ts';
import { listen } from '../../local/http/serve.ts';
import { verifySigV4 } from '../../local/http/sigv4.ts';

/** Keys of an operator, and the region that requests must be signed for. */
export const operatorKeys = {
  accessKeyId: 'ASIAOPERATOROPERATOR',
  secretAccessKey: 'operator-secret',
  sessionToken: 'operator-token',
} as const;
export const region = 'eu-central-1';

/** What an answer holds: JSON of the route's shape, or of a problem; with `raw`, bytes that are no broker's. */
export type Reply = { readonly status?: number; readonly body: unknown; readonly raw?: boolean };

/** A request that arrived signed and in the protocol's shape. */
export type Received = { readonly route: string; readonly asked: Record<string, unknown> };

const shapes: Readonly<Record<string, { request: ZodMiniType; response: ZodMiniType }>> = {
  'GET /v1/leases': { request: leaseListQuery, response: leaseListResponse },
  'POST /v1/revocations': { request: revocationRequest, response: revocationResponse },
  'POST /v1/quarantines': { request: quarantineRequest, response: quarantineResponse },
};

/** A broker's operator routes on this machine, with SigV4 verified and both shapes checked; `answer` may be changed. */
export async function startOperatorServer() {
  const received: Received[] = [];
  const faults: unknown[] = [];
  const server = {
    answer: (_: Received): Reply => ({ status: 500, body: {}, raw: true }),
    received,
    /** What was wrong with requests or with what the test answers. */
    faults,
    url: '',
    close: () => listening.close(),
  };
  const listening = await listen(
    async (request) => {
      const { secretAccessKey, sessionToken } = operatorKeys;
      const find = (id: string) =>
        id === operatorKeys.accessKeyId ? { accessKeyId: id, secretAccessKey, sessionToken } : undefined;
      const { service } = await verifySigV4(request, { find }, [region], new Date());
      if (service !== 'execute-api') throw new Error(`signed for ${service}`);
      const route = `${request.method} ${request.rawPath.replace(/^\/live/, '')}`;
      const shape = shapes[route];
      if (!shape) throw new Error(`no route ${route}`);
      const asked = shape.request.parse(askedOf(request)) as Record<string, unknown>;
      received.push({ route, asked });
      return written(server.answer({ route, asked }), shape.response);
    },
    (error) => faults.push(error),
  );
  server.url = `${listening.url}/live`;
  return server;
}

function askedOf({ method, query, body }: WireRequest): unknown {
  if (method === 'POST') return JSON.parse(body.toString());
  return Object.fromEntries([...query].map(([name, values]) => [name, values[0]]));
}

function written({ status = 200, body, raw }: Reply, shape: ZodMiniType): WireReply {
  if (raw) return { status, body: String(body) };
  const checked: output<ZodMiniType> = (status < 300 ? shape : problem).parse(body);
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(checked) };
}
