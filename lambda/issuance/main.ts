import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { issuanceSettings } from '../../core/settings.ts';
import { publicKeyReader } from '../aws/attestation-key.ts';
import { leaseStore } from '../aws/lease-store.ts';
import { stsMinter } from '../aws/sts-minter.ts';
import { now } from '../clock.ts';
import { serve } from '../http/serve.ts';
import { loadPolicies } from '../policies.ts';
import { issuanceRoutes } from './routes.ts';

const settings = issuanceSettings.read(process.env);
const routes = issuanceRoutes({
  leases: leaseStore(DynamoDBDocumentClient.from(new DynamoDBClient({})), settings.leaseTable),
  minter: stsMinter(new STSClient({}), now),
  policies: loadPolicies(),
  roles: { arnPrefix: settings.grantRolePrefix, shards: Number(settings.grantRoleShards) },
  publicUrl: settings.publicUrl,
  publicKey: publicKeyReader(new KMSClient({}), settings.attestationKey),
  clock: now,
});

/** The relying party that turns a task into a lease; the only function that may assume grant roles. */
export const handler = serve(routes, new Logger({ serviceName: 'issuance' }));
