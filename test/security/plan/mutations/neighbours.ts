/** What else a service lets be done: on the resource itself, on what holds it, and where there is no resource. */
type Actions = {
  readonly here?: readonly string[];
  readonly above?: readonly string[];
  readonly nowhere?: readonly string[];
};

/** Classes of actions that are close to a granted one. */
export type Kind = 'other' | 'list' | 'delete' | 'versions' | 'access';

/** By service, each name an action of it that IAM knows (service authorization reference). */
export const neighbours: Readonly<Record<string, Readonly<Partial<Record<Kind, Actions>>>>> = {
  s3: {
    other: {
      here: [
        'GetObject',
        'PutObject',
        'GetObjectTagging',
        'PutObjectTagging',
        'GetObjectAttributes',
        'RestoreObject',
      ],
      above: [
        'GetBucketLocation',
        'GetEncryptionConfiguration',
        'PutLifecycleConfiguration',
        'PutBucketNotification',
      ],
      nowhere: ['CreateJob'],
    },
    list: {
      here: ['ListMultipartUploadParts'],
      above: ['ListBucket', 'ListBucketVersions', 'ListBucketMultipartUploads'],
      nowhere: ['ListAllMyBuckets', 'ListAccessPoints'],
    },
    delete: {
      here: ['DeleteObject', 'DeleteObjectTagging', 'AbortMultipartUpload'],
      above: ['DeleteBucket'],
    },
    versions: {
      here: ['GetObjectVersion', 'GetObjectVersionTagging', 'GetObjectVersionAcl', 'DeleteObjectVersion'],
      above: ['PutBucketVersioning'],
    },
    access: {
      here: ['PutObjectAcl', 'GetObjectAcl', 'PutObjectVersionAcl', 'BypassGovernanceRetention'],
      above: [
        'PutBucketPolicy',
        'GetBucketPolicy',
        'PutBucketAcl',
        'PutBucketPublicAccessBlock',
        'DeleteBucketPolicy',
      ],
      nowhere: ['PutAccountPublicAccessBlock'],
    },
  },
  ecr: {
    other: {
      here: [
        'BatchGetImage',
        'GetDownloadUrlForLayer',
        'PutImage',
        'PutImageTagMutability',
        'StartImageScan',
      ],
      nowhere: ['PutReplicationConfiguration', 'DescribeRegistry'],
    },
    list: { here: ['ListImages', 'DescribeImages', 'DescribeRepositories'] },
    delete: { here: ['BatchDeleteImage', 'DeleteRepository', 'DeleteLifecyclePolicy'] },
    access: {
      here: ['SetRepositoryPolicy', 'GetRepositoryPolicy', 'DeleteRepositoryPolicy'],
      nowhere: ['PutRegistryPolicy'],
    },
  },
  codepipeline: {
    other: { here: ['StopPipelineExecution', 'UpdatePipeline', 'GetPipeline', 'GetPipelineState'] },
    list: { here: ['ListPipelineExecutions', 'ListActionExecutions'], nowhere: ['ListPipelines'] },
    delete: { here: ['DeletePipeline'] },
  },
  dynamodb: {
    other: {
      here: [
        'PutItem',
        'UpdateItem',
        'BatchGetItem',
        'BatchWriteItem',
        'PartiQLInsert',
        'UpdateTable',
        'ExportTableToPointInTime',
      ],
      nowhere: ['DescribeLimits'],
    },
    list: { here: ['Scan', 'DescribeTable', 'PartiQLSelect'], nowhere: ['ListTables', 'ListBackups'] },
    delete: { here: ['DeleteItem', 'DeleteTable', 'PartiQLDelete'] },
    access: { here: ['PutResourcePolicy', 'GetResourcePolicy', 'DeleteResourcePolicy'] },
  },
  sqs: {
    other: {
      here: [
        'SendMessage',
        'ReceiveMessage',
        'ChangeMessageVisibility',
        'GetQueueAttributes',
        'StartMessageMoveTask',
      ],
    },
    list: { here: ['ListDeadLetterSourceQueues', 'ListQueueTags'], nowhere: ['ListQueues'] },
    delete: { here: ['DeleteMessage', 'DeleteQueue', 'PurgeQueue'] },
    access: { here: ['AddPermission', 'RemovePermission', 'SetQueueAttributes'] },
  },
  sns: {
    other: {
      here: ['Subscribe', 'ConfirmSubscription', 'GetTopicAttributes'],
      nowhere: ['CreatePlatformApplication'],
    },
    list: { here: ['ListSubscriptionsByTopic'], nowhere: ['ListTopics', 'ListSubscriptions'] },
    delete: { here: ['DeleteTopic'] },
    access: { here: ['AddPermission', 'RemovePermission', 'SetTopicAttributes'] },
  },
  secretsmanager: {
    other: {
      here: ['PutSecretValue', 'UpdateSecret', 'RotateSecret', 'DescribeSecret'],
      nowhere: ['BatchGetSecretValue'],
    },
    list: { here: ['ListSecretVersionIds'], nowhere: ['ListSecrets'] },
    delete: { here: ['DeleteSecret'] },
    versions: { here: ['UpdateSecretVersionStage'] },
    access: { here: ['PutResourcePolicy', 'GetResourcePolicy', 'DeleteResourcePolicy'] },
  },
  lambda: {
    other: {
      here: [
        'GetFunction',
        'UpdateFunctionCode',
        'UpdateFunctionConfiguration',
        'InvokeAsync',
        'InvokeFunctionUrl',
      ],
    },
    list: { here: ['ListAliases', 'ListVersionsByFunction'], nowhere: ['ListFunctions'] },
    delete: { here: ['DeleteFunction', 'DeleteFunctionConcurrency'] },
    versions: { here: ['PublishVersion'] },
    access: { here: ['AddPermission', 'RemovePermission', 'CreateFunctionUrlConfig', 'GetPolicy'] },
  },
  cloudwatch: {
    other: { nowhere: ['GetMetricData', 'GetMetricStatistics'] },
    list: { nowhere: ['ListMetrics', 'ListDashboards'] },
  },
  'rds-db': { other: {} },
};
