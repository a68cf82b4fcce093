import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { DeniedLease } from '../../core/ladder.ts';
import type { Lease } from '../../core/lease.ts';
import { leaseIndexes } from '../../core/settings.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import type { DeniableLeases } from '../../core/use-cases/enforce.ts';
import type { PagedLeases, Place } from '../../core/use-cases/list-leases.ts';
import type { ListedLeases } from '../../core/use-cases/revoke.ts';
import type { Due, DueLeases } from '../../core/use-cases/sweep.ts';
import { idPrefix, leasesById } from './lease-records.ts';

/** Records on one page of an index. */
const pageSize = 100;

/** Leases in DynamoDB as lists show them. */
export type LeaseLists = Pick<ListedLeases, 'ofType'> &
  Pick<DueLeases, 'due'> &
  Pick<DeniableLeases, 'denied'> &
  PagedLeases;

/** The lists of a table. */
export function leaseLists(dynamo: DynamoDBDocumentClient, table: string): LeaseLists {
  const pages = (query: Omit<QueryCommandInput, 'TableName'>) =>
    queryPages(dynamo, { TableName: table, ...query });
  const read = (ids: readonly string[]) => leasesById(dynamo, table, ids);
  return {
    async *due(partition, now) {
      const query = {
        IndexName: leaseIndexes.due,
        KeyConditionExpression: 'due_shard = :partition AND due_at <= :now',
        ExpressionAttributeValues: { ':partition': partition, ':now': now },
        Limit: pageSize,
      };
      for await (const page of pages(query)) yield page.map(({ id }) => dueOf(String(id)));
    },
    async denied(role, now) {
      const query = {
        IndexName: leaseIndexes.denials,
        KeyConditionExpression: 'deny_role = :role AND deny_until > :now',
        ExpressionAttributeValues: { ':role': role, ':now': now },
      };
      const entries: DeniedLease[] = [];
      for await (const page of pages(query)) entries.push(...page.map(entryOf));
      return entries;
    },
    async *ofType(agentType, from, before) {
      const query = {
        IndexName: leaseIndexes.type,
        KeyConditionExpression: 'agent_type = :type AND issued_at BETWEEN :from AND :last',
        ExpressionAttributeValues: { ':type': agentType, ':from': from, ':last': after(before, -1) },
        ScanIndexForward: false,
        Limit: pageSize,
      };
      for await (const page of pages(query)) yield read(page.map(({ id }) => String(id)));
    },
    async page(by, limit, from) {
      const [attribute = '', value] = Object.entries(by)[0] ?? [];
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'agent' in by ? leaseIndexes.agent : leaseIndexes.type,
          KeyConditionExpression: '#by = :by',
          ExpressionAttributeNames: { '#by': attribute },
          ExpressionAttributeValues: { ':by': value },
          ScanIndexForward: false,
          Limit: limit,
          ...(from && { ExclusiveStartKey: { ...by, ...from } }),
        }),
      );
      const leases = await read(Items.map(({ id }) => String(id)));
      return { leases, ...(LastEvaluatedKey && { next: placeOf(LastEvaluatedKey) }) };
    },
  };
}

async function* queryPages(dynamo: DynamoDBDocumentClient, query: QueryCommandInput) {
  let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
  do {
    const page = await dynamo.send(
      new QueryCommand({ ...query, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
    );
    if (page.Items && page.Items.length > 0) yield page.Items;
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

/** Ids tell what they are of. */
function dueOf(id: string): Due {
  const { shard, revocation } = idPrefix;
  if (id.startsWith(shard)) return { kind: 'shard', role: id.slice(shard.length) };
  if (id.startsWith(revocation)) return { kind: 'revocation', id: id.slice(revocation.length) };
  return { kind: 'lease', id };
}

function entryOf(item: Record<string, unknown>): DeniedLease {
  const {
    id,
    agent,
    gen,
    state,
    children = [],
    deny_until,
  } = item as unknown as Lease & {
    deny_until: EpochSeconds;
  };
  return { id, agent, gen, voluntary: state === 'released', chain: children.length > 0, until: deny_until };
}

function placeOf(key: Record<string, unknown>): Place {
  return { id: String(key['id']), issued_at: key['issued_at'] as EpochSeconds };
}
