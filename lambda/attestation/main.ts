import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { attestationRequest, challengeRequest } from '../../core/protocol/requests.ts';
import { attestationSettings } from '../../core/settings.ts';
import { toIso } from '../../core/time.ts';
import { attest } from '../../core/use-cases/attest.ts';
import { issueChallenge } from '../../core/use-cases/issue-challenge.ts';
import { nonceStore } from '../aws/nonce-store.ts';
import { patience } from '../aws/patience.ts';
import { now } from '../clock.ts';
import { verifyProof } from '../evidence/dpop.ts';
import { resultSigner } from '../evidence/result-token.ts';
import { provenBy } from '../http/attested.ts';
import { parseBody } from '../http/request.ts';
import { serve } from '../http/serve.ts';
import { loadPolicies } from '../policies.ts';

const { publicUrl, attestationKey, replayTable, trustDomain } = attestationSettings.read(process.env);
const nonces = nonceStore(DynamoDBDocumentClient.from(new DynamoDBClient(patience)), replayTable);
const signer = resultSigner(new KMSClient(patience), attestationKey, publicUrl);
const policies = loadPolicies();
const randomNonce = () => randomBytes(32).toString('base64url');

/** The verifier (RATS): hands out nonces, judges evidence, signs results. */
export const handler = serve(
  {
    'POST /v1/challenges': async (request) => {
      parseBody(request, challengeRequest);
      const { nonce, expires } = await issueChallenge(
        { nonces, policies, randomNonce },
        request.caller(),
        now(),
      );
      return { status: 201, body: { nonce, expires_at: toIso(expires) } };
    },
    'POST /v1/attestations': async (request) => {
      const body = parseBody(request, attestationRequest);
      const target = provenBy(request, { publicUrl }, { nonce: body.nonce });
      const { jkt } = await verifyProof(request.header('DPoP'), target, now());
      const { token, result } = await attest(
        { nonces, policies, signer, trustDomain },
        request.caller(),
        body,
        jkt,
        now(),
      );
      return { status: 201, body: { attestation: token, agent: result.sub, expires_at: toIso(result.exp) } };
    },
  },
  new Logger({ serviceName: 'attestation' }),
);
