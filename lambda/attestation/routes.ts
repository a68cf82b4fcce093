import { attestationRequest, challengeRequest } from '../../core/protocol/requests.ts';
import type { AttestationResponse, ChallengeResponse } from '../../core/protocol/responses.ts';
import { type EpochSeconds, toIso } from '../../core/time.ts';
import { attest } from '../../core/use-cases/attest.ts';
import { issueChallenge } from '../../core/use-cases/issue-challenge.ts';
import { verifyProof } from '../evidence/dpop.ts';
import { provenBy } from '../http/attested.ts';
import { parseBody } from '../http/request.ts';
import type { Route } from '../http/serve.ts';

/** Everything the routes reach: the ports of both use cases, and what a proof is verified with. */
export type AttestationWorld = Parameters<typeof issueChallenge>[0] &
  Parameters<typeof attest>[0] & { readonly publicUrl: string; readonly clock: () => EpochSeconds };

/** The routes of attestation over any ports. */
export function attestationRoutes(world: AttestationWorld): Readonly<Record<string, Route>> {
  return {
    'POST /v1/challenges': async (request) => {
      parseBody(request, challengeRequest);
      const { nonce, expires } = await issueChallenge(world, request.caller(), world.clock());
      const body: ChallengeResponse = { nonce, expires_at: toIso(expires) };
      return { status: 201, body };
    },
    'POST /v1/attestations': async (request) => {
      const asked = parseBody(request, attestationRequest);
      const now = world.clock();
      const target = provenBy(request, world, { nonce: asked.nonce });
      const { jkt } = await verifyProof(request.header('DPoP'), target, now);
      const { token, result } = await attest(world, request.caller(), asked, jkt, now);
      const body: AttestationResponse = {
        attestation: token,
        agent: result.sub,
        expires_at: toIso(result.exp),
      };
      return { status: 201, body };
    },
  };
}
