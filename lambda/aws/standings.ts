import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { grantRoleOf, type Lease } from '../../core/lease.ts';
import { type Scope, scopesOf } from '../../core/scope.ts';
import type { Standing } from '../../core/standing.ts';
import type { Standings } from '../../core/use-cases/read-lease.ts';
import { batchGet } from './batch-get.ts';
import { controlOf } from './control-store.ts';
import { shardId, shardOfRecord } from './shard-store.ts';

/** The tables that leases are judged by. */
export type JudgingTables = { readonly leaseTable: string; readonly controlTable: string };

/** What leases and agents are judged by, all of it in one request. */
export function standingReader(dynamo: DynamoDBDocumentClient, tables: JudgingTables): Standings {
  const readAll = standingsReader(dynamo, tables);
  return {
    async read(scopes, role, ancestors) {
      const [standing] = await readAll([{ scopes, role, ancestors }]);
      if (!standing) throw new Error('one standing was asked for');
      return standing;
    },
  };
}

/** What many leases are judged by, in one request for every hundred records. */
export function standingsOfLeases(dynamo: DynamoDBDocumentClient, tables: JudgingTables) {
  const readAll = standingsReader(dynamo, tables);
  return (leases: readonly Lease[]): Promise<readonly Standing[]> =>
    readAll(
      leases.map((lease) => ({
        scopes: scopesOf(lease),
        role: grantRoleOf(lease),
        ancestors: lease.ancestors.map((each) => each.lease),
      })),
    );
}

type Subject = {
  readonly scopes: readonly Scope[];
  readonly role: string;
  readonly ancestors: readonly string[];
};

function standingsReader(dynamo: DynamoDBDocumentClient, { leaseTable, controlTable }: JudgingTables) {
  return async (subjects: readonly Subject[]): Promise<readonly Standing[]> => {
    if (subjects.length === 0) return [];
    const found = await batchGet(dynamo, {
      [controlTable]: subjects.flatMap(({ scopes }) => scopes),
      [leaseTable]: subjects.flatMap(({ role, ancestors }) => [shardId(role), ...ancestors]),
    });
    return subjects.map(({ scopes, role, ancestors }) => ({
      controls: scopes.flatMap((scope) => controlOf(scope, found.get(scope))),
      shard: shardOfRecord(role, found.get(shardId(role))),
      ancestors: ancestors.map((id) => found.get(id) as Lease | undefined),
    }));
  };
}
