import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { sweeperSettings } from '../../core/settings.ts';
import { sweepAll } from '../../core/use-cases/sweep.ts';
import { dueShards } from '../aws/lease-records.ts';
import { patience } from '../aws/patience.ts';
import { timerQueue } from '../aws/queues.ts';
import { revokingPorts } from '../aws/revoking-ports.ts';
import { standingsOfLeases } from '../aws/standings.ts';
import { causeOf } from '../cause.ts';
import { now } from '../clock.ts';

const settings = sweeperSettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const sqs = new SQSClient(patience);
const logger = new Logger({ serviceName: 'sweeper' });
const world = {
  ...revokingPorts(dynamo, sqs, settings, now),
  timers: timerQueue(sqs, settings.timerQueue),
  standingsOf: standingsOfLeases(dynamo, settings),
  report: (due: object, fault: unknown) => logger.error('sweep failed', { due, cause: causeOf(fault) }),
};

/** The backstop for everything that time ends: one round every minute, whatever else was lost. */
export async function handler(): Promise<void> {
  const { seen, failed } = await sweepAll(world, dueShards);
  if (seen > 0) logger.info('swept', { seen, failed });
}
