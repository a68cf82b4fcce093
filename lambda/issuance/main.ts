import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { narrowingOf } from '../../core/lifetime.ts';
import { issuanceSettings } from '../../core/settings.ts';
import { publicKeyReader } from '../aws/attestation-key.ts';
import { grantFunctions, makingPatience } from '../aws/grant-functions.ts';
import { invoker, lambdaEndpoint } from '../aws/invoke.ts';
import { leaseStore } from '../aws/lease-store.ts';
import { leaseChildren } from '../aws/lease-votes.ts';
import { lookupFunction, lookupPatience } from '../aws/lookup-function.ts';
import { patience } from '../aws/patience.ts';
import { grantQueues, timerQueue } from '../aws/queues.ts';
import { quotaStore } from '../aws/quota-store.ts';
import { ownSigner } from '../aws/signer.ts';
import { standingReader } from '../aws/standings.ts';
import { stsMinter } from '../aws/sts-minter.ts';
import { causeOf } from '../cause.ts';
import { now } from '../clock.ts';
import { idTokenVerifier } from '../evidence/id-token.ts';
import { serve } from '../http/serve.ts';
import { delegating, loadIdentityProviders, loadPolicies, loadSystems } from '../policies.ts';
import { issuanceRoutes } from './routes.ts';

const settings = issuanceSettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const logger = new Logger({ serviceName: 'issuance' });
const sqs = new SQSClient(patience);
const [lambda, endpoint] = [ownSigner(process.env, 'lambda'), lambdaEndpoint(process.env)];
const routes = issuanceRoutes({
  leases: { ...leaseStore(dynamo, settings.leaseTable), ...leaseChildren(dynamo, settings.leaseTable) },
  quotas: quotaStore(dynamo, settings.leaseTable),
  lookups: lookupFunction(invoker(lambda, endpoint, lookupPatience), settings.lookupFunction),
  makers: grantFunctions(invoker(lambda, endpoint, makingPatience), {
    postgres: settings.postgresFunction,
    oauth: settings.oauthFunction,
    jwt: settings.jwtFunction,
  }),
  enders: grantQueues(sqs, { postgres: settings.postgresQueue, oauth: settings.oauthQueue }),
  identify: idTokenVerifier(delegating(loadIdentityProviders()), now, {
    onFailure: (fault) => logger.warn('trust not refreshed', { cause: causeOf(fault) }),
  }),
  standings: standingReader(dynamo, settings),
  timers: timerQueue(sqs, settings.timerQueue),
  minter: stsMinter(new STSClient(patience), now),
  policies: loadPolicies(),
  systems: loadSystems(),
  roles: { arnPrefix: settings.grantRolePrefix, shards: Number(settings.grantRoleShards) },
  publicUrl: settings.publicUrl,
  publicKey: publicKeyReader(new KMSClient(patience), settings.attestationKey),
  narrowing: narrowingOf(settings.narrowing),
  clock: now,
  newAttempt: randomUUID,
});

/** The relying party that turns a task into a lease; the only function that may assume grant roles. */
export const handler = serve(routes, logger);
