import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Credentials, STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LocalIdentityProvider } from '../../../local/people/identity-provider.ts';
import { embeddedAws } from './embedded-aws.ts';
import { moto } from './moto.ts';
import type { QueueName } from './sqs-queues.ts';

/** The clients of one set of keys. */
export type Clients = {
  readonly sts: STSClient;
  readonly dynamo: DynamoDBDocumentClient;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly iam: IAMClient;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly lambda: LambdaClient;
  readonly secrets: SecretsManagerClient;
};

/** What every client is made with; nothing is tried again, so that an answer is what the service said first. */
export type ClientConfig = {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: 1;
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string };
};

/** An AWS account that answers, with what the cases need in it. */
export type Account = {
  readonly name: 'embedded' | 'moto';
  /** Of a session of the role `caller`, which may do everything that the cases do. */
  readonly config: ClientConfig;
  /** Keyed by `id`, with the index `due` of the lease table: `due_shard`, `due_at`, keys only. */
  readonly things: string;
  /** Keyed by `id` and the number `sequence`. */
  readonly events: string;
  readonly bucket: string;
  /** An ES256 key. */
  readonly keyArn: string;
  /** Two symmetric keys. */
  readonly encryptionKeyArns: readonly [string, string];
  /** A secret whose text was `first` and is `second`. */
  readonly secret: { readonly arn: string; readonly name: string };
  /** URLs of the queues of the cases. */
  readonly queues: Readonly<Record<QueueName, string>>;
  /** A standard topic. */
  readonly topicArn: string;
  /** A token of an OpenID Connect provider that the role `federated` trusts, changed as said. */
  readonly idToken: LocalIdentityProvider['token'];
  stop(): Promise<void>;
};

/** An account and its clients. */
export type Target = Account & Clients & { as(keys: Credentials | undefined): Clients };

/**
 * Roles of every target: `worker` may be assumed for 12 hours, `short` for one, `nobody` has no permission,
 * `federated` is for tokens of alice; the others stand below a path of their own, for the cases of IAM.
 */
export const roleArn = {
  worker: 'arn:aws:iam::111122223333:role/worker',
  short: 'arn:aws:iam::111122223333:role/short',
  nobody: 'arn:aws:iam::111122223333:role/nobody',
  federated: 'arn:aws:iam::111122223333:role/federated',
  grant0: 'arn:aws:iam::111122223333:role/grants/grant-0',
  grant1: 'arn:aws:iam::111122223333:role/grants/grant-1',
  grant2: 'arn:aws:iam::111122223333:role/grants/grant-2',
} as const;

/** The embedded AWS, and moto where `MAYFLY_MOTO_URL` says that one runs. */
export async function startTargets(): Promise<Target[]> {
  const url = process.env['MAYFLY_MOTO_URL'];
  if (!url) console.info('Only the embedded AWS was asked. `npm run check:python` asks moto the same.');
  const accounts = await Promise.all([embeddedAws(), ...(url ? [moto(url)] : [])]);
  return accounts.map((account) => ({
    ...account,
    ...clientsOf(account.config),
    as: (keys) => clientsOf({ ...account.config, credentials: signingKeys(keys) }),
  }));
}

/** Keys as an SDK signs with them. */
export function signingKeys(keys: Credentials | undefined): ClientConfig['credentials'] {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = keys ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

function clientsOf(config: ClientConfig): Clients {
  return {
    sts: new STSClient(config),
    dynamo: DynamoDBDocumentClient.from(new DynamoDBClient(config)),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    kms: new KMSClient(config),
    iam: new IAMClient(config),
    sqs: new SQSClient(config),
    sns: new SNSClient(config),
    lambda: new LambdaClient(config),
    secrets: new SecretsManagerClient(config),
  };
}
