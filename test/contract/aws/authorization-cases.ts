import { ListRolesCommand } from '@aws-sdk/client-iam';
import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import { GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { assume } from './assume-role-cases.ts';
import { type Case, type Refused, refused } from './case.ts';
import { type Clients, roleArn, type Target } from './target.ts';

/** One call to each service with somebody's clients. */
const calls: Readonly<Record<string, (clients: Clients, target: Target) => Promise<unknown>>> = {
  STS: ({ sts }) => sts.send(new GetCallerIdentityCommand({})),
  DynamoDB: ({ dynamo }, { things }) => dynamo.send(new GetCommand({ TableName: things, Key: { id: 'x' } })),
  S3: ({ s3 }, { bucket }) => s3.send(new ListObjectsV2Command({ Bucket: bucket })),
  IAM: ({ iam }) => iam.send(new ListRolesCommand({})),
  SQS: ({ sqs }, { queues }) => sqs.send(new GetQueueAttributesCommand({ QueueUrl: queues.slow })),
  SNS: ({ sns }, { topicArn }) => sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'x' })),
  Lambda: ({ lambda }) => lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: 'gone' })),
  SecretsManager: ({ secrets }, { secret }) =>
    secrets.send(new GetSecretValueCommand({ SecretId: secret.arn })),
  KMS: ({ kms }, { keyArn }) => kms.send(new GetPublicKeyCommand({ KeyId: keyArn })),
};

/** Keys of a session of `nobody`, one of their parts exchanged. */
async function keysWith(
  target: Target,
  part: Partial<Record<'AccessKeyId' | 'SecretAccessKey' | 'SessionToken', string>>,
) {
  const { Credentials } = await assume(target, { RoleArn: roleArn.nobody });
  return target.as({
    Expiration: undefined,
    AccessKeyId: '',
    SecretAccessKey: '',
    SessionToken: '',
    ...Credentials,
    ...part,
  });
}

const each = (
  name: string,
  part: Parameters<typeof keysWith>[1],
  answers: Readonly<Record<string, Refused>>,
) =>
  Object.entries(answers).map(
    ([service, answer]): Case => ({
      name: `${service} refuses ${name}`,
      run: async (target) => calls[service]?.(await keysWith(target, part), target),
      answers: answer,
    }),
  );

/** Common errors of each service's API reference; S3 API reference, error responses; access denied: IAM user guide. */
export const authorizationCases: Case[] = [
  ...each(
    'an access key that nobody has',
    { AccessKeyId: 'ASIAZZZZZZZZZZZZZZZZ' },
    {
      STS: refused('InvalidClientTokenId', 403),
      IAM: refused('InvalidClientTokenId', 403),
      SQS: refused('InvalidClientTokenId', 403),
      DynamoDB: refused('UnrecognizedClientException'),
      S3: refused('InvalidAccessKeyId', 403),
      KMS: refused('UnrecognizedClientException'),
      SecretsManager: refused('UnrecognizedClientException'),
      SNS: refused('InvalidClientTokenId', 403),
      Lambda: refused('UnrecognizedClientException', 403),
    },
  ),
  ...each(
    'a signature with another secret',
    { SecretAccessKey: 'another' },
    {
      STS: refused('SignatureDoesNotMatch', 403),
      IAM: refused('SignatureDoesNotMatch', 403),
      SQS: refused('SignatureDoesNotMatch', 403),
      DynamoDB: refused('InvalidSignatureException'),
      S3: refused('SignatureDoesNotMatch', 403),
      KMS: refused('InvalidSignatureException'),
      SecretsManager: refused('InvalidSignatureException'),
      SNS: refused('SignatureDoesNotMatch', 403),
      Lambda: refused('InvalidSignatureException', 403),
    },
  ),
  ...each(
    'the token of another session',
    { SessionToken: 'another' },
    {
      STS: refused('InvalidClientTokenId', 403),
      IAM: refused('InvalidClientTokenId', 403),
      SQS: refused('InvalidClientTokenId', 403),
      DynamoDB: refused('UnrecognizedClientException'),
      S3: refused('InvalidToken'),
      KMS: refused('UnrecognizedClientException'),
      SecretsManager: refused('UnrecognizedClientException'),
      SNS: refused('InvalidClientTokenId', 403),
      Lambda: refused('UnrecognizedClientException', 403),
    },
  ),
  ...each(
    'what no policy allows',
    {},
    {
      IAM: refused('AccessDenied', 403),
      SQS: refused('AccessDenied', 403),
      DynamoDB: refused('AccessDeniedException'),
      S3: refused('AccessDenied', 403),
      KMS: refused('AccessDeniedException'),
      SecretsManager: refused('AccessDeniedException'),
      SNS: refused('AuthorizationErrorException', 403),
      Lambda: refused('AccessDeniedException', 403),
    },
  ),
  {
    name: 'STS refuses what no policy allows',
    run: async (target) => assume(await keysWith(target, {})),
    answers: refused('AccessDenied', 403),
  },
  {
    name: 'HeadObject is refused without a word',
    run: async (target) =>
      (await keysWith(target, {})).s3.send(new HeadObjectCommand({ Bucket: target.bucket, Key: 'k' })),
    answers: refused('Unknown', 403),
  },
];
