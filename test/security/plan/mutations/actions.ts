import type { Subject } from '../subjects.ts';
import { type Mutation, missed, type NearMiss } from './near-miss.ts';
import { type Kind, neighbours } from './neighbours.ts';

/** What holds a resource of a service. */
const holders: Readonly<Record<string, (arn: string) => string>> = {
  s3: (arn) => arn.split('/')[0] ?? arn,
};

/** Near misses by one kind of action, on the granted resources and around them. */
function neighbouring(kind: Kind): Mutation {
  return (subject) =>
    subject.granted.flatMap(({ action, resource }) => {
      const service = action.split(':')[0] ?? '';
      const { here = [], above = [], nowhere = [] } = neighbours[service]?.[kind] ?? {};
      const on = (names: readonly string[], arn: string | undefined): NearMiss[] =>
        arn === undefined ? [] : names.map((name) => missed(subject, `${service}:${name}`, arn, kind));
      return [
        ...(resource === '*' ? [] : on(here, resource)),
        ...(resource === '*' ? [] : on(above, holders[service]?.(resource))),
        ...on(nowhere, '*'),
      ];
    });
}

/** Another action, of the same service, and those of services that the policy has nothing to do with. */
export function otherActions(subject: Subject): NearMiss[] {
  const foreign = [
    ['s3:GetObject', 'arn:aws:s3:::acme-payroll/2026.csv'],
    ['dynamodb:GetItem', 'arn:aws:dynamodb:eu-central-1:111122223333:table/payroll'],
    ['ssm:GetParameter', 'arn:aws:ssm:eu-central-1:111122223333:parameter/root'],
    ['ssm:StartSession', 'arn:aws:ec2:eu-central-1:111122223333:instance/i-0a1b2c3d4e5f60718'],
    ['lambda:InvokeFunction', 'arn:aws:lambda:eu-central-1:111122223333:function:payroll'],
    ['states:StartExecution', 'arn:aws:states:eu-central-1:111122223333:stateMachine:pay'],
    ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:root-AbCdEf'],
    ['kms:Decrypt', 'arn:aws:kms:eu-central-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab'],
    ['ec2:DescribeInstances', '*'],
    ['logs:FilterLogEvents', 'arn:aws:logs:eu-central-1:111122223333:log-group:payroll'],
  ] as const;
  return [
    ...neighbouring('other')(subject),
    ...foreign.map(([action, resource]) => missed(subject, action, resource, 'a foreign service')),
  ];
}

export const listing: Mutation = neighbouring('list');
export const deleting: Mutation = neighbouring('delete');
export const versions: Mutation = neighbouring('versions');
export const access: Mutation = neighbouring('access');
