import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { operationsSettings } from '../../core/settings.ts';
import { leaseVotes } from '../aws/lease-votes.ts';
import { patience } from '../aws/patience.ts';
import { revokingPorts } from '../aws/revoking-ports.ts';
import { standingReader, standingsOfLeases } from '../aws/standings.ts';
import { causeOf } from '../cause.ts';
import { now } from '../clock.ts';
import { idTokenVerifier } from '../evidence/id-token.ts';
import { rolesIn } from '../http/callers.ts';
import { serve } from '../http/serve.ts';
import { deciding, loadIdentityProviders, loadPolicies } from '../policies.ts';
import { operationsRoutes } from './routes.ts';

const settings = operationsSettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const ports = revokingPorts(dynamo, new SQSClient(patience), settings, now);
const providers = loadIdentityProviders();
const logger = new Logger({ serviceName: 'operations' });
const routes = operationsRoutes({
  ...ports,
  leases: { ...leaseVotes(dynamo, settings.leaseTable), ...ports.leases },
  standingsOf: standingsOfLeases(dynamo, settings),
  operators: rolesIn(settings.operators),
  approvers: rolesIn(settings.approvers),
  identify: idTokenVerifier(deciding(providers), now, {
    onFailure: (fault) => logger.warn('trust not refreshed', { cause: causeOf(fault) }),
  }),
  signIn: providers.flatMap(({ issuer, sign_in }) =>
    sign_in ? [{ issuer, client_id: sign_in.client_id }] : [],
  ),
  standings: standingReader(dynamo, settings),
  audit: (event) => logger.info('audit', { audit: event }),
  agentTypes: loadPolicies().map(({ agent_type }) => agent_type),
  newRevocationId: () => `R-${randomUUID()}`,
});

/** What operators do: list, end, keep out; and what approvers do: decide on what waits for them. */
export const handler = serve(routes, logger);
