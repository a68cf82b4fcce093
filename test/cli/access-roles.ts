import type { LocalBroker } from '../../local/start.ts';
import type { Template } from '../../local/template/load.ts';
import { approverRole } from '../approver.ts';
import { startBroker } from '../broker.ts';
import { operatorRole } from '../operator.ts';
import { shellOf } from './run.ts';

/** A role with the managed policy PanicAccess alone, and one with all of it but listing roles. */
export const panicRole = 'panicking';
export const blindRole = 'panicking-blindly';

/**
 * A broker whose operator and approver hold exactly what the stack's managed policies for them give, and roles that hold
 * what PanicAccess does: what the policies lack, the command line cannot do.
 */
export function startOperated(): Promise<LocalBroker> {
  return startBroker({ schedules: false, alter: addRoles });
}

/** The environment of somebody under one of the roles, who knows the broker's address and the account's. */
export function shellUnder(broker: LocalBroker, role: string): Record<string, string> {
  return shellOf(broker.credentialsFor(role, 'on-call'), {
    AWS_REGION: broker.region,
    AWS_ENDPOINT_URL: broker.endpoint,
    MAYFLY_URL: broker.url,
  });
}

function addRoles({ Resources }: Template): void {
  const policies = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::IAM::ManagedPolicy');
  const [operating] = policies.filter(([id]) => id.includes('OperatorAccess'));
  const [approving] = policies.filter(([id]) => id.includes('ApproverAccess'));
  const [panicking] = policies.filter(([id]) => id.startsWith('Panic'));
  if (!operating || !approving || !panicking)
    throw new Error('the stack has no OperatorAccess, no ApproverAccess or no PanicAccess');
  const [, { Properties: panic = {} }] = panicking;
  const { Statement } = panic['PolicyDocument'] as { Statement: { Action: unknown }[] };
  const blind = Statement.filter(({ Action }) => !JSON.stringify(Action).includes('ListRoles'));
  if (blind.length !== Statement.length - 1) throw new Error('listing roles is no statement of its own');
  Resources['Operating'] = roleOf(operatorRole, { ManagedPolicyArns: [{ Ref: operating[0] }] });
  Resources['Approving'] = roleOf(approverRole, { ManagedPolicyArns: [{ Ref: approving[0] }] });
  Resources['Panicking'] = roleOf(panicRole, { ManagedPolicyArns: [{ Ref: panicking[0] }] });
  const PolicyDocument = { Version: '2012-10-17', Statement: blind };
  Resources['Blind'] = roleOf(blindRole, { Policies: [{ PolicyName: 'blind', PolicyDocument }] });
}

function roleOf(RoleName: string, more: object) {
  const Principal = { Service: 'ec2.amazonaws.com' };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }];
  const AssumeRolePolicyDocument = { Version: '2012-10-17', Statement };
  return { Type: 'AWS::IAM::Role', Properties: { RoleName, AssumeRolePolicyDocument, ...more } };
}
