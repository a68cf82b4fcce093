import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { grantRoleNamePrefix, grantRolePath } from '../core/plan.ts';
import {
  attestationSettings,
  discoverySettings,
  issuanceSettings,
  lifecycleSettings,
} from '../core/settings.ts';
import { BrokerApi, publicUrlOf } from './broker-api.ts';
import { BrokerFunction, place } from './broker-function.ts';
import { GrantRoles } from './grant-roles.ts';
import { ownArns } from './own-arns.ts';
import type { PolicySet } from './policies.ts';
import { LeaseTable, ReplayTable } from './tables.ts';

export type BrokerStackProps = StackProps & {
  /** Name of this deployment, lower case, at most 12 characters: in role names and paths. */
  readonly deployment: string;
  readonly policySet: PolicySet;
  /** SPIFFE trust domain of agent ids. */
  readonly trustDomain: string;
  /** Grant roles per agent type, 1 to 16: what is revoked at one time is spread over them. */
  readonly shards: number;
  /** `session_policy` where STS has no GetScopedCredentials: credentials then rest on the deadline in their policy. */
  readonly narrowing: 'scoped_credentials' | 'session_policy';
  /** Whether to set the role for API logs of this account and region. */
  readonly apiLogRole: boolean;
};

/** One broker: the API, its functions, tables, key and grant roles. */
export class BrokerStack extends Stack {
  constructor(scope: Construct, id: string, props: BrokerStackProps) {
    super(scope, id, props);
    const { deployment, policySet, shards, apiLogRole } = props;
    const { account, region, partition } = place(this);
    const path = grantRolePath(deployment);
    const grantRoles = `arn:${partition}:iam::${account}:role${path}*`;
    const grantRolePrefix = `arn:${partition}:iam::${account}:role${path}${grantRoleNamePrefix(deployment, region)}`;

    const leases = new LeaseTable(this, 'Leases').table;
    const replay = new ReplayTable(this, 'Replay').table;
    const key = new Key(this, 'AttestationKey', {
      description: 'Mayfly: signs attestation results',
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const agents = policySet.policies.flatMap(({ attestation }) =>
      attestation.any_of.map(({ aws_iam }) => aws_iam.role),
    );
    const api = new BrokerApi(this, 'Broker', {
      deployment,
      agents: [...new Set(agents)],
      grantRoles,
      apiLogRole,
    });
    const publicUrl = publicUrlOf(api.api);
    const attestationKey = key.keyArn;
    const beside = { 'policies.json': JSON.stringify(policySet.policies) };
    const readsKey = { actions: ['kms:GetPublicKey'], resources: [key.keyArn] };

    const discovery = new BrokerFunction(this, 'Discovery', {
      name: 'discovery',
      environment: discoverySettings.write({ publicUrl, attestationKey }),
      permissions: [readsKey],
    });
    const attestation = new BrokerFunction(this, 'Attestation', {
      name: 'attestation',
      environment: attestationSettings.write({
        publicUrl,
        attestationKey,
        replayTable: replay.tableName,
        trustDomain: props.trustDomain,
      }),
      permissions: [
        { actions: ['kms:Sign'], resources: [key.keyArn] },
        { actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem'], resources: [replay.tableArn] },
      ],
      beside,
    });
    const issuance = new BrokerFunction(this, 'Issuance', {
      name: 'issuance',
      environment: issuanceSettings.write({
        publicUrl,
        attestationKey,
        leaseTable: leases.tableName,
        grantRolePrefix,
        grantRoleShards: String(shards),
        narrowing: props.narrowing,
      }),
      permissions: [
        readsKey,
        {
          actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
          resources: [leases.tableArn],
        },
        { actions: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'], resources: [grantRoles] },
      ],
      beside,
    });
    const lifecycle = new BrokerFunction(this, 'Lifecycle', {
      name: 'lifecycle',
      environment: lifecycleSettings.write({ publicUrl, attestationKey, leaseTable: leases.tableName }),
      permissions: [
        readsKey,
        { actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'], resources: [leases.tableArn] },
      ],
    });

    const agentAccess = api.serve([
      { route: 'GET /.well-known/jwks.json', fn: discovery.fn, public: true },
      { route: 'GET /.well-known/openid-configuration', fn: discovery.fn, public: true },
      { route: 'POST /v1/challenges', fn: attestation.fn },
      { route: 'POST /v1/attestations', fn: attestation.fn },
      { route: 'POST /v1/leases', fn: issuance.fn },
      { route: 'POST /v1/leases/{id}/credentials', fn: issuance.fn },
      { route: 'GET /v1/leases/{id}', fn: lifecycle.fn },
    ]);
    new GrantRoles(this, 'Grants', {
      deployment,
      policies: policySet.policies,
      shards,
      issuanceRoleArn: issuance.role.roleArn,
      protectedArns: ownArns(this),
    });
    new CfnOutput(this, 'Url', { value: publicUrl, description: 'Address of the broker' });
    new CfnOutput(this, 'Jwks', {
      value: `${publicUrl}/.well-known/jwks.json`,
      description: 'Keys that sign attestation results',
    });
    new CfnOutput(this, 'AgentAccess', {
      value: agentAccess.managedPolicyArn,
      description: 'Policy to attach to the roles of agents',
    });
    new CfnOutput(this, 'AgentTypes', {
      value: policySet.policies.map(({ agent_type }) => agent_type).join(' '),
    });
  }
}
