// The least that issuance could load: the SDK clients it uses, each constructed once, and nothing of ours.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Exported, so that the bundler keeps them. */
export const clients = [
  new KMSClient({}),
  new SQSClient({}),
  new STSClient({}),
  DynamoDBDocumentClient.from(new DynamoDBClient({})),
];
