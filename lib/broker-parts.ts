import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Alias, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { grantRoleNamePrefix, grantRolePath } from '../core/plan.ts';
import { place } from './broker-function.ts';
import { RevokerQueue, TimerQueue } from './queues.ts';
import { AgentTable, ControlTable, LeaseTable, ReplayTable } from './tables.ts';

/** What the functions of a broker share: where things are kept, sent and signed, and where its grant roles are. */
export type BrokerParts = {
  readonly leases: TableV2;
  readonly controls: TableV2;
  readonly replay: TableV2;
  readonly agents: TableV2;
  readonly key: Key;
  readonly timerQueue: TimerQueue;
  readonly revokerQueue: RevokerQueue;
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
    key: new Key(stack, 'AttestationKey', {
      description: 'Mayfly: signs attestation results',
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    }),
    timerQueue: new TimerQueue(stack, 'TimerQueue'),
    revokerQueue: new RevokerQueue(stack, 'RevokerQueue'),
    approvalTopic: approvalTopic(stack),
    grantRoles: `${path}*`,
    grantRolePrefix: `${path}${grantRoleNamePrefix(deployment, region)}`,
  };
}

/** Encrypted, over TLS only. People subscribe to it as they like: a message names the lease, and holds no secret. */
function approvalTopic(stack: Stack): Topic {
  return new Topic(stack, 'ApprovalTopic', {
    displayName: 'Mayfly approvals',
    masterKey: Alias.fromAliasName(stack, 'SnsKey', 'alias/aws/sns'),
    enforceSSL: true,
  });
}
