/** What no grant role may do, whatever its own policies say. */
const hardDenies = [
  `Deny ${[
    'account:*',
    'iam:*',
    'organizations:*',
    'signin:*',
    'sts:Assume*',
    'sts:Decode*',
    'sts:GetAccess*',
    'sts:GetDelegated*',
    'sts:GetFederation*',
    'sts:GetService*',
    'sts:GetSession*',
    'sts:GetWeb*',
    'sts:Set*',
    'sts:Tag*',
  ].join(', ')} on *`,
  `Deny * on ${[
    '${Attestation/Function.Arn}*',
    '${AttestationKey.Arn}',
    '${Discovery/Function.Arn}*',
    '${Issuance/Function.Arn}*',
    '${Leases/Table.Arn}*',
    '${Lifecycle/Function.Arn}*',
    '${Replay/Table.Arn}*',
    'arn:${AWS::Partition}:apigateway:eu-central-1::/restapis/${Broker/Api}*',
    'arn:${AWS::Partition}:cloudformation:eu-central-1:111122223333:stack/mayfly/*',
    'arn:${AWS::Partition}:execute-api:eu-central-1:111122223333:${Broker/Api}/*',
    ...['Attestation', 'Broker/AccessLog', 'Discovery', 'Issuance', 'Lifecycle'].map(
      (name) => `arn:\${AWS::Partition}:logs:eu-central-1:111122223333:log-group:\${${name}/Logs}*`,
    ),
  ].join(', ')}`,
];

/**
 * Every statement that the stack of `test/policies` deploys, by construct path and policy. A line more or less
 * is a permission more or less: change it only together with the reason for it.
 */
export const expectedStatements: Readonly<Record<string, readonly string[]>> = {
  'AttestationKey KeyPolicy': ['Allow kms:* on * to AWS arn:${AWS::Partition}:iam::111122223333:root'],

  ...role('Discovery', 'lambda', [
    'Allow kms:GetPublicKey on ${AttestationKey.Arn}',
    ...everyFunction('Discovery'),
  ]),
  ...role('Attestation', 'lambda', [
    'Allow kms:Sign on ${AttestationKey.Arn}',
    'Allow dynamodb:DeleteItem, dynamodb:PutItem on ${Replay/Table.Arn}',
    ...everyFunction('Attestation'),
  ]),
  ...role('Issuance', 'lambda', [
    'Allow kms:GetPublicKey on ${AttestationKey.Arn}',
    'Allow dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    'Allow sts:AssumeRole, sts:SetSourceIdentity, sts:TagSession on arn:${AWS::Partition}:iam::111122223333:role/mayfly/mayfly/grant/*',
    ...everyFunction('Issuance'),
  ]),
  ...role('Lifecycle', 'lambda', [
    'Allow kms:GetPublicKey on ${AttestationKey.Arn}',
    'Allow dynamodb:GetItem, dynamodb:UpdateItem on ${Leases/Table.Arn}',
    ...everyFunction('Lifecycle'),
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
  ...route('GET', '/v1/leases/{id}', 'Lifecycle'),

  'Broker/Api Policy': [
    'Allow execute-api:Invoke on execute-api:/live/GET/.well-known/* to AWS *',
    'Allow execute-api:Invoke on execute-api:/live/*/v1/* to AWS * if ArnLike aws:PrincipalArn = arn:aws:iam::111122223333:role/invoice-agent | arn:aws:iam::444455556666:role/partner-agent',
    'Deny execute-api:Invoke on execute-api:/live/*/v1/* to AWS * if ArnNotLike aws:PrincipalArn = arn:aws:iam::111122223333:role/invoice-agent | arn:aws:iam::444455556666:role/partner-agent',
    'Deny execute-api:Invoke on execute-api:/* to AWS * if ArnLike aws:PrincipalArn = arn:${AWS::Partition}:iam::111122223333:role/mayfly/mayfly/grant/*',
  ],
  'Broker/AgentAccess PolicyDocument': [
    `Allow execute-api:Invoke on ${[
      'GET/v1/leases/*',
      'POST/v1/attestations',
      'POST/v1/challenges',
      'POST/v1/leases',
      'POST/v1/leases/*/credentials',
    ]
      .map(
        (each) => `arn:\${AWS::Partition}:execute-api:eu-central-1:111122223333:\${Broker/Api}/live/${each}`,
      )
      .join(', ')}`,
  ],

  ...grant('invoice_processor', ['Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json']),
  ...grant('long_processor', ['Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json']),
  ...grant('quick_processor', ['Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json']),
  ...grant('release_agent', [
    'Allow codepipeline:StartPipelineExecution on arn:aws:codepipeline:eu-central-1:111122223333:*',
    'Allow ecr:BatchCheckLayerAvailability, ecr:CompleteLayerUpload, ecr:InitiateLayerUpload, ecr:PutImage, ecr:UploadLayerPart on arn:aws:ecr:eu-central-1:111122223333:repository/*',
    'Allow ecr:GetAuthorizationToken on *',
    'Allow s3:GetObject on arn:aws:s3:::acme-builds/*/*.tar',
    'Allow kms:Decrypt on arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab if StringEquals kms:ViaService = s3.eu-central-1.amazonaws.com and StringLike kms:EncryptionContext:aws:s3:arn = arn:aws:s3:::acme-builds | arn:aws:s3:::acme-builds/*/*.tar',
  ]),
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

/** API Gateway may invoke a function for one route only. */
function route(method: string, path: string, name: string): Record<string, string[]> {
  const source = `\${Broker/Api}/\${Broker/Api/DeploymentStage.live}/${method}${path.replace(/\{[^}]+\}/, '*')}`;
  return {
    [`Broker/Api/Default${path}/${method} Permission`]: [
      `Allow lambda:InvokeFunction on \${${name}/Function.Arn} to Service apigateway.amazonaws.com if ArnLike SourceArn = arn:\${AWS::Partition}:execute-api:eu-central-1:111122223333:${source}`,
    ],
  };
}

function grant(type: string, ceiling: string[]): Record<string, string[]> {
  const issuance = 'ArnEquals aws:PrincipalArn = ${Issuance/Role.Arn}';
  const lease = 'StringLike sts:SourceIdentity = L-*';
  const tags = 'ForAllValues:StringEquals aws:TagKeys = mayfly:agent | mayfly:type';
  const account = 'AWS arn:${AWS::Partition}:iam::111122223333:root';
  const trust = [
    `Allow sts:AssumeRole to ${account} if ${issuance} and ${lease} and ${tags}`,
    `Allow sts:SetSourceIdentity to ${account} if ${issuance} and ${lease}`,
    `Allow sts:TagSession to ${account} if ${issuance} and ${tags}`,
  ];
  const allowed = [...ceiling, 'Allow sts:GetScopedCredentials on *'];
  return {
    [`Grants/${type}/Permissions PolicyDocument`]: [
      ...allowed,
      'Deny * on * if Null aws:SourceIdentity = true',
    ],
    [`Grants/${type}/Boundary PolicyDocument`]: [...allowed, ...hardDenies],
    ...Object.fromEntries(
      [0, 1, 2, 3].map((shard) => [`Grants/${type}/Shard${shard} AssumeRolePolicyDocument`, trust]),
    ),
  };
}
