import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { operationsSettings, revokerSettings, sweeperSettings, timerSettings } from '../core/settings.ts';
import { BrokerFunction } from './broker-function.ts';
import type { BrokerParts } from './broker-parts.ts';
import { consumes, endingQueues, endingSettings, onTable, queries, sends } from './permissions.ts';
import { besideJudging, type PolicySet } from './policies.ts';
import { revokerSeconds, timerSeconds } from './queues.ts';
import { reads } from './reads.ts';
import { rolesSetting } from './role-lists.ts';

/** What the functions are told that end leases. */
export type EndingFunctionsProps = {
  readonly policySet: PolicySet;
  readonly shards: number;
  readonly operators: readonly string[];
  readonly approvers: readonly string[];
};

/** The functions that end leases early, for operators, for time, and in IAM. */
export type EndingFunctions = Readonly<
  Record<'operations' | 'timer' | 'sweeper' | 'revoker', BrokerFunction>
>;

/** Makes them, each with the permissions that its code uses and no other, and what calls them. */
export function endingFunctions(
  scope: Construct,
  parts: BrokerParts,
  props: EndingFunctionsProps,
): EndingFunctions {
  return {
    operations: operations(scope, parts, props),
    timer: timer(scope, parts),
    sweeper: sweeper(scope, parts, props),
    revoker: revoker(scope, parts, props),
  };
}

function operations(scope: Construct, parts: BrokerParts, props: EndingFunctionsProps): BrokerFunction {
  const { leases, controls } = parts;
  return new BrokerFunction(scope, 'Operations', {
    name: 'operations',
    environment: operationsSettings.write({
      ...revokingSettings(parts, props),
      operators: rolesSetting(props.operators),
      approvers: rolesSetting(props.approvers),
    }),
    permissions: [
      onTable(leases, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'),
      queries(leases, 'agent', 'type', 'awaiting'),
      onTable(controls, 'BatchGetItem', 'UpdateItem'),
      sends(...endingQueues(parts)),
    ],
    beside: besideJudging(props.policySet),
  });
}

function timer(scope: Construct, parts: BrokerParts): BrokerFunction {
  const { leases, controls, timerQueue, approvalTopic } = parts;
  const made = new BrokerFunction(scope, 'Timer', {
    name: 'timer',
    environment: timerSettings.write({
      leaseTable: leases.tableName,
      controlTable: controls.tableName,
      ...endingSettings(parts),
      timerQueue: timerQueue.queue.queueUrl,
      approvalTopic: approvalTopic.topicArn,
    }),
    seconds: timerSeconds,
    // A timer sends the next one for as long as its lease is heard from.
    callsItself: true,
    permissions: [
      onTable(leases, 'GetItem', 'BatchGetItem', 'UpdateItem'),
      onTable(controls, 'BatchGetItem', 'UpdateItem'),
      sends(timerQueue.queue, ...endingQueues(parts)),
      consumes(timerQueue.queue),
      { actions: ['sns:Publish'], resources: [approvalTopic.topicArn] },
    ],
  });
  reads(made, timerQueue.queue, 10);
  return made;
}

/** Called once a minute by a rule, which needs no role, as EventBridge Scheduler would: the function permits it. */
function sweeper(scope: Construct, parts: BrokerParts, props: EndingFunctionsProps): BrokerFunction {
  const { leases, controls, timerQueue } = parts;
  const made = new BrokerFunction(scope, 'Sweeper', {
    name: 'sweeper',
    environment: sweeperSettings.write({
      ...revokingSettings(parts, props),
      timerQueue: timerQueue.queue.queueUrl,
    }),
    seconds: 60,
    permissions: [
      onTable(leases, 'GetItem', 'BatchGetItem', 'UpdateItem'),
      queries(leases, 'due', 'type'),
      onTable(controls, 'BatchGetItem', 'UpdateItem'),
      sends(timerQueue.queue, ...endingQueues(parts)),
    ],
  });
  new Rule(made, 'EveryMinute', {
    description: 'Mayfly: ends what time has ended, whatever else was lost',
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(made.fn)],
  });
  return made;
}

function revoker(scope: Construct, parts: BrokerParts, props: EndingFunctionsProps): BrokerFunction {
  const { leases, controls, revokerQueue, grantRolePrefix } = parts;
  const made = new BrokerFunction(scope, 'Revoker', {
    name: 'revoker',
    environment: revokerSettings.write(revokingSettings(parts, props)),
    seconds: revokerSeconds,
    // An agent that fills one role's document is denied on the other roles of its type, by a call for each.
    callsItself: true,
    permissions: [
      {
        actions: ['iam:DeleteRolePolicy', 'iam:GetRolePolicy', 'iam:PutRolePolicy'],
        resources: [`${grantRolePrefix}*`],
      },
      onTable(leases, 'BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'),
      queries(leases, 'denials', 'type'),
      onTable(controls, 'UpdateItem'),
      sends(...endingQueues(parts)),
      consumes(revokerQueue.queue),
    ],
  });
  reads(made, revokerQueue.queue, 1);
  return made;
}

function revokingSettings(parts: BrokerParts, { shards }: EndingFunctionsProps) {
  const { leases, controls, grantRolePrefix } = parts;
  return {
    leaseTable: leases.tableName,
    controlTable: controls.tableName,
    ...endingSettings(parts),
    grantRolePrefix,
    grantRoleShards: String(shards),
  };
}
