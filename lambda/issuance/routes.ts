import { policyOf } from '../../core/admission.ts';
import type { AttestationResult } from '../../core/attestation-result.ts';
import { BrokerError } from '../../core/broker-error.ts';
import { sha256Base64Url } from '../../core/hash.ts';
import {
  collectRequest,
  delegationRequest,
  idempotencyKey,
  leaseRequest,
} from '../../core/protocol/requests.ts';
import type { PendingLeaseResponse } from '../../core/protocol/responses.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { collectCredentials } from '../../core/use-cases/collect-credentials.ts';
import { type DelegatingWorld, delegateLease } from '../../core/use-cases/delegate-lease.ts';
import { issueLease } from '../../core/use-cases/issue-lease.ts';
import type { JudgedLease } from '../../core/use-cases/read-lease.ts';
import { verifyDelegation } from '../evidence/delegation.ts';
import type { IdTokenVerifier } from '../evidence/id-token.ts';
import { attested } from '../http/attested.ts';
import { leaseIdOf, parseBody, type Request } from '../http/request.ts';
import type { Reply, Route } from '../http/serve.ts';
import { ownLeaseView } from '../http/views.ts';
import { shown } from './shown.ts';

/** Everything the routes reach: the ports of issuing, and what an agent's proof is verified with. */
export type IssuanceWorld = DelegatingWorld &
  Parameters<typeof attested>[1] & {
    /** A name for this invocation that no other has. */
    readonly newAttempt: () => string;
    /** Verifies the token of a person. */
    readonly identify: IdTokenVerifier;
  };

/** The routes of issuance over any ports: the function's own in AWS, others in memory. */
export function issuanceRoutes(world: IssuanceWorld): Readonly<Record<string, Route>> {
  return {
    'POST /v1/leases': async (request) => {
      const { result, proof } = await admitted(request, world);
      const body = parseBody(request, leaseRequest);
      const token = body.subject_token;
      const user = token === undefined ? undefined : await world.identify(token, 'subject_token');
      const order = { ...ordered(request, result, proof, world), request: body, user };
      const granted = await issueLease(world, order);
      return 'credentials' in granted ? shown(201, granted, world) : waiting(granted, world.clock());
    },
    'POST /v1/leases/{id}/delegations': async (request) => {
      const { result, proof } = await admitted(request, world);
      const { delegation, task } = parseBody(request, delegationRequest);
      const parent = leaseIdOf(request);
      const audience = `${world.publicUrl}/v1/leases/${parent}/delegations`;
      const signed = await verifyDelegation(delegation, audience, world.clock());
      const order = {
        ...ordered(request, result, proof, world),
        request: { task: { ...task, parameters: {} } },
      };
      return shown(201, await delegateLease(world, parent, signed, order), world);
    },
    'POST /v1/leases/{id}/credentials': async (request) => {
      const { result, proof } = await admitted(request, world);
      const { capabilities, estimated_seconds: estimate } = parseBody(request, collectRequest);
      const minting = { proof, attempt: world.newAttempt(), capabilities, estimate };
      const issued = await collectCredentials(world, result, leaseIdOf(request), minting);
      return shown(200, issued, world);
    },
  };
}

/** Who was attested is asked of the policies of now once more: a role taken out of one mints nothing from then on. */
async function admitted(request: Request, world: IssuanceWorld): ReturnType<typeof attested> {
  const agent = await attested(request, world);
  policyOf(world.policies, agent.result, request.caller());
  return agent;
}

function ordered(request: Request, attested: AttestationResult, proof: string, world: IssuanceWorld) {
  return {
    attested,
    proof,
    attempt: world.newAttempt(),
    idempotencyKey: keyOf(request),
    requestHash: sha256Base64Url(request.body),
  };
}

/** Seconds after which an agent may well ask whether people have decided. */
const askAgain = 5;

function waiting(judged: JudgedLease, now: EpochSeconds): Reply {
  const body: PendingLeaseResponse = { lease: ownLeaseView(judged, now) };
  return { status: 202, body, headers: { 'Retry-After': String(askAgain) } };
}

function keyOf(request: Request): string {
  const key = idempotencyKey.safeParse(request.header('Idempotency-Key'));
  if (key.success) return key.data;
  throw new BrokerError('invalid_request', 'an Idempotency-Key is needed: 8 to 64 of A-Z a-z 0-9 _ . : -', {
    path: 'Idempotency-Key',
  });
}
