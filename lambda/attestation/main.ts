import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isOneOf } from '../../core/own-roles.ts';
import { attestationSettings } from '../../core/settings.ts';
import { agentRegistry } from '../aws/agent-registry.ts';
import { controlReader } from '../aws/control-store.ts';
import { firstUses } from '../aws/first-uses.ts';
import { nonceStore } from '../aws/nonce-store.ts';
import { patience } from '../aws/patience.ts';
import { causeOf } from '../cause.ts';
import { now } from '../clock.ts';
import { evidenceVerifier } from '../evidence/methods.ts';
import { resultSigner } from '../evidence/result-token.ts';
import { serve } from '../http/serve.ts';
import { loadPolicies, loadTrustSources } from '../policies.ts';
import { attestationRoutes } from './routes.ts';

const settings = attestationSettings.read(process.env);
const { publicUrl, attestationKey, trustDomain, entryRole, grantRolePrefix } = settings;
const logger = new Logger({ serviceName: 'attestation' });
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const routes = attestationRoutes({
  nonces: nonceStore(dynamo, settings.replayTable),
  firstUses: firstUses(dynamo, settings.replayTable),
  agents: agentRegistry(dynamo, settings.agentTable),
  verify: evidenceVerifier(loadTrustSources(), {
    publicUrl,
    clock: now,
    stsEndpoint: process.env['AWS_ENDPOINT_URL_STS'] ?? process.env['AWS_ENDPOINT_URL'],
    onFailure: (fault) => logger.warn('trust not refreshed', { cause: causeOf(fault) }),
  }),
  isOwnRole: isOneOf(grantRolePrefix, entryRole),
  entryRole,
  controlsOf: controlReader(dynamo, settings.controlTable),
  signer: resultSigner(new KMSClient(patience), attestationKey, publicUrl),
  policies: loadPolicies(),
  randomNonce: () => randomBytes(32).toString('base64url'),
  trustDomain,
  publicUrl,
  clock: now,
});

/** The verifier (RATS): hands out nonces, judges evidence, signs results. */
export const handler = serve(routes, logger);
