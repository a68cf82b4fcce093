import { leaseIndexes } from '../../core/settings.ts';
import { localPlace } from '../../local/synthesize.ts';
import type { Model } from '../../local/template/model.ts';
import { bucket } from '../broker.ts';
import { functionsOf, type Held } from './held-permissions.ts';

/** An action on a resource that it can have. */
export type Deed = { readonly action: string; readonly resource: string };

const { account, region } = localPlace;
const elsewhere = '444455556666';
const arn = (service: string, name: string, owner: string = account, place: string = region) =>
  `arn:aws:${service}:${place}:${owner}:${name}`;
const global = (service: string, name: string, owner: string = account) => arn(service, name, owner, '');

/** What the systems of `test/policies` are opened by. */
const secrets = ['crm', 'vat-client', 'slack-bot'];

/** Everything that no function may do unless the template says so: to the broker's own parts, and elsewhere. */
export function deeds(model: Model): Deed[] {
  const on = (service: string, actions: string, resources: readonly string[]): Deed[] =>
    actions
      .split(' ')
      .flatMap((name) => resources.map((resource) => ({ action: `${service}:${name}`, resource })));
  const functions = functionsOf(model);
  const grantRole = grantRolesOf(model).slice(0, 1);
  const functionRoles = functions.map(({ role }) => global('iam', `role/${role}`));
  const foreignRole = global('iam', 'role/invoice-agent', elsewhere);
  const tables = model.tables.map(({ TableName }) => arn('dynamodb', `table/${TableName}`));
  const queues = model.queues.map((queue) => queue.arn);
  const keys = model.keys.map((key) => key.arn);
  const apis = model.apis.map(({ id }) => id);
  const ceilings = model.managedPolicies.map((policy) => policy.arn);
  return [
    ...on('dynamodb', 'GetItem PutItem UpdateItem DeleteItem Query Scan BatchGetItem BatchWriteItem', tables),
    ...on(
      'dynamodb',
      'Query Scan',
      tables.flatMap((table) => Object.values(leaseIndexes).map((index) => `${table}/index/${index}`)),
    ),
    ...on('dynamodb', 'ConditionCheckItem PartiQLSelect PartiQLInsert PartiQLUpdate PartiQLDelete', tables),
    ...on('dynamodb', 'DeleteTable UpdateTable DescribeTable UpdateTimeToLive CreateBackup', tables),
    ...on('dynamodb', 'UpdateContinuousBackups ExportTableToPointInTime PutResourcePolicy', tables),
    ...on('dynamodb', 'GetItem PutItem Scan DeleteTable', [
      arn('dynamodb', 'table/payroll'),
      arn('dynamodb', 'table/invoices'),
    ]),
    ...on('dynamodb', 'ListTables', ['*']),
    ...on('kms', 'Sign Verify GetPublicKey Decrypt Encrypt GenerateDataKey DescribeKey', keys),
    ...on(
      'kms',
      'ScheduleKeyDeletion DisableKey PutKeyPolicy CreateGrant UpdateKeyDescription TagResource',
      keys,
    ),
    ...on('kms', 'CreateKey ListKeys', ['*']),
    ...on('sts', 'AssumeRole', [
      ...grantRole,
      ...functionRoles,
      foreignRole,
      global('iam', 'role/invoice-agent'),
    ]),
    ...on('sts', 'SetSourceIdentity TagSession', [...grantRole, foreignRole]),
    ...on('sts', 'DecodeAuthorizationMessage GetSessionToken GetServiceBearerToken', ['*']),
    ...on('iam', 'PutRolePolicy GetRolePolicy DeleteRolePolicy', grantRole),
    ...on('iam', 'AttachRolePolicy DetachRolePolicy', grantRole),
    ...on(
      'iam',
      'UpdateAssumeRolePolicy DeleteRolePermissionsBoundary PutRolePermissionsBoundary',
      grantRole,
    ),
    ...on('iam', 'UpdateRole DeleteRole TagRole GetRole PassRole', grantRole),
    ...on('iam', 'PutRolePolicy AttachRolePolicy PassRole', functionRoles),
    ...on('iam', 'CreatePolicyVersion DeletePolicy SetDefaultPolicyVersion', ceilings.slice(0, 1)),
    ...on('iam', 'CreateRole', [global('iam', 'role/backdoor')]),
    ...on('iam', 'CreateUser CreateAccessKey', [global('iam', 'user/backdoor')]),
    ...on('iam', 'ListRoles', ['*']),
    ...on(
      'lambda',
      'InvokeFunction UpdateFunctionCode UpdateFunctionConfiguration AddPermission GetFunction',
      functions.map((each) => each.arn),
    ),
    ...on(
      'lambda',
      'DeleteFunction PutFunctionConcurrency CreateFunctionUrlConfig',
      functions.map((each) => each.arn),
    ),
    ...on(
      'execute-api',
      'Invoke',
      apis.map((id) => arn('execute-api', `${id}/live/POST/v1/leases`)),
    ),
    ...on(
      'apigateway',
      'GET PATCH PUT DELETE UpdateRestApiPolicy',
      apis.map((id) => arn('apigateway', `/restapis/${id}`, '')),
    ),
    ...on('s3', 'GetObject PutObject DeleteObject', [`arn:aws:s3:::${bucket}/acme/4711.json`]),
    ...on('s3', 'ListBucket PutBucketPolicy DeleteBucket', [`arn:aws:s3:::${bucket}`]),
    ...on('s3', 'ListAllMyBuckets', ['*']),
    ...on('logs', 'CreateLogStream PutLogEvents', [arn('logs', 'log-group:payroll:log-stream:today')]),
    ...on('logs', 'DeleteLogGroup FilterLogEvents', [arn('logs', 'log-group:payroll')]),
    ...on('secretsmanager', 'GetSecretValue PutSecretValue', [
      arn('secretsmanager', 'secret:payroll-AbCdEf'),
      ...secrets.map((name) => arn('secretsmanager', `secret:mayfly/${name}-LocalA`)),
    ]),
    ...on('ssm', 'GetParameter', [arn('ssm', 'parameter/payroll')]),
    ...on('sqs', 'SendMessage ReceiveMessage DeleteMessage GetQueueAttributes', [
      ...queues,
      arn('sqs', 'payroll'),
    ]),
    ...on('sqs', 'PurgeQueue DeleteQueue SetQueueAttributes AddPermission ChangeMessageVisibility', queues),
    ...on(
      'events',
      'DisableRule DeleteRule PutTargets PutRule',
      model.rules.map((rule) => rule.arn),
    ),
    ...on('cloudwatch', 'DeleteAlarms DisableAlarmActions', [arn('cloudwatch', 'alarm:mayfly-Alarms')]),
    ...on('sns', 'Publish Subscribe SetTopicAttributes AddPermission DeleteTopic', [
      ...model.topics.map((topic) => topic.arn),
      arn('sns', 'payroll'),
    ]),
    ...on('cloudtrail', 'StopLogging DeleteTrail', [arn('cloudtrail', 'trail/all')]),
    ...on('cloudformation', 'UpdateStack DeleteStack', [arn('cloudformation', 'stack/mayfly/0a1b2c3d')]),
    ...on('ec2', 'RunInstances', [arn('ec2', 'instance/i-00000000000000000')]),
  ];
}

