import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { oauthSettings } from '../../core/settings.ts';
import { endGrants } from '../../core/use-cases/end-grants.ts';
import { mintGrants } from '../../core/use-cases/mint-grants.ts';
import { invoker, lambdaEndpoint } from '../aws/invoke.ts';
import { leaseGrants } from '../aws/lease-grants.ts';
import { patience } from '../aws/patience.ts';
import { sealer } from '../aws/sealer.ts';
import { secretReader } from '../aws/secrets.ts';
import { ownSigner } from '../aws/signer.ts';
import { now } from '../clock.ts';
import { assertionPatience, assertions } from '../connectors/assertion.ts';
import { connectorHandler, reportTo } from '../connectors/calls.ts';
import { oauthConnector } from '../connectors/oauth.ts';
import { sender } from '../outbound/send.ts';
import { loadPolicies, loadSystems } from '../policies.ts';

const settings = oauthSettings.read(process.env);
const logger = new Logger({ serviceName: 'oauth' });
const invoke = invoker(ownSigner(process.env, 'lambda'), lambdaEndpoint(process.env), assertionPatience);
const world = {
  connector: oauthConnector({
    systems: loadSystems(),
    secrets: secretReader(new SecretsManagerClient(patience), now),
    sealer: sealer(new KMSClient(patience), settings.tokenKey),
    assertion: ({ id }, name) => assertions(invoke, settings.jwtFunction)(id, name),
    send: sender(),
    clock: now,
    elapsed: () => performance.now(),
    pause: sleep,
  }),
  leases: leaseGrants(DynamoDBDocumentClient.from(new DynamoDBClient(patience)), settings.leaseTable),
  policies: loadPolicies(),
  clock: now,
  pause: (seconds: number) => sleep(seconds * 1000),
  report: reportTo(logger),
};

/** Asks authorization servers for tokens of leases, and has them revoked. */
export const handler = connectorHandler(
  { mint: (lease, grants) => mintGrants(world, lease, grants), end: (lease) => endGrants(world, lease) },
  logger,
);
