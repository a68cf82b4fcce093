import type { ContextPolicy } from '../core/policy/schema.ts';
import { everyResource, isUnscoped } from '../core/policy/unscoped-actions.ts';
import { joinsNetwork } from './grant-functions.ts';
import { lookedUpObjects, lookupsOf } from './lookup-function.ts';
import type { Exception } from './statement-check.ts';

/** What decides which exceptions a deployment needs. */
export type Deployed = {
  readonly apiLogRole: boolean;
  readonly policies: readonly ContextPolicy[];
  /** Whether a function runs in a VPC. */
  readonly inNetwork: boolean;
};

/**
 * Every Allow of the stack that holds a wildcard or is for everybody, each with its reason. Whatever is not
 * here does not synthesize, and neither does a stack that no longer needs what is here.
 */
export function exceptionsFor({ apiLogRole, policies, inNetwork }: Deployed): readonly Exception[] {
  return [
    ...always,
    ...(apiLogRole ? [apiLogs] : []),
    ...(inNetwork ? [networkInterfaces] : []),
    ...lookups(policies),
    ...policies.flatMap(unscoped),
  ];
}

const api = 'arn:${AWS::Partition}:execute-api:<region>:<account>:${Broker/Api}/live';

const grantPath = 'arn:${AWS::Partition}:iam::<account>:role/mayfly/<deployment>/grant/';
const grantRoles = `${grantPath}*`;
const inlinePolicies = ['iam:DeleteRolePolicy', 'iam:GetRolePolicy', 'iam:PutRolePolicy'];

const always: readonly Exception[] = [
  {
    where: '<purpose>Key',
    actions: ['kms:*'],
    resources: ['*'],
    reason:
      'A key policy speaks of its own key only, and without the account root nobody could ever administer the key again (KMS developer guide, default key policy). Who may sign, encrypt and decrypt stands in the functions’ roles.',
  },
  {
    where: '<function>/Role',
    actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    resources: ['*'],
    reason: 'X-Ray has no resources for writing traces (service authorization reference, X-Ray).',
  },
  {
    where: 'Issuance/Role',
    actions: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
    resources: [grantRoles],
    reason:
      'The grant roles of this deployment share a path, which nothing else uses; each trusts issuance by name. Naming each role would outgrow the policy.',
  },
  {
    where: 'Revoker/Role',
    actions: inlinePolicies,
    resources: [`${grantPath}<deployment and region>-*`],
    reason:
      'Any grant role of this deployment and region may have to be denied, and naming each would outgrow the policy. IAM knows no condition for names of inline policies: the revoker could write another than its own, but the boundary of each role keeps whatever it writes inside the ceiling.',
  },
  {
    where: 'Grants/<agent type>/<policy>',
    actions: ['sts:GetScopedCredentials'],
    resources: ['*'],
    reason: 'It takes no resource: it narrows the session that calls it (STS API reference).',
  },
  {
    where: 'Broker/Api',
    actions: ['execute-api:Invoke'],
    resources: ['execute-api:/live/GET/.well-known/*'],
    everybody: true,
    reason: 'Public keys and their addresses: whoever trusts results must be able to read them.',
  },
  {
    where: 'Broker/Api',
    actions: ['execute-api:Invoke'],
    resources: ['execute-api:/live/*/v1/*'],
    everybody: true,
    conditions: ['ArnLike aws:PrincipalArn'],
    reason:
      'For the roles in the condition only; as principals they would have to exist before the API does (IAM user guide, principal element).',
  },
  {
    where: 'Broker/AgentAccess',
    actions: ['execute-api:Invoke'],
    resources: [
      `${api}/POST/v1/challenges`,
      `${api}/POST/v1/attestations`,
      `${api}/POST/v1/leases`,
      `${api}/POST/v1/leases/*/credentials`,
      `${api}/POST/v1/leases/*/delegations`,
      `${api}/GET/v1/leases/*`,
      `${api}/POST/v1/leases/*/heartbeat`,
      `${api}/DELETE/v1/leases/*`,
      `${api}/*/v1/leases/*/proxy/*/*`,
    ],
    reason:
      'The * stands for a lease id; whose lease it is, the functions decide. In calls for the proxy it stands for a method and a path, too, which the policy of the agent decides on.',
  },
  {
    where: 'Broker/OperatorAccess',
    actions: ['execute-api:Invoke'],
    resources: [
      `${api}/GET/v1/leases/*`,
      `${api}/GET/v1/leases`,
      `${api}/POST/v1/revocations`,
      `${api}/POST/v1/quarantines`,
    ],
    reason: 'The * stands for a lease id; operators read every lease.',
  },
  {
    where: 'Broker/ApproverAccess',
    actions: ['execute-api:Invoke'],
    resources: [`${api}/GET/v1/leases/*`, `${api}/GET/v1/approvals`, `${api}/POST/v1/leases/*/approval`],
    reason: 'The * stands for a lease id; who may decide on it, the ID token in the request says.',
  },
  {
    where: 'Panic/Policy',
    actions: ['iam:ListRoles'],
    resources: ['*'],
    reason: 'It takes no resource (service authorization reference, IAM); it tells what roles there are.',
  },
  {
    where: 'Panic/Policy',
    actions: inlinePolicies,
    resources: [grantRoles],
    reason:
      'All grant roles of the deployment are stopped at once, and share a path that nothing else uses. IAM knows no condition for names of inline policies; whatever a person writes, the boundary of each role keeps it inside its ceiling.',
  },
];

const apiLogs: Exception = {
  where: 'Broker/AccessLog/Role',
  actions: [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:DescribeLogGroups',
    'logs:DescribeLogStreams',
    'logs:PutLogEvents',
  ],
  resources: ['arn:${AWS::Partition}:logs:<region>:<account>:log-group:*'],
  reason:
    'API Gateway has one role for the logs of all APIs of an account and region; it writes to log groups that are not ours, and reads none.',
};

const networkInterfaces: Exception = {
  where: 'Postgres/Role',
  actions: joinsNetwork.actions,
  resources: ['*'],
  reason:
    'Lambda makes network interfaces for a function in a VPC, of which nobody knows the ids before (Lambda developer guide, VPC execution role).',
};

/** Objects that are looked up by values of a task. */
function lookups(policies: readonly ContextPolicy[]): Exception[] {
  const resources = lookedUpObjects(lookupsOf(policies), '${AWS::Partition}');
  if (!resources.some((resource) => resource.includes('*'))) return [];
  const reason = 'The * stands for a parameter: which object is read, the task says, within its pattern.';
  return [{ where: 'Lookup/Role', actions: ['s3:GetObject'], resources, reason }];
}

/** The actions of an agent type that AWS knows no resource for; only those of the reviewed table compile. */
function unscoped({ agent_type: type, capabilities }: ContextPolicy): Exception[] {
  const actions = Object.values(capabilities).flatMap(({ aws }) => (aws?.actions ?? []).filter(isUnscoped));
  if (actions.length === 0) return [];
  const reason = 'AWS knows no resource for them: core/policy/unscoped-actions.ts says why agents need them.';
  return ['Permissions', 'Boundary'].map((policy) => ({
    where: `Grants/${type}/${policy}`,
    actions,
    resources: [everyResource],
    reason,
  }));
}
