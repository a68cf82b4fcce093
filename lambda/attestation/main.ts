import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { attestationSettings } from '../../core/settings.ts';
import { controlReader } from '../aws/control-store.ts';
import { nonceStore } from '../aws/nonce-store.ts';
import { patience } from '../aws/patience.ts';
import { now } from '../clock.ts';
import { resultSigner } from '../evidence/result-token.ts';
import { serve } from '../http/serve.ts';
import { loadPolicies } from '../policies.ts';
import { attestationRoutes } from './routes.ts';

const settings = attestationSettings.read(process.env);
const { publicUrl, attestationKey, trustDomain } = settings;
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const routes = attestationRoutes({
  nonces: nonceStore(dynamo, settings.replayTable),
  controlsOf: controlReader(dynamo, settings.controlTable),
  signer: resultSigner(new KMSClient(patience), attestationKey, publicUrl),
  policies: loadPolicies(),
  randomNonce: () => randomBytes(32).toString('base64url'),
  trustDomain,
  publicUrl,
  clock: now,
});

/** The verifier (RATS): hands out nonces, judges evidence, signs results. */
export const handler = serve(routes, new Logger({ serviceName: 'attestation' }));
