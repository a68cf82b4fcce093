import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { postgresSettings } from '../../core/settings.ts';
import { endGrants } from '../../core/use-cases/end-grants.ts';
import { mintGrants } from '../../core/use-cases/mint-grants.ts';
import { stillNeeded } from '../../core/use-cases/still-needed.ts';
import { leaseGrants } from '../aws/lease-grants.ts';
import { leasesById } from '../aws/lease-records.ts';
import { patience } from '../aws/patience.ts';
import { secretReader } from '../aws/secrets.ts';
import { now } from '../clock.ts';
import { connectorHandler, reportTo } from '../connectors/calls.ts';
import { postgresConnector } from '../connectors/postgres.ts';
import { loadPolicies, loadSystems } from '../policies.ts';

const settings = postgresSettings.read(process.env);
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(patience));
const logger = new Logger({ serviceName: 'postgres' });
const secrets = secretReader(new SecretsManagerClient(patience), now);
const connector = postgresConnector({ systems: loadSystems(), secrets });
const world = {
  connector,
  leases: leaseGrants(dynamo, settings.leaseTable),
  policies: loadPolicies(),
  clock: now,
  pause: (seconds: number) => sleep(seconds * 1000),
  report: reportTo(logger),
};

/** Drops roles in databases whose leases are over, or that there are not: what a crash left, or an older backup of the records. */
async function tidy(): Promise<void> {
  const dropped = await connector.dropOrphans(async (ids) =>
    stillNeeded(await leasesById(dynamo, settings.leaseTable, ids), now()),
  );
  if (dropped.length > 0) logger.warn('orphan roles dropped', { roles: dropped });
}

/** Makes login roles for leases in the databases that `systems.yaml` names, and drops them. */
export const handler = connectorHandler(
  {
    mint: (lease, grants) => mintGrants(world, lease, grants),
    end: (lease) => endGrants(world, lease),
    tidy,
  },
  logger,
);
