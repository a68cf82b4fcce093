import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { operationsSettings } from '../../core/settings.ts';
import { patience } from '../aws/patience.ts';
import { revokingPorts } from '../aws/revoking-ports.ts';
import { standingsOfLeases } from '../aws/standings.ts';
import { now } from '../clock.ts';
import { operatorRoles } from '../http/operator.ts';
import { serve } from '../http/serve.ts';
import { loadPolicies } from '../policies.ts';
import { operationsRoutes } from './routes.ts';

const settings = operationsSettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const routes = operationsRoutes({
  ...revokingPorts(dynamo, new SQSClient(patience), settings, now),
  standingsOf: standingsOfLeases(dynamo, settings),
  operators: operatorRoles(settings.operators),
  agentTypes: loadPolicies().map(({ agent_type }) => agent_type),
  newRevocationId: () => `R-${randomUUID()}`,
});

/** What operators do: list, end, keep out. */
export const handler = serve(routes, new Logger({ serviceName: 'operations' }));
