import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, type CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { startIdentityProvider } from '../../../local/people/identity-provider.ts';
import { nameOf, type QueueName, queueAttributes } from './sqs-queues.ts';
import { tableDefinitions } from './tables.ts';
import { type Account, type ClientConfig, roleArn, signingKeys } from './target.ts';

/** A moto server with the roles, tables, bucket and key of the cases; it may have been used before. */
export async function moto(endpoint: string): Promise<Account> {
  const suffix = randomBytes(6).toString('hex');
  const [things, events, bucket] = [`things-${suffix}`, `events-${suffix}`, `contract-${suffix}`];
  const config = await callerOf(endpoint);
  for (const arn of Object.values(roleArn))
    await createRole(config, arn, arn === roleArn.worker ? 43_200 : 3_600);
  const dynamo = new DynamoDBClient(config);
  for (const table of tableDefinitions(things, events))
    await dynamo.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }));
  await new S3Client({ ...config, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket }));
  const createKey = async (input: CreateKeyCommandInput) =>
    (await new KMSClient(config).send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const { TopicArn } = await new SNSClient(config).send(
    new CreateTopicCommand({ Name: `contract-${suffix}` }),
  );
  const provider = await startIdentityProvider();
  return {
    name: 'moto',
    config,
    things,
    events,
    bucket,
    keyArn: await createKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    encryptionKeyArns: [await createKey({}), await createKey({})],
    secret: await createSecret(config, `contract/one-${suffix}`),
    queues: await createQueues(config, `-${suffix}`),
    topicArn: TopicArn ?? '',
    idToken: provider.token,
    stop: () => provider.close(),
  };
}

/** A session in the account of the roles: moto lets anybody assume any role, and the keys then say which account. */
async function callerOf(endpoint: string): Promise<ClientConfig> {
  const common = { endpoint, region: 'eu-central-1', maxAttempts: 1 } as const;
  const anybody = { accessKeyId: 'anybodys-access-key', secretAccessKey: 'unchecked' };
  const { Credentials } = await new STSClient({ ...common, credentials: anybody }).send(
    new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::111122223333:role/caller',
      RoleSessionName: 'session',
    }),
  );
  return { ...common, credentials: signingKeys(Credentials) };
}

async function createRole(config: ClientConfig, arn: string, maxSession: number): Promise<void> {
  const [, path = '/', name = ''] = /:role(\/.*?)([^/]+)$/.exec(arn) ?? [];
  const trust = { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:*' };
  const command = new CreateRoleCommand({
    RoleName: name,
    Path: path,
    MaxSessionDuration: maxSession,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  await new IAMClient(config).send(command).catch((error: Error) => {
    // Of an earlier run against the same server.
    if (error.name !== 'EntityAlreadyExistsException') throw error;
  });
}

async function createSecret(config: ClientConfig, name: string): Promise<Account['secret']> {
  const secrets = new SecretsManagerClient(config);
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: 'first' }));
  await secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'second' }));
  return { arn: ARN, name };
}

async function createQueues(config: ClientConfig, suffix: string): Promise<Account['queues']> {
  const sqs = new SQSClient(config);
  const names = Object.keys(queueAttributes) as QueueName[];
  const made = names.map(async (name) => {
    const command = { QueueName: nameOf(name, suffix), Attributes: { ...queueAttributes[name] } };
    return [name, (await sqs.send(new CreateQueueCommand(command))).QueueUrl ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(made)) as Account['queues'];
}
