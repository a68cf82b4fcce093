import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EpochSeconds } from '../../core/time.ts';
import type { RevokingWorld } from '../../core/use-cases/revoke.ts';
import { controlStore } from './control-store.ts';
import { leaseEndings } from './lease-endings.ts';
import { leaseLists } from './lease-lists.ts';
import { leaseStore } from './lease-store.ts';
import { grantQueues, revokerQueue } from './queues.ts';
import { revocationStore } from './revocation-store.ts';
import { shardStore } from './shard-store.ts';

/** The settings that say where it all is. */
export type RevokingSettings = {
  readonly leaseTable: string;
  readonly controlTable: string;
  readonly revokerQueue: string;
  readonly postgresQueue: string;
  readonly oauthQueue: string;
  readonly grantRolePrefix: string;
  readonly grantRoleShards: string;
};

/** Leases with every verb there is. */
export function leasePorts(dynamo: DynamoDBDocumentClient, table: string) {
  return { ...leaseStore(dynamo, table), ...leaseEndings(dynamo, table), ...leaseLists(dynamo, table) };
}

/** The ports of whoever revokes more than one lease at a time: operations, sweeper and revoker. */
export function revokingPorts(
  dynamo: DynamoDBDocumentClient,
  sqs: SQSClient,
  settings: RevokingSettings,
  clock: () => EpochSeconds,
) {
  return {
    leases: leasePorts(dynamo, settings.leaseTable),
    controls: controlStore(dynamo, settings.controlTable),
    shards: shardStore(dynamo, settings.leaseTable),
    revocations: revocationStore(dynamo, settings.leaseTable),
    revoker: revokerQueue(sqs, settings.revokerQueue),
    enders: grantQueues(sqs, { postgres: settings.postgresQueue, oauth: settings.oauthQueue }),
    roles: { arnPrefix: settings.grantRolePrefix, shards: Number(settings.grantRoleShards) },
    clock,
  } satisfies RevokingWorld;
}
