import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { jwtSettings } from '../../core/settings.ts';
import { mintGrants } from '../../core/use-cases/mint-grants.ts';
import { publicKeyReader } from '../aws/attestation-key.ts';
import { leaseGrants } from '../aws/lease-grants.ts';
import { patience } from '../aws/patience.ts';
import { standingReader } from '../aws/standings.ts';
import { now } from '../clock.ts';
import { assertLease, isAssertionCall } from '../connectors/assertion.ts';
import { connectorHandler } from '../connectors/calls.ts';
import { jwtConnector } from '../connectors/jwt.ts';
import { jwtSigner } from '../evidence/result-token.ts';
import { rolesIn } from '../http/callers.ts';
import { serve } from '../http/serve.ts';
import { loadPolicies } from '../policies.ts';
import { introspectionRoutes } from './routes.ts';

const settings = jwtSettings.read(process.env);
const { publicUrl, grantKey, services } = settings;
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const kms = new KMSClient(patience);
const logger = new Logger({ serviceName: 'jwt' });
const leases = leaseGrants(dynamo, settings.leaseTable);
const options = { sign: jwtSigner(kms, grantKey), publicUrl, newId: randomUUID };
const world = { connector: jwtConnector(options), leases, policies: loadPolicies(), clock: now };
const standings = standingReader(dynamo, settings);
const publicKey = publicKeyReader(kms, grantKey);
const ask = serve(
  introspectionRoutes({ publicUrl, publicKey, services: rolesIn(services), leases, standings, clock: now }),
  logger,
);
const make = connectorHandler({ mint: (lease, grants) => mintGrants(world, lease, grants) }, logger);

/** Makes tokens of this broker for services that trust it, and tells them whether one still counts. */
export async function handler(event: APIGatewayProxyEvent | object): Promise<unknown> {
  if ('httpMethod' in event) return ask(event);
  return isAssertionCall(event) ? assertLease({ ...world, ...options }, event) : make(event);
}
