import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { grantRoleNamePrefix, grantRolePath } from '../core/plan.ts';
import { place } from './broker-function.ts';
import { RevokerQueue, TimerQueue } from './queues.ts';
import { ControlTable, LeaseTable, ReplayTable } from './tables.ts';

/** What the functions of a broker share: where things are kept, sent and signed, and where its grant roles are. */
export type BrokerParts = {
  readonly leases: TableV2;
  readonly controls: TableV2;
  readonly replay: TableV2;
  readonly key: Key;
  readonly timerQueue: TimerQueue;
  readonly revokerQueue: RevokerQueue;
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
    key: new Key(stack, 'AttestationKey', {
      description: 'Mayfly: signs attestation results',
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    }),
    timerQueue: new TimerQueue(stack, 'TimerQueue'),
    revokerQueue: new RevokerQueue(stack, 'RevokerQueue'),
    grantRoles: `${path}*`,
    grantRolePrefix: `${path}${grantRoleNamePrefix(deployment, region)}`,
  };
}
