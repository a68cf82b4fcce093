import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { timerSettings } from '../../core/settings.ts';
import { fireTimer } from '../../core/use-cases/timer.ts';
import { controlStore } from '../aws/control-store.ts';
import { leaseEndings } from '../aws/lease-endings.ts';
import { leaseVotes } from '../aws/lease-votes.ts';
import { patience } from '../aws/patience.ts';
import { peopleTopic } from '../aws/people-topic.ts';
import { grantQueues, parseTimer, revokerQueue, timerQueue } from '../aws/queues.ts';
import { shardStore } from '../aws/shard-store.ts';
import { eachMessage } from '../aws/sqs-event.ts';
import { standingReader } from '../aws/standings.ts';
import { now } from '../clock.ts';

const settings = timerSettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const sqs = new SQSClient(patience);
const world = {
  leases: { ...leaseVotes(dynamo, settings.leaseTable), ...leaseEndings(dynamo, settings.leaseTable) },
  standings: standingReader(dynamo, settings),
  controls: controlStore(dynamo, settings.controlTable),
  shards: shardStore(dynamo, settings.leaseTable),
  revoker: revokerQueue(sqs, settings.revokerQueue),
  enders: grantQueues(sqs, { postgres: settings.postgresQueue, oauth: settings.oauthQueue }),
  timers: timerQueue(sqs, settings.timerQueue),
  notifier: peopleTopic(new SNSClient(patience), settings.approvalTopic),
  clock: now,
};

/** Ends leases whose agents fell silent, as soon as it shows, and tells people of those that wait for them. */
export const handler = eachMessage(
  (body) => fireTimer(world, parseTimer(body)),
  new Logger({ serviceName: 'timer' }),
);
