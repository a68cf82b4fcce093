import { expectedGrants } from './expected-grants.ts';

const [agent, approver, operator, partner, service] = [
  'arn:aws:iam::111122223333:role/invoice-agent',
  'arn:aws:iam::111122223333:role/approver',
  'arn:aws:iam::111122223333:role/operator',
  'arn:aws:iam::444455556666:role/partner-agent',
  'arn:aws:iam::111122223333:role/service',
];

const secret = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:mayfly/';

/**
 * Every statement that the stack of `test/policies` deploys, by construct path and policy. A line more or less
 * is a permission more or less: change it only together with the reason for it.
 */
export const expectedStatements: Readonly<Record<string, readonly string[]>> = {
  ...ownKey('AttestationKey'),
  ...ownKey('GrantKey'),
  ...ownKey('TokenKey'),

  ...role('Discovery', 'lambda', [
    'Allow kms:GetPublicKey on ${AttestationKey.Arn}',
    'Allow kms:GetPublicKey on ${GrantKey.Arn}',
    ...everyFunction('Discovery'),
  ]),
  ...role('Attestation', 'lambda', [
    'Allow kms:Sign on ${AttestationKey.Arn}',
    'Allow dynamodb:DeleteItem, dynamodb:PutItem on ${Replay/Table.Arn}',
    'Allow dynamodb:BatchGetItem on ${Controls/Table.Arn}',
    'Allow dynamodb:UpdateItem on ${Agents/Table.Arn}',
    ...everyFunction('Attestation'),
  ]),
  ...role('Lookup', 'lambda', [
    'Allow dynamodb:GetItem on arn:${AWS::Partition}:dynamodb:eu-central-1:111122223333:table/invoices',
    ...everyFunction('Lookup'),
  ]),
  ...role('Issuance', 'lambda', [
    'Allow kms:GetPublicKey on ${AttestationKey.Arn}',
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow dynamodb:BatchGetItem on ${Controls/Table.Arn}',
    'Allow sqs:SendMessage on ${OauthQueue/Queue.Arn}, ${PostgresQueue/Queue.Arn}, ${TimerQueue/Queue.Arn}',
    'Allow lambda:InvokeFunction on ${Jwt/Function.Arn}, ${Lookup/Function.Arn}, ${Oauth/Function.Arn}, ${Postgres/Function.Arn}',
    'Allow sts:AssumeRole, sts:SetSourceIdentity, sts:TagSession on arn:${AWS::Partition}:iam::111122223333:role/mayfly/mayfly/grant/*',
    ...everyFunction('Issuance'),
  ]),
  ...role('Lifecycle', 'lambda', [
    'Allow kms:GetPublicKey on ${AttestationKey.Arn}',
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow dynamodb:BatchGetItem on ${Controls/Table.Arn}',
    'Allow dynamodb:PutItem on ${Replay/Table.Arn}',
    'Allow sqs:SendMessage on ${OauthQueue/Queue.Arn}, ${PostgresQueue/Queue.Arn}, ${RevokerQueue/Queue.Arn}',
    ...everyFunction('Lifecycle'),
  ]),
  ...role('Operations', 'lambda', [
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow dynamodb:Query on ${Leases/Table.Arn}/index/agent, ${Leases/Table.Arn}/index/awaiting, ${Leases/Table.Arn}/index/type',
    'Allow dynamodb:BatchGetItem, dynamodb:UpdateItem on ${Controls/Table.Arn}',
    'Allow sqs:SendMessage on ${OauthQueue/Queue.Arn}, ${PostgresQueue/Queue.Arn}, ${RevokerQueue/Queue.Arn}',
    ...everyFunction('Operations'),
  ]),
  ...role('Timer', 'lambda', [
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow dynamodb:BatchGetItem, dynamodb:UpdateItem on ${Controls/Table.Arn}',
    'Allow sqs:SendMessage on ${OauthQueue/Queue.Arn}, ${PostgresQueue/Queue.Arn}, ${RevokerQueue/Queue.Arn}, ${TimerQueue/Queue.Arn}',
    'Allow sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage on ${TimerQueue/Queue.Arn}',
    'Allow sns:Publish on ${ApprovalTopic}',
    ...everyFunction('Timer'),
  ]),
  ...role('Sweeper', 'lambda', [
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow dynamodb:Query on ${Leases/Table.Arn}/index/due, ${Leases/Table.Arn}/index/type',
    'Allow dynamodb:BatchGetItem, dynamodb:UpdateItem on ${Controls/Table.Arn}',
    'Allow sqs:SendMessage on ${OauthQueue/Queue.Arn}, ${PostgresQueue/Queue.Arn}, ${RevokerQueue/Queue.Arn}, ${TimerQueue/Queue.Arn}',
    ...everyFunction('Sweeper'),
  ]),
  ...role('Revoker', 'lambda', [
    'Allow iam:DeleteRolePolicy, iam:GetRolePolicy, iam:PutRolePolicy on arn:${AWS::Partition}:iam::111122223333:role/mayfly/mayfly/grant/mayfly-eu-central-1-*',
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow dynamodb:Query on ${Leases/Table.Arn}/index/denials, ${Leases/Table.Arn}/index/type',
    'Allow dynamodb:UpdateItem on ${Controls/Table.Arn}',
    'Allow sqs:SendMessage on ${OauthQueue/Queue.Arn}, ${PostgresQueue/Queue.Arn}, ${RevokerQueue/Queue.Arn}',
    'Allow sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage on ${RevokerQueue/Queue.Arn}',
    ...everyFunction('Revoker'),
  ]),
  ...role('Postgres', 'lambda', [
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage on ${PostgresQueue/Queue.Arn}',
    `Allow secretsmanager:GetSecretValue on ${secret}crm-LocalA`,
    ...everyFunction('Postgres'),
  ]),
  ...role('Oauth', 'lambda', [
    'Allow dynamodb:GetItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow sqs:DeleteMessage, sqs:GetQueueAttributes, sqs:ReceiveMessage on ${OauthQueue/Queue.Arn}',
    `Allow secretsmanager:GetSecretValue on ${secret}vat-client-LocalA`,
    'Allow kms:Decrypt, kms:Encrypt on ${TokenKey.Arn}',
    'Allow lambda:InvokeFunction on ${Jwt/Function.Arn}',
    ...everyFunction('Oauth'),
  ]),
  ...role('Jwt', 'lambda', [
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem on ${Leases/Table.Arn}',
    'Allow dynamodb:BatchGetItem on ${Controls/Table.Arn}',
    'Allow kms:GetPublicKey, kms:Sign on ${GrantKey.Arn}',
    ...everyFunction('Jwt'),
  ]),
  ...role('Proxy', 'lambda', [
    'Allow kms:GetPublicKey on ${AttestationKey.Arn}',
    'Allow dynamodb:BatchGetItem, dynamodb:GetItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow dynamodb:BatchGetItem on ${Controls/Table.Arn}',
    'Allow dynamodb:PutItem on ${Replay/Table.Arn}',
    `Allow secretsmanager:GetSecretValue on ${secret}slack-bot-LocalA`,
    ...everyFunction('Proxy'),
  ]),
  ...role('Broker/AccessLog', 'apigateway', [
    'Allow logs:CreateLogGroup, logs:CreateLogStream, logs:DescribeLogGroups, logs:DescribeLogStreams, logs:PutLogEvents on arn:${AWS::Partition}:logs:eu-central-1:111122223333:log-group:*',
  ]),

  ...route('GET', '/.well-known/jwks.json', 'Discovery'),
  ...route('GET', '/.well-known/openid-configuration', 'Discovery'),
  ...route('POST', '/v1/challenges', 'Attestation'),
  ...route('POST', '/v1/attestations', 'Attestation'),
  ...route('POST', '/v1/leases', 'Issuance'),
  ...route('POST', '/v1/leases/{id}/credentials', 'Issuance'),
  ...route('POST', '/v1/leases/{id}/delegations', 'Issuance'),
  ...route('GET', '/v1/leases/{id}', 'Lifecycle'),
  ...route('POST', '/v1/leases/{id}/heartbeat', 'Lifecycle'),
  ...route('DELETE', '/v1/leases/{id}', 'Lifecycle'),
  ...route('GET', '/v1/approvals', 'Operations'),
  ...route('POST', '/v1/leases/{id}/approval', 'Operations'),
  ...route('GET', '/v1/leases', 'Operations'),
  ...route('POST', '/v1/revocations', 'Operations'),
  ...route('POST', '/v1/quarantines', 'Operations'),
  ...route('ANY', '/v1/leases/{id}/proxy/{capability}/{path+}', 'Proxy'),
  ...route('POST', '/v1/introspections', 'Jwt'),
  'Postgres/EveryHour Permission': [
    'Allow lambda:InvokeFunction on ${Postgres/Function.Arn} to Service events.amazonaws.com if ArnLike SourceArn = ${Postgres/EveryHour.Arn}',
  ],
  'Sweeper/EveryMinute Permission': [
    'Allow lambda:InvokeFunction on ${Sweeper/Function.Arn} to Service events.amazonaws.com if ArnLike SourceArn = ${Sweeper/EveryMinute.Arn}',
  ],

  ...overTls('TimerQueue/Queue'),
  ...overTls('TimerQueue/DeadLetters'),
  ...overTls('RevokerQueue/Queue'),
  ...overTls('RevokerQueue/DeadLetters'),
  ...overTls('PostgresQueue/Queue'),
  ...overTls('PostgresQueue/DeadLetters'),
  ...overTls('OauthQueue/Queue'),
  ...overTls('OauthQueue/DeadLetters'),
  'ApprovalTopic/Policy PolicyDocument': [
    'Deny sns:Publish on ${ApprovalTopic} to AWS * if Bool aws:SecureTransport = false',
  ],

  'Broker/Api Policy': [
    'Allow execute-api:Invoke on execute-api:/live/GET/.well-known/* to AWS *',
    `Allow execute-api:Invoke on execute-api:/live/*/v1/* to AWS * if ArnLike aws:PrincipalArn = ${approver} | ${agent} | ${operator} | ${service} | ${partner}`,
    `Deny execute-api:Invoke on execute-api:/live/*/v1/* to AWS * if ArnNotLike aws:PrincipalArn = ${approver} | ${agent} | ${operator} | ${service} | ${partner}`,
    `Deny execute-api:Invoke on ${[
      '*/v1/leases/*/proxy/*/*',
      'DELETE/v1/leases/*',
      'POST/v1/attestations',
      'POST/v1/challenges',
      'POST/v1/leases',
      'POST/v1/leases/*/credentials',
      'POST/v1/leases/*/delegations',
      'POST/v1/leases/*/heartbeat',
    ]
      .map((each) => `execute-api:/live/${each}`)
      .join(', ')} to AWS * if ArnNotLike aws:PrincipalArn = ${agent} | ${partner}`,
    `Deny execute-api:Invoke on execute-api:/live/GET/v1/leases/* to AWS * if ArnNotLike aws:PrincipalArn = ${approver} | ${agent} | ${operator} | ${partner}`,
    `Deny execute-api:Invoke on execute-api:/live/POST/v1/introspections to AWS * if ArnNotLike aws:PrincipalArn = ${service}`,
    `Deny execute-api:Invoke on execute-api:/live/GET/v1/approvals, execute-api:/live/POST/v1/leases/*/approval to AWS * if ArnNotLike aws:PrincipalArn = ${approver}`,
    `Deny execute-api:Invoke on execute-api:/live/GET/v1/leases, execute-api:/live/POST/v1/quarantines, execute-api:/live/POST/v1/revocations to AWS * if ArnNotLike aws:PrincipalArn = ${operator}`,
    'Deny execute-api:Invoke on execute-api:/* to AWS * if ArnLike aws:PrincipalArn = arn:${AWS::Partition}:iam::111122223333:role/mayfly/mayfly/grant/*',
  ],
  ...access('Broker/AgentAccess', [
    '*/v1/leases/*/proxy/*/*',
    'DELETE/v1/leases/*',
    'GET/v1/leases/*',
    'POST/v1/attestations',
    'POST/v1/challenges',
    'POST/v1/leases',
    'POST/v1/leases/*/credentials',
    'POST/v1/leases/*/delegations',
    'POST/v1/leases/*/heartbeat',
  ]),
  ...access('Broker/OperatorAccess', [
    'GET/v1/leases',
    'GET/v1/leases/*',
    'POST/v1/quarantines',
    'POST/v1/revocations',
  ]),
  ...access('Broker/ApproverAccess', ['GET/v1/approvals', 'GET/v1/leases/*', 'POST/v1/leases/*/approval']),
  ...access('Broker/ServiceAccess', ['POST/v1/introspections']),
  'Panic/Policy PolicyDocument': [
    'Allow iam:ListRoles on *',
    'Allow iam:DeleteRolePolicy, iam:GetRolePolicy, iam:PutRolePolicy on arn:${AWS::Partition}:iam::111122223333:role/mayfly/mayfly/grant/*',
    'Allow lambda:DeleteFunctionConcurrency, lambda:GetFunctionConcurrency, lambda:PutFunctionConcurrency on ${Issuance/Function.Arn}',
  ],

  ...expectedGrants,
};

