import { BrokerError } from '../../core/broker-error.ts';
import { sha256Base64Url } from '../../core/hash.ts';
import { idempotencyKey, leaseRequest } from '../../core/protocol/requests.ts';
import { issueLease } from '../../core/use-cases/issue-lease.ts';
import { attested } from '../http/attested.ts';
import { parseBody, type Request } from '../http/request.ts';
import type { Route } from '../http/serve.ts';
import { credentialsView, leaseView } from '../http/views.ts';

/** Everything the routes reach: the ports of issuing, and what an agent's proof is verified with. */
export type IssuanceWorld = Parameters<typeof issueLease>[0] & Parameters<typeof attested>[1];

/** The routes of issuance over any ports: the function's own in AWS, others in memory. */
export function issuanceRoutes(world: IssuanceWorld): Readonly<Record<string, Route>> {
  return {
    'POST /v1/leases': async (request) => {
      const { result, proof } = await attested(request, world);
      const body = parseBody(request, leaseRequest);
      const order = {
        attested: result,
        proof,
        idempotencyKey: keyOf(request),
        request: body,
        requestHash: sha256Base64Url(request.body),
      };
      const { lease, credentials } = await issueLease(world, order);
      return {
        status: 201,
        body: {
          lease: leaseView(lease, world.clock()),
          credentials: { aws: credentialsView(credentials, lease.deadline) },
        },
      };
    },
  };
}

function keyOf(request: Request): string {
  const key = idempotencyKey.safeParse(request.header('Idempotency-Key'));
  if (key.success) return key.data;
  throw new BrokerError('invalid_request', 'an Idempotency-Key is needed: 8 to 64 of A-Z a-z 0-9 _ . : -', {
    path: 'Idempotency-Key',
  });
}
