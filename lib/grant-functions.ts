import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { Systems } from '../core/policy/schema-systems.ts';
import { jwtSettings, oauthSettings, postgresSettings, proxySettings } from '../core/settings.ts';
import { BrokerFunction, type Permission } from './broker-function.ts';
import type { BrokerParts } from './broker-parts.ts';
import { consumes, onTable, readsKey } from './permissions.ts';
import { besideGranting, type PolicySet } from './policies.ts';
import { connectorSeconds } from './queues.ts';
import { reads } from './reads.ts';
import { rolesSetting } from './role-lists.ts';

/** What the functions are told that make grants beyond AWS. */
export type GrantFunctionsProps = {
  readonly policySet: PolicySet;
  readonly services: readonly string[];
  /** Address of the API, without a trailing slash. */
  readonly publicUrl: string;
};

/** The functions that make grants beyond AWS, and end them. */
export type GrantFunctions = Readonly<Record<'postgres' | 'oauth' | 'jwt' | 'proxy', BrokerFunction>>;

/** Makes them, each with exactly the secrets that its systems name. */
export function grantFunctions(
  scope: Construct,
  parts: BrokerParts,
  props: GrantFunctionsProps,
): GrantFunctions {
  const jwt = jwtFunction(scope, parts, props);
  return {
    postgres: postgres(scope, parts, props),
    oauth: oauth(scope, parts, props, jwt),
    jwt,
    proxy: proxy(scope, parts, props),
  };
}

/**
 * Leases whose roles are ended by one call: as many as the function has connections. Behind a database that takes every
 * statement and answers none, six tries of more would take longer than the function has, and nobody would hear of it.
 */
const endingsAtOnce = 4;

/** Signs in to databases; in the VPC where they are, if the systems name one. */
function postgres(scope: Construct, parts: BrokerParts, { policySet }: GrantFunctionsProps) {
  const { leases, postgresQueue } = parts;
  const { databases, network } = policySet.systems;
  const made = new BrokerFunction(scope, 'Postgres', {
    name: 'postgres',
    environment: postgresSettings.write({ leaseTable: leases.tableName }),
    seconds: connectorSeconds,
    permissions: [
      onTable(leases, 'GetItem', 'BatchGetItem', 'UpdateItem'),
      consumes(postgresQueue.queue),
      ...readsSecrets(databases),
      ...(network ? [joinsNetwork] : []),
    ],
    beside: besideGranting(policySet),
    ...(network && { network }),
  });
  reads(made, postgresQueue.queue, endingsAtOnce);
  if (Object.keys(databases).length > 0)
    new Rule(made, 'EveryHour', {
      description: 'Mayfly: drops roles in databases that no lease accounts for',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(made.fn)],
    });
  return made;
}

function oauth(
  scope: Construct,
  parts: BrokerParts,
  { policySet }: GrantFunctionsProps,
  jwt: BrokerFunction,
) {
  const { leases, oauthQueue, tokenKey } = parts;
  const made = new BrokerFunction(scope, 'Oauth', {
    name: 'oauth',
    environment: oauthSettings.write({
      leaseTable: leases.tableName,
      tokenKey: tokenKey.keyArn,
      jwtFunction: jwt.fn.functionName,
    }),
    seconds: connectorSeconds,
    permissions: [
      onTable(leases, 'GetItem', 'UpdateItem'),
      consumes(oauthQueue.queue),
      ...readsSecrets(policySet.systems.clients),
      { actions: ['kms:Decrypt', 'kms:Encrypt'], resources: [tokenKey.keyArn] },
      { actions: ['lambda:InvokeFunction'], resources: [jwt.fn.functionArn] },
    ],
    beside: besideGranting(policySet),
  });
  reads(made, oauthQueue.queue, 10);
  return made;
}

/** Signs with a key of its own: with that of attestation results it could make anybody an agent. */
function jwtFunction(scope: Construct, parts: BrokerParts, props: GrantFunctionsProps) {
  const { leases, controls, grantKey } = parts;
  return new BrokerFunction(scope, 'Jwt', {
    name: 'jwt',
    environment: jwtSettings.write({
      publicUrl: props.publicUrl,
      grantKey: grantKey.keyArn,
      leaseTable: leases.tableName,
      controlTable: controls.tableName,
      services: rolesSetting(props.services),
    }),
    permissions: [
      onTable(leases, 'GetItem', 'BatchGetItem'),
      onTable(controls, 'BatchGetItem'),
      { actions: ['kms:GetPublicKey', 'kms:Sign'], resources: [grantKey.keyArn] },
    ],
    beside: besideGranting(props.policySet),
  });
}

function proxy(scope: Construct, parts: BrokerParts, { publicUrl, policySet }: GrantFunctionsProps) {
  const { leases, controls, replay, key } = parts;
  return new BrokerFunction(scope, 'Proxy', {
    name: 'proxy',
    environment: proxySettings.write({
      publicUrl,
      attestationKey: key.keyArn,
      leaseTable: leases.tableName,
      controlTable: controls.tableName,
      replayTable: replay.tableName,
    }),
    // What a call may take at most, and what is done around it.
    seconds: 29,
    permissions: [
      readsKey(key),
      onTable(leases, 'GetItem', 'BatchGetItem', 'UpdateItem'),
      onTable(controls, 'BatchGetItem'),
      onTable(replay, 'PutItem'),
      ...readsSecrets(policySet.systems.secrets),
    ],
    beside: besideGranting(policySet),
  });
}

function readsSecrets(
  systems: Systems[keyof Pick<Systems, 'databases' | 'clients' | 'secrets'>],
): Permission[] {
  const resources = [...new Set(Object.values(systems).map(({ secret }) => secret))].sort();
  return resources.length > 0 ? [{ actions: ['secretsmanager:GetSecretValue'], resources }] : [];
}

/** What Lambda needs to reach a VPC on behalf of a function (Lambda developer guide, VPC execution role). */
export const joinsNetwork: Permission = {
  actions: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  resources: ['*'],
};
