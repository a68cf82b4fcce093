import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { proxySettings } from '../../core/settings.ts';
import { publicKeyReader } from '../aws/attestation-key.ts';
import { leaseStore } from '../aws/lease-store.ts';
import { patience } from '../aws/patience.ts';
import { proxyCalls } from '../aws/proxy-calls.ts';
import { secretReader } from '../aws/secrets.ts';
import { standingReader } from '../aws/standings.ts';
import { usedProofs } from '../aws/used-proofs.ts';
import { now } from '../clock.ts';
import { serve } from '../http/serve.ts';
import { sender } from '../outbound/send.ts';
import { loadPolicies, loadSystems } from '../policies.ts';
import { proxyRoutes } from './routes.ts';

const settings = proxySettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const routes = proxyRoutes({
  leases: leaseStore(dynamo, settings.leaseTable),
  standings: standingReader(dynamo, settings),
  policies: loadPolicies(),
  systems: loadSystems(),
  calls: proxyCalls(dynamo, settings.leaseTable),
  secrets: secretReader(new SecretsManagerClient(patience), now),
  send: sender({ kept: true }),
  usedProofs: usedProofs(dynamo, settings.replayTable, randomUUID),
  publicUrl: settings.publicUrl,
  publicKey: publicKeyReader(new KMSClient(patience), settings.attestationKey),
  clock: now,
  stopwatch: () => performance.now(),
  newCall: () => `${Date.now().toString(36).padStart(9, '0')}-${randomUUID().slice(0, 8)}`,
});

/** Calls that the broker makes for agents, with secrets that they never see. */
export const handler = serve(routes, new Logger({ serviceName: 'proxy' }));