function grantRolesOf({ roles }: Model): string[] {
  const grants = roles.filter(({ path }) => path.endsWith('/grant/'));
  return grants.map(({ path, name }) => global('iam', `role${path}${name}`));
}

/** The right action on resources that are nearly the right one, by service; a service without a row fails. */
const misses: Readonly<Record<string, (resource: string, model: Model) => string[]>> = {
  dynamodb: (table, model) => [
    ...model.tables
      .map(({ TableName }) => arn('dynamodb', `table/${TableName}`))
      .filter((other) => other !== table),
    ...Object.values(leaseIndexes)
      .map((index) => table.replace(/\/index\/.*$/, `/index/${index}`))
      .filter((other) => other !== table),
    `${table}-copy`,
    table.replace(region, 'us-east-1'),
    table.replace(account, elsewhere),
  ],
  kms: (key, model) => [
    ...model.keys.map((other) => other.arn).filter((other) => other !== key),
    arn('kms', 'key/00000000-0000-4000-8000-000000000000'),
    key.replace(region, 'us-east-1'),
    key.replace(account, elsewhere),
  ],
  sts: (roles) => {
    const role = roles.replace(/\*$/, 'invoice_processor-0');
    return [
      role.replace('/grant/', '/'),
      role.replace('/grant/', '/granted/'),
      role.replace('/mayfly/mayfly/', '/mayfly/other/'),
      role.replace(account, elsewhere),
    ];
  },
  iam: (roles) => {
    const role = roles.replace(/\*$/, 'invoice_processor-0');
    return [
      role.replace('/grant/', '/'),
      role.replace('/mayfly/mayfly/', '/mayfly/other/'),
      role.replace(region, 'us-east-1'),
      role.replace(account, elsewhere),
    ];
  },
  sqs: (queue, model) => [
    ...model.queues.map((other) => other.arn).filter((other) => other !== queue),
    `${queue}-copy`,
    queue.replace(region, 'us-east-1'),
    queue.replace(account, elsewhere),
  ],
  lambda: (fn, model) => [
    ...functionsOf(model)
      .map((other) => other.arn)
      .filter((other) => other !== fn),
    `${fn}-copy`,
    `${fn}:other`,
    fn.replace(region, 'us-east-1'),
    fn.replace(account, elsewhere),
  ],
  secretsmanager: (secret) => [
    ...secrets
      .map((name) => arn('secretsmanager', `secret:mayfly/${name}-LocalA`))
      .filter((other) => other !== secret),
    secret.replace(/-LocalA$/, '-LocalB'),
    `${secret}-copy`,
    secret.replace(region, 'us-east-1'),
    secret.replace(account, elsewhere),
  ],
  sns: (topic) => [`${topic}-copy`, topic.replace(region, 'us-east-1'), topic.replace(account, elsewhere)],
  logs: (group) => [group.replace(/log-group:.*$/, 'log-group:payroll:log-stream:today')],
};

