// Stands in for the issuance function: the same AWS calls with the same clients and options, and nothing of
// ours around them. No proof is verified and nothing is decided: what it asks AWS for is read from a file.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetScopedCredentialsCommand, STSClient } from '@aws-sdk/client-sts';
import { BatchGetCommand, DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AwsPlan } from '../../core/plan.ts';

/** What a real lease stored and asked STS for; all but its id is repeated. */
export type Recorded = {
  readonly table: string;
  /** Ids that it is judged by, by table. */
  readonly judgedBy: Readonly<Record<string, readonly string[]>>;
  readonly item: Readonly<Record<string, unknown>>;
  readonly plan: AwsPlan;
  /** Lifetime of the narrow credentials. */
  readonly seconds: number;
};

const text = readFileSync(new URL('./recorded.json', import.meta.url), 'utf8');
const { table, judgedBy, item, plan, seconds }: Recorded = JSON.parse(text);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const sts = new STSClient({});
const sqs = new SQSClient({});

function judge() {
  const tables = Object.entries(judgedBy).map(([name, ids]) => {
    const Keys = ids.map((id) => ({ id }));
    return [name, { Keys, ConsistentRead: true }] as const;
  });
  return dynamo.send(new BatchGetCommand({ RequestItems: Object.fromEntries(tables) }));
}

/** Answers what the route answers, for a new id each time. */
export async function handler() {
  const id = `L-${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`;
  await judge();
  await dynamo.send(
    new PutCommand({
      TableName: table,
      Item: { ...item, id },
      ConditionExpression: 'attribute_not_exists(id)',
    }),
  );
  const wide = await sts.send(
    new AssumeRoleCommand({
      RoleArn: plan.roleArn,
      RoleSessionName: plan.sessionName.replace(plan.sourceIdentity, id),
      SourceIdentity: id,
      DurationSeconds: 900,
      Tags: Object.entries(plan.tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = wide.Credentials ?? {};
  const session = new STSClient({
    region: sts.config.region,
    requestHandler: sts.config.requestHandler,
    maxAttempts: 2,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
  const { Credentials } = await session.send(
    new GetScopedCredentialsCommand({ Policy: plan.policy, DurationSeconds: seconds }),
  );
  const MessageBody = JSON.stringify({ lease: id, gen: 0 });
  const timer = new SendMessageCommand({
    QueueUrl: process.env['MAYFLY_TIMER_QUEUE'],
    MessageBody,
    DelaySeconds: 60,
  });
  await Promise.all([judge(), sqs.send(timer)]);
  await dynamo.send(
    new UpdateCommand({
      TableName: table,
      Key: { id },
      UpdateExpression: 'SET #state = :active, due_at = :due',
      ConditionExpression: '#state = :issuing',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':active': 'active', ':issuing': 'issuing', ':due': item['deadline'] },
    }),
  );
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  return {
    statusCode: 201,
    headers,
    body: JSON.stringify({ lease: { ...item, id }, credentials: Credentials }),
  };
}
