import { leaseListQuery, quarantineRequest, revocationRequest } from '../../core/protocol/requests.ts';
import type {
  LeaseListResponse,
  QuarantineResponse,
  RevocationResponse,
} from '../../core/protocol/responses.ts';
import { revokedScope, scopeKey } from '../../core/revocation.ts';
import { toIso } from '../../core/time.ts';
import { listLeases } from '../../core/use-cases/list-leases.ts';
import { quarantine } from '../../core/use-cases/quarantine.ts';
import { type RevokingWorld, revoke } from '../../core/use-cases/revoke.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { operatorOf } from '../http/operator.ts';
import { parseBody, parseQuery } from '../http/request.ts';
import type { Route } from '../http/serve.ts';
import { leaseView } from '../http/views.ts';

/** Everything the routes reach. */
export type OperationsWorld = RevokingWorld &
  Parameters<typeof listLeases>[0] & {
    readonly operators: ReadonlySet<string>;
    /** The agent types of this deployment. */
    readonly agentTypes: readonly string[];
    /** A name for a revocation that no other has: `R-…`. */
    readonly newRevocationId: () => string;
  };

/** What operators do, over any ports: see leases, end them, keep out. */
export function operationsRoutes(world: OperationsWorld): Readonly<Record<string, Route>> {
  return {
    'GET /v1/leases': async (request) => {
      operatorOf(request, world.operators);
      const { agent, agent_type = '', state, limit, cursor } = parseQuery(request, leaseListQuery);
      const by = agent === undefined ? { agent_type } : { agent };
      const page = await listLeases(world, { by, state }, Number(limit), decodeCursor(cursor));
      const now = world.clock();
      const body: LeaseListResponse = {
        leases: page.leases.map((judged) => leaseView(judged, now)),
        ...(page.next && { next: encodeCursor(page.next) }),
      };
      return { status: 200, body };
    },
    'POST /v1/revocations': async (request) => {
      const by = operatorOf(request, world.operators);
      const asked = parseBody(request, revocationRequest);
      const at = world.clock();
      const order = {
        id: world.newRevocationId(),
        scope: revokedScope(asked, world.agentTypes, at),
        at,
        by,
        reason: asked.reason,
      };
      const { leases, roles } = await revoke(world, order);
      const body: RevocationResponse = {
        revocation: {
          id: order.id,
          scope: scopeKey(order.scope),
          at: toIso(at),
          by,
          reason: order.reason,
          leases_ended: leases,
          grant_roles: [...roles],
        },
      };
      return { status: 202, body };
    },
    'POST /v1/quarantines': async (request) => {
      const by = operatorOf(request, world.operators);
      const asked = parseBody(request, quarantineRequest);
      const at = world.clock();
      const { scope, state } = await quarantine(world, asked, by, at);
      const body: QuarantineResponse = { quarantine: { scope, state, at: toIso(at), by } };
      return { status: 200, body };
    },
  };
}