/** A deed that a permission is for: a role, or a log stream, where it says `*`. */
export function concrete({ action, resource = '*' }: Held, model: Model): Deed {
  const isRole = resource.includes(':role/');
  const role = grantRolesOf(model).find((each) => covers({ action, resource }, { action, resource: each }));
  const stream = resource.replace(/(:log-group:[^:]+:)\*$/, '$1log-stream:today');
  return { action, resource: isRole && role !== undefined ? role : stream };
}

/** Near misses of everything that a function holds. */
export function nearMisses(held: readonly Held[], model: Model): Deed[] {
  return held.flatMap(({ action, resource = '*' }) => {
    if (resource === '*') return [];
    const row = misses[action.split(':')[0] ?? ''];
    if (!row) throw new Error(`what is nearly ${resource}, for ${action}?`);
    return row(resource, model).map((near) => ({ action, resource: near }));
  });
}

/** Whether a permission covers a deed: IAM's `*` stands for anything. */
export function covers({ action, resource = '*' }: Pick<Held, 'action' | 'resource'>, deed: Deed): boolean {
  const pattern = new RegExp(`^${resource.split('*').map(literal).join('.*')}$`);
  return action === deed.action && pattern.test(deed.resource);
}

function literal(text: string): string {
  return text.replace(/[.+^${}()|[\]\\?]/g, '\\$&');
}
