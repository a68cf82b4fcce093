import { heartbeatRequest } from '../../core/protocol/requests.ts';
import type { HeartbeatResponse, LeaseView } from '../../core/protocol/responses.ts';
import { type HeardLeases, heartbeat } from '../../core/use-cases/heartbeat.ts';
import {
  type JudgedLease,
  type ReadableLeases,
  readAnyLease,
  readOwnLease,
} from '../../core/use-cases/read-lease.ts';
import { releaseLease } from '../../core/use-cases/release-lease.ts';
import { type AttestedWorld, attested } from '../http/attested.ts';
import { isOf } from '../http/callers.ts';
import { leaseIdOf, parseBody, type Request } from '../http/request.ts';
import type { Route } from '../http/serve.ts';
import { leaseView, ownLeaseView } from '../http/views.ts';

/** Everything the routes reach. */
export type LifecycleWorld = Required<AttestedWorld> &
  Parameters<typeof releaseLease>[0] & {
    readonly leases: HeardLeases & ReadableLeases;
    readonly operators: ReadonlySet<string>;
    readonly approvers: ReadonlySet<string>;
  };

/** Seconds after its end for which an attestation result still serves to beat and to release. */
const resultGrace = 60;

/** An agent's dealings with its own leases, over any ports; operators and approvers may read every lease. */
export function lifecycleRoutes(world: LifecycleWorld): Readonly<Record<string, Route>> {
  const shown = (judged: JudgedLease) => ({ lease: ownLeaseView(judged, world.clock()) });
  return {
    'GET /v1/leases/{id}': async (request) => ({ status: 200, body: { lease: await read(request, world) } }),
    'POST /v1/leases/{id}/heartbeat': async (request) => {
      const { result } = await attested(request, world, resultGrace);
      parseBody(request, heartbeatRequest);
      const judged = await heartbeat(world, result, leaseIdOf(request));
      const { deadline, heartbeat: seconds } = judged.lease;
      const body: HeartbeatResponse = {
        ...shown(judged),
        remaining_seconds: deadline - world.clock(),
        ...(seconds !== undefined && { heartbeat_seconds: seconds }),
      };
      return { status: 200, body };
    },
    'DELETE /v1/leases/{id}': async (request) => {
      const { result } = await attested(request, world, resultGrace);
      return { status: 200, body: shown(await releaseLease(world, result, leaseIdOf(request))) };
    },
  };
}

/** Whoever brings an attestation result asks as an agent, whatever else they may be. */
async function read(request: Request, world: LifecycleWorld): Promise<LeaseView> {
  const asAgent = request.header('Mayfly-Attestation') !== undefined;
  const caller = request.caller();
  if (!asAgent && (isOf(caller, world.operators) || isOf(caller, world.approvers)))
    return leaseView(await readAnyLease(world, leaseIdOf(request), world.clock()), world.clock());
  const { result } = await attested(request, world);
  return ownLeaseView(await readOwnLease(world, result, leaseIdOf(request), world.clock()), world.clock());
}
