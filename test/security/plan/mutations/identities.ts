import type { Subject } from '../subjects.ts';
import { missed, type NearMiss } from './near-miss.ts';

const other = 'arn:aws:iam::111122223333:role/payroll';
const foreign = 'arn:aws:iam::444455556666:role/payroll';

/** Ways to change what identities may do. */
export function identityChanges(subject: Subject): NearMiss[] {
  const own = subject.plan.roleArn;
  const onRoles = [
    'iam:PassRole',
    'iam:AttachRolePolicy',
    'iam:PutRolePolicy',
    'iam:DeleteRolePolicy',
    'iam:DeleteRolePermissionsBoundary',
    'iam:PutRolePermissionsBoundary',
    'iam:UpdateAssumeRolePolicy',
    'iam:GetRole',
  ];
  const others = [
    ['iam:CreateUser', 'arn:aws:iam::111122223333:user/eve'],
    ['iam:CreateAccessKey', 'arn:aws:iam::111122223333:user/admin'],
    ['iam:CreatePolicyVersion', 'arn:aws:iam::111122223333:policy/ceiling'],
    ['iam:ListRoles', '*'],
    ['organizations:DescribeOrganization', '*'],
    [
      'organizations:DetachPolicy',
      'arn:aws:organizations::111122223333:policy/o-abcdefghij/service_control_policy/p-abcdefgh',
    ],
    ['account:GetAccountInformation', 'arn:aws:account::111122223333:account'],
  ] as const;
  return [
    ...[own, other].flatMap((role) => onRoles.map((action) => missed(subject, action, role, 'IAM'))),
    ...others.map(([action, resource]) => missed(subject, action, resource, 'IAM')),
  ];
}

/** Ways to another session, which would not carry the policy. */
export function chaining(subject: Subject): NearMiss[] {
  const [prefix = ''] = subject.plan.roleArn.split(/-\d+$/);
  const roles = [subject.plan.roleArn, `${prefix}-9`, other, foreign];
  const calls = [
    'sts:AssumeRole',
    'sts:TagSession',
    'sts:SetSourceIdentity',
    'sts:AssumeRoleWithWebIdentity',
  ];
  return [
    ...roles.flatMap((role) => calls.map((action) => missed(subject, action, role, 'chaining'))),
    missed(subject, 'sts:AssumeRoot', 'arn:aws:iam::111122223333:root', 'chaining'),
    missed(subject, 'sts:GetFederationToken', 'arn:aws:sts::111122223333:federated-user/eve', 'chaining'),
    missed(subject, 'sts:GetSessionToken', '*', 'chaining'),
    missed(subject, 'sts:GetDelegatedAccessToken', '*', 'chaining'),
    missed(subject, 'sts:GetScopedCredentials', '*', 'chaining'),
  ];
}

/** Ways to something that opens a door by itself. */
export function tokens(subject: Subject): NearMiss[] {
  const minted = [
    ['sts:GetWebIdentityToken', '*'],
    ['sts:TagGetWebIdentityToken', '*'],
    ['sts:GetServiceBearerToken', '*'],
    ['signin:CreateOAuth2Token', 'arn:aws:signin:::console/main'],
    ['signin:AuthorizeOAuth2Access', 'arn:aws:signin:::console/main'],
    ['ecr:GetAuthorizationToken', '*'],
    ['ecr-public:GetAuthorizationToken', '*'],
    ['codeartifact:GetAuthorizationToken', 'arn:aws:codeartifact:eu-central-1:111122223333:domain/acme'],
    ['s3:GetDataAccess', 'arn:aws:s3:eu-central-1:111122223333:access-grants/default'],
    ['s3express:CreateSession', 'arn:aws:s3express:eu-central-1:111122223333:bucket/acme--euc1-az1--x-s3'],
    [
      'redshift-serverless:GetCredentials',
      'arn:aws:redshift-serverless:eu-central-1:111122223333:workgroup/w',
    ],
    [
      'cognito-identity:GetOpenIdTokenForDeveloperIdentity',
      'arn:aws:cognito-identity:eu-central-1:111122223333:identitypool/eu-central-1:p',
    ],
    ['rolesanywhere:CreateProfile', '*'],
    ['sso:GetSharedSsoConfiguration', '*'],
    ['rds-db:connect', 'arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEFGH/admin'],
    ['dsql:DbConnectAdmin', 'arn:aws:dsql:eu-central-1:111122223333:cluster/abcdefghijklmnopqrstuvwxyz'],
    ['ssm:GetParameters', 'arn:aws:ssm:eu-central-1:111122223333:parameter/token'],
  ] as const;
  return minted.map(([action, resource]) => missed(subject, action, resource, 'a token'));
}
