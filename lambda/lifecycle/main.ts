import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { lifecycleSettings } from '../../core/settings.ts';
import { publicKeyReader } from '../aws/attestation-key.ts';
import { controlStore } from '../aws/control-store.ts';
import { leaseEndings } from '../aws/lease-endings.ts';
import { leaseStore } from '../aws/lease-store.ts';
import { patience } from '../aws/patience.ts';
import { grantQueues, revokerQueue } from '../aws/queues.ts';
import { shardStore } from '../aws/shard-store.ts';
import { standingReader } from '../aws/standings.ts';
import { usedProofs } from '../aws/used-proofs.ts';
import { now } from '../clock.ts';
import { rolesIn } from '../http/callers.ts';
import { serve } from '../http/serve.ts';
import { lifecycleRoutes } from './routes.ts';

const settings = lifecycleSettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const sqs = new SQSClient(patience);
const routes = lifecycleRoutes({
  leases: { ...leaseStore(dynamo, settings.leaseTable), ...leaseEndings(dynamo, settings.leaseTable) },
  standings: standingReader(dynamo, settings),
  controls: controlStore(dynamo, settings.controlTable),
  shards: shardStore(dynamo, settings.leaseTable),
  revoker: revokerQueue(sqs, settings.revokerQueue),
  enders: grantQueues(sqs, { postgres: settings.postgresQueue, oauth: settings.oauthQueue }),
  usedProofs: usedProofs(dynamo, settings.replayTable, randomUUID),
  publicUrl: settings.publicUrl,
  publicKey: publicKeyReader(new KMSClient(patience), settings.attestationKey),
  operators: rolesIn(settings.operators),
  approvers: rolesIn(settings.approvers),
  clock: now,
});

/** An agent's dealings with its own leases. */
export const handler = serve(routes, new Logger({ serviceName: 'lifecycle' }));