function role(name: string, service: string, permissions: string[]): Record<string, string[]> {
  return {
    [`${name}/Role AssumeRolePolicyDocument`]: [`Allow sts:AssumeRole to Service ${service}.amazonaws.com`],
    [`${name}/Role Policies.0.PolicyDocument`]: permissions,
  };
}

function everyFunction(name: string): string[] {
  return [
    `Allow logs:CreateLogStream, logs:PutLogEvents on \${${name}/Logs.Arn}`,
    'Allow xray:PutTelemetryRecords, xray:PutTraceSegments on *',
  ];
}

/** A key is administered by the account; who may use it stands in the functions’ roles. */
function ownKey(name: string): Record<string, string[]> {
  return { [`${name} KeyPolicy`]: ['Allow kms:* on * to AWS arn:${AWS::Partition}:iam::111122223333:root'] };
}

/** API Gateway may invoke a function for one route only. */
function route(method: string, path: string, name: string): Record<string, string[]> {
  const source = `\${Broker/Api}/\${Broker/Api/DeploymentStage.live}/${method.replace('ANY', '*')}${path.replace(/\{[^}]+\}/g, '*')}`;
  return {
    [`Broker/Api/Default${path}/${method} Permission`]: [
      `Allow lambda:InvokeFunction on \${${name}/Function.Arn} to Service apigateway.amazonaws.com if ArnLike SourceArn = arn:\${AWS::Partition}:execute-api:eu-central-1:111122223333:${source}`,
    ],
  };
}

/** Whoever speaks to a queue does so over TLS. */
function overTls(queue: string): Record<string, string[]> {
  return {
    [`${queue}/Policy PolicyDocument`]: [
      `Deny sqs:* on \${${queue}.Arn} to AWS * if Bool aws:SecureTransport = false`,
    ],
  };
}

/** A policy for callers of these routes. */
function access(where: string, routes: string[]): Record<string, string[]> {
  const arn = 'arn:${AWS::Partition}:execute-api:eu-central-1:111122223333:${Broker/Api}/live/';
  return {
    [`${where} PolicyDocument`]: [
      `Allow execute-api:Invoke on ${routes.map((each) => `${arn}${each}`).join(', ')}`,
    ],
  };
}
