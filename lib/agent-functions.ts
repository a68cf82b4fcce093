import type { Construct } from 'constructs';
import {
  attestationSettings,
  discoverySettings,
  issuanceFunctionName,
  issuanceSettings,
  lifecycleSettings,
} from '../core/settings.ts';
import { BrokerFunction } from './broker-function.ts';
import type { BrokerParts } from './broker-parts.ts';
import type { GrantFunctions } from './grant-functions.ts';
import { lookupFunction } from './lookup-function.ts';
import { endingQueues, endingSettings, onTable, readsKey, sends } from './permissions.ts';
import { besideAttesting, besideJudging, type PolicySet } from './policies.ts';
import { rolesSetting } from './role-lists.ts';

/** What the functions are told that agents call. */
export type AgentFunctionsProps = {
  readonly deployment: string;
  readonly policySet: PolicySet;
  readonly trustDomain: string;
  /** ARN of the role through which agents come that have none; undefined where nobody does. */
  readonly entryRole: string | undefined;
  readonly shards: number;
  readonly narrowing: 'scoped_credentials' | 'session_policy';
  readonly operators: readonly string[];
  readonly approvers: readonly string[];
  /** Address of the API, without a trailing slash. */
  readonly publicUrl: string;
};

/** The functions that agents call, and whoever trusts their results. */
export type AgentFunctions = Readonly<
  Record<'discovery' | 'attestation' | 'lookup' | 'issuance' | 'lifecycle', BrokerFunction>
>;

/** Makes them, each with the permissions that its code uses and no other. */
export function agentFunctions(
  scope: Construct,
  parts: BrokerParts,
  props: AgentFunctionsProps,
  makers: GrantFunctions,
): AgentFunctions {
  const lookup = lookupFunction(scope, props.policySet);
  return {
    discovery: discovery(scope, parts, props),
    attestation: attestation(scope, parts, props),
    lookup,
    issuance: issuance(scope, parts, props, { lookup, ...makers }),
    lifecycle: lifecycle(scope, parts, props),
  };
}

function discovery(scope: Construct, { key, grantKey }: BrokerParts, { publicUrl }: AgentFunctionsProps) {
  return new BrokerFunction(scope, 'Discovery', {
    name: 'discovery',
    environment: discoverySettings.write({
      publicUrl,
      attestationKey: key.keyArn,
      grantKey: grantKey.keyArn,
    }),
    permissions: [readsKey(key), readsKey(grantKey)],
  });
}

function attestation(scope: Construct, parts: BrokerParts, props: AgentFunctionsProps) {
  const { key, replay, controls, agents, grantRolePrefix } = parts;
  return new BrokerFunction(scope, 'Attestation', {
    name: 'attestation',
    environment: attestationSettings.write({
      publicUrl: props.publicUrl,
      attestationKey: key.keyArn,
      replayTable: replay.tableName,
      controlTable: controls.tableName,
      agentTable: agents.tableName,
      trustDomain: props.trustDomain,
      entryRole: props.entryRole ?? 'none',
      grantRolePrefix,
    }),
    permissions: [
      { actions: ['kms:Sign'], resources: [key.keyArn] },
      onTable(replay, 'PutItem', 'DeleteItem'),
      onTable(controls, 'BatchGetItem'),
      onTable(agents, 'UpdateItem'),
    ],
    beside: besideAttesting(props.policySet),
  });
}

/** The functions that issuance invokes. */
type Invoked = Readonly<Record<'lookup' | 'postgres' | 'oauth' | 'jwt', BrokerFunction>>;

function issuance(
  scope: Construct,
  parts: BrokerParts,
  props: AgentFunctionsProps,
  { lookup, postgres, oauth, jwt }: Invoked,
) {
  const { key, leases, controls, timerQueue, grantRoles, grantRolePrefix } = parts;
  const { postgresQueue, oauthQueue } = parts;
  const invoked = [lookup, postgres, oauth, jwt].map(({ fn }) => fn.functionArn);
  return new BrokerFunction(scope, 'Issuance', {
    name: 'issuance',
    // All that API Gateway waits: grants are made in systems that are slower than AWS.
    seconds: 29,
    functionName: issuanceFunctionName(props.deployment),
    environment: issuanceSettings.write({
      publicUrl: props.publicUrl,
      attestationKey: key.keyArn,
      leaseTable: leases.tableName,
      controlTable: controls.tableName,
      timerQueue: timerQueue.queue.queueUrl,
      lookupFunction: lookup.fn.functionName,
      postgresFunction: postgres.fn.functionName,
      oauthFunction: oauth.fn.functionName,
      jwtFunction: jwt.fn.functionName,
      postgresQueue: postgresQueue.queue.queueUrl,
      oauthQueue: oauthQueue.queue.queueUrl,
      grantRolePrefix,
      grantRoleShards: String(props.shards),
      narrowing: props.narrowing,
    }),
    permissions: [
      readsKey(key),
      onTable(leases, 'GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'),
      onTable(controls, 'BatchGetItem'),
      sends(timerQueue.queue, postgresQueue.queue, oauthQueue.queue),
      { actions: ['lambda:InvokeFunction'], resources: invoked },
      { actions: ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'], resources: [grantRoles] },
    ],
    beside: besideJudging(props.policySet),
  });
}

/** A release never keeps anybody out, so that it does not write what is said about scopes. */
function lifecycle(
  scope: Construct,
  parts: BrokerParts,
  { publicUrl, operators, approvers }: AgentFunctionsProps,
) {
  const { key, leases, controls, replay } = parts;
  return new BrokerFunction(scope, 'Lifecycle', {
    name: 'lifecycle',
    environment: lifecycleSettings.write({
      publicUrl,
      attestationKey: key.keyArn,
      leaseTable: leases.tableName,
      controlTable: controls.tableName,
      replayTable: replay.tableName,
      ...endingSettings(parts),
      operators: rolesSetting(operators),
      approvers: rolesSetting(approvers),
    }),
    permissions: [
      readsKey(key),
      onTable(leases, 'GetItem', 'BatchGetItem', 'UpdateItem'),
      onTable(controls, 'BatchGetItem'),
      onTable(replay, 'PutItem'),
      sends(...endingQueues(parts)),
    ],
  });
}
