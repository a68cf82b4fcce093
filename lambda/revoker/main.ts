import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { revokerSettings } from '../../core/settings.ts';
import { answerCall, type Incident } from '../../core/use-cases/enforce.ts';
import { denyDocuments } from '../aws/deny-documents.ts';
import { patience } from '../aws/patience.ts';
import { parseRevokerCall } from '../aws/queues.ts';
import { revokingPorts } from '../aws/revoking-ports.ts';
import { eachMessage } from '../aws/sqs-event.ts';
import { causeOf } from '../cause.ts';
import { now } from '../clock.ts';

const settings = revokerSettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const logger = new Logger({ serviceName: 'revoker' });
const world = {
  ...revokingPorts(dynamo, new SQSClient(patience), settings, now),
  documents: denyDocuments(new IAMClient(patience)),
  pause: (seconds: number) => sleep(seconds * 1000),
  // Metric filters of the stack count these lines by `incident`.
  report: ({ kind, ...incident }: Incident) =>
    logger.warn('deny document', {
      incident: kind,
      ...incident,
      ...('cause' in incident && { cause: causeOf(incident.cause) }),
    }),
};

/** Writes the deny documents of grant roles; nothing else may. */
export const handler = eachMessage((body) => answerCall(world, parseRevokerCall(body)), logger);
