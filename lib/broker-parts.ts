import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Alias, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { grantRoleNamePrefix, grantRolePath } from '../core/plan.ts';
import { place } from './broker-function.ts';
import { GrantQueue, RevokerQueue, TimerQueue } from './queues.ts';
import { AgentTable, ControlTable, LeaseTable, ReplayTable } from './tables.ts';

/** What the functions of a broker share: where things are kept, sent and signed, and where its grant roles are. */
export type BrokerParts = {
  readonly leases: TableV2;
  readonly controls: TableV2;
  readonly replay: TableV2;
  readonly agents: TableV2;
  readonly key: Key;
  /** Signs the tokens of `jwt` grants, and no attestation result. */
  readonly grantKey: Key;
  /** Encrypts tokens of others, for the function that revokes them. */
  readonly tokenKey: Key;
  readonly timerQueue: TimerQueue;
  readonly revokerQueue: RevokerQueue;
  readonly postgresQueue: GrantQueue;
  readonly oauthQueue: GrantQueue;
  /** Tells people what waits for them. */
  readonly approvalTopic: Topic;
  /** ARN pattern of the grant roles of a deployment of this name, in every region. */
  readonly grantRoles: string;
  /** Start of the ARN of every grant role of this deployment, in this region. */
  readonly grantRolePrefix: string;
};

/** Makes the parts of a broker. */
export function brokerParts(stack: Stack, deployment: string): BrokerParts {
  const { account, region, partition } = place(stack);
  const path = `arn:${partition}:iam::${account}:role${grantRolePath(deployment)}`;
  return {
    leases: new LeaseTable(stack, 'Leases').table,
    controls: new ControlTable(stack, 'Controls').table,
    replay: new ReplayTable(stack, 'Replay').table,
    agents: new AgentTable(stack, 'Agents').table,
    key: signingKey(stack, 'AttestationKey', 'Mayfly: signs attestation results'),
    grantKey: signingKey(stack, 'GrantKey', 'Mayfly: signs tokens for services that trust this broker'),
    tokenKey: new Key(stack, 'TokenKey', {
      description: 'Mayfly: encrypts tokens of others until they are revoked',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    }),
    timerQueue: new TimerQueue(stack, 'TimerQueue'),
    revokerQueue: new RevokerQueue(stack, 'RevokerQueue'),
    postgresQueue: new GrantQueue(stack, 'PostgresQueue'),
    oauthQueue: new GrantQueue(stack, 'OauthQueue'),
    approvalTopic: approvalTopic(stack),
    grantRoles: `${path}*`,
    grantRolePrefix: `${path}${grantRoleNamePrefix(deployment, region)}`,
  };
}

/** An ES256 key that stays when the stack goes: what it signed is still to be verified. */
function signingKey(stack: Stack, id: string, description: string): Key {
  return new Key(stack, id, {
    description,
    keySpec: KeySpec.ECC_NIST_P256,
    keyUsage: KeyUsage.SIGN_VERIFY,
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

/** Encrypted, over TLS only. People subscribe to it as they like: a message names the lease, and holds no secret. */
function approvalTopic(stack: Stack): Topic {
  return new Topic(stack, 'ApprovalTopic', {
    displayName: 'Mayfly approvals',
    masterKey: Alias.fromAliasName(stack, 'SnsKey', 'alias/aws/sns'),
    enforceSSL: true,
  });
}
