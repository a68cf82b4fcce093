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
    '${Agents/Table.Arn}*',
    '${ApprovalTopic}',
    '${AttestationKey.Arn}',
    '${Controls/Table.Arn}*',
    '${GrantKey.Arn}',
    '${Issuance/Function.Arn}*',
    '${Leases/Table.Arn}*',
    '${Postgres/EveryHour.Arn}',
    '${Replay/Table.Arn}*',
    '${Sweeper/EveryMinute.Arn}',
    '${TokenKey.Arn}',
    'arn:${AWS::Partition}:apigateway:eu-central-1::/restapis/${Broker/Api}*',
    ...[
      'cloudformation:eu-central-1:111122223333:stack/mayfly/*',
      'cloudwatch:eu-central-1:111122223333:alarm:mayfly-*',
      'execute-api:eu-central-1:111122223333:${Broker/Api}/*',
      'lambda:eu-central-1:111122223333:event-source-mapping:${Oauth/Messages}',
      'lambda:eu-central-1:111122223333:event-source-mapping:${Postgres/Messages}',
      'lambda:eu-central-1:111122223333:event-source-mapping:${Revoker/Messages}',
      'lambda:eu-central-1:111122223333:event-source-mapping:${Timer/Messages}',
      'lambda:eu-central-1:111122223333:function:mayfly-*Function*',
      'logs:eu-central-1:111122223333:log-group:mayfly-*Logs*',
      'sqs:eu-central-1:111122223333:mayfly-*Queue*',
    ].map((each) => `arn:\${AWS::Partition}:${each}`),
  ].join(', ')}`,
];

/** What grant roles trust, may do at most, and are kept from, by construct path and policy. */
export const expectedGrants: Readonly<Record<string, readonly string[]>> = {
  ...grant('beating_processor', ['Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json']),
  ...grant('granting_processor', ['Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json']),
  ...grant('invoice_processor', [
    'Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json',
    'Allow s3:PutObject on arn:aws:s3:::acme-invoices/*/*.result.json',
  ]),
  ...grant('long_processor', ['Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json']),
  ...grant('paying_processor', [
    'Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json',
    'Allow s3:PutObject on arn:aws:s3:::acme-invoices/*/results/*.json',
  ]),
  ...grant('quick_processor', ['Allow s3:GetObject on arn:aws:s3:::acme-invoices/*/*.json']),
  ...grant('release_agent', [
    'Allow codepipeline:StartPipelineExecution on arn:aws:codepipeline:eu-central-1:111122223333:*',
    'Allow ecr:BatchCheckLayerAvailability, ecr:CompleteLayerUpload, ecr:InitiateLayerUpload, ecr:PutImage, ecr:UploadLayerPart on arn:aws:ecr:eu-central-1:111122223333:repository/*',
    'Allow ecr:GetAuthorizationToken on *',
    'Allow s3:GetObject on arn:aws:s3:::acme-builds/*/*.tar',
    'Allow kms:Decrypt on arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab if StringEquals kms:ViaService = s3.eu-central-1.amazonaws.com and StringLike kms:EncryptionContext:aws:s3:arn = arn:aws:s3:::acme-builds | arn:aws:s3:::acme-builds/*/*.tar',
  ]),
};

function grant(type: string, ceiling: string[]): Record<string, string[]> {
  const issuance = 'ArnEquals aws:PrincipalArn = ${Issuance/Role.Arn}';
  const lease = 'StringLike sts:SourceIdentity = L-*';
  const tags =
    'ForAllValues:StringEquals aws:TagKeys = mayfly:agents | mayfly:chain | mayfly:gen | mayfly:type';
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
