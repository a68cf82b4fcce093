import {
  approvalListQuery,
  leaseListQuery,
  quarantineRequest,
  revocationRequest,
  voteRequest,
} from '../../core/protocol/requests.ts';
import type {
  ApprovalListResponse,
  LeaseListResponse,
  LeaseResponse,
  QuarantineResponse,
  RevocationResponse,
} from '../../core/protocol/responses.ts';
import { revokedScope, scopeKey } from '../../core/revocation.ts';
import { toIso } from '../../core/time.ts';
import { listApprovals } from '../../core/use-cases/list-approvals.ts';
import { listLeases, type Place } from '../../core/use-cases/list-leases.ts';
import { quarantine } from '../../core/use-cases/quarantine.ts';
import { type RevokingWorld, revoke } from '../../core/use-cases/revoke.ts';
import { roleSession, type VotingWorld, vote } from '../../core/use-cases/vote.ts';
import type { IdTokenVerifier } from '../evidence/id-token.ts';
import { callerOf } from '../http/callers.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { leaseIdOf, parseBody, parseQuery } from '../http/request.ts';
import type { Route } from '../http/serve.ts';
import { leaseView } from '../http/views.ts';
import { audited, type VoteEvent } from './audited.ts';

/** Everything the routes reach. */
export type OperationsWorld = RevokingWorld &
  VotingWorld &
  Parameters<typeof listApprovals>[0] &
  Parameters<typeof listLeases>[0] & {
    readonly operators: ReadonlySet<string>;
    readonly approvers: ReadonlySet<string>;
    /** Verifies the token of a person. */
    readonly identify: IdTokenVerifier;
    /** Where people may sign in to prove who they are. */
    readonly signIn: ApprovalListResponse['sign_in'];
    /** Told of everything that anybody tried to say about a lease, whatever came of it. */
    readonly audit: (event: VoteEvent) => void;
    /** The agent types of this deployment. */
    readonly agentTypes: readonly string[];
    /** A name for a revocation that no other has: `R-…`. */
    readonly newRevocationId: () => string;
  };

/** What operators and approvers do, over any ports: see leases, end them, keep out, decide. */
export function operationsRoutes(world: OperationsWorld): Readonly<Record<string, Route>> {
  return {
    'GET /v1/leases': async (request) => {
      callerOf(request, world.operators, 'operator');
      const { agent, agent_type = '', state, limit, cursor } = parseQuery(request, leaseListQuery);
      const by = agent === undefined ? { agent_type } : { agent };
      const page = await listLeases(world, { by, state }, Number(limit), placeIn(cursor));
      const now = world.clock();
      const body: LeaseListResponse = {
        leases: page.leases.map((judged) => leaseView(judged, now)),
        ...(page.next && { next: encodeCursor({ id: page.next.id, at: page.next.issued_at }) }),
      };
      return { status: 200, body };
    },
    'GET /v1/approvals': async (request) => {
      callerOf(request, world.approvers, 'approver');
      const { limit, cursor } = parseQuery(request, approvalListQuery);
      const from = decodeCursor(cursor);
      const page = await listApprovals(world, Number(limit), from && { id: from.id, approve_by: from.at });
      const now = world.clock();
      const body: ApprovalListResponse = {
        leases: page.leases.map((judged) => leaseView(judged, now)),
        sign_in: [...world.signIn],
        ...(page.next && { next: encodeCursor({ id: page.next.id, at: page.next.approve_by }) }),
      };
      return { status: 200, body };
    },
    'POST /v1/leases/{id}/approval': async (request) => {
      const through = callerOf(request, world.approvers, 'approver');
      const { decision, id_token, request_hash: hash = '', reason } = parseBody(request, voteRequest);
      const lease = leaseIdOf(request);
      const judged = await audited(world, { lease, decision, through, reason }, async (seen) => {
        const voter =
          id_token === undefined
            ? roleSession(request.caller().userId, hash)
            : await world.identify(id_token, 'id_token');
        seen({ issuer: voter.issuer, subject: voter.subject });
        return vote(world, { lease, voter, decision, reason, through });
      });
      return { status: 200, body: { lease: leaseView(judged, world.clock()) } satisfies LeaseResponse };
    },
    'POST /v1/revocations': async (request) => {
      const by = callerOf(request, world.operators, 'operator');
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
      const by = callerOf(request, world.operators, 'operator');
      const asked = parseBody(request, quarantineRequest);
      const at = world.clock();
      const { scope, state } = await quarantine(world, asked, by, at);
      const body: QuarantineResponse = { quarantine: { scope, state, at: toIso(at), by } };
      return { status: 200, body };
    },
  };
}

function placeIn(cursor: string | undefined): Place | undefined {
  const place = decodeCursor(cursor);
  return place && { id: place.id, issued_at: place.at };
}
