import {
  type DynamoDBDocumentClient,
  GetCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { shardOf } from '../../core/hash.ts';
import type { Lease } from '../../core/lease.ts';
import { batchGet } from './batch-get.ts';
import { happened } from './conditional.ts';

/** Seconds that what is over stays readable before DynamoDB's TTL may delete it: 90 days. */
export const keptSeconds = 90 * 86_400;

/** Starts of the ids of records that are no leases. */
export const idPrefix = {
  shard: 'shard#',
  revocation: 'revocation#',
  limit: 'limit#',
  calls: 'calls#',
} as const;

/** The one partition of the index of what waits for people: never much at one time. */
export const waitingForPeople = 'approval';

/** Partitions of the due index: what is due is spread over this many. */
export const dueShards = 8;

/** The partition of the due index that a record is in. */
export function duePartition(id: string): number {
  return shardOf(id, dueShards);
}

/** The records of a table, one request for each verb. */
export type Records = {
  /** The lease as it is now, read consistently. */
  find(id: string): Promise<Lease | undefined>;
  /** Changes a record if the condition holds; `values` by the names that the expressions give them. */
  update(
    id: string,
    expression: string,
    condition: string,
    values: Record<string, unknown>,
  ): Promise<boolean>;
};

/** Words that DynamoDB reserves, as the expressions spell them (DynamoDB developer guide, reserved words). */
const reserved: Readonly<Record<string, string>> = { '#state': 'state', '#end': 'end' };

/** Leases as records of a table. */
export function leaseRecords(dynamo: DynamoDBDocumentClient, table: string): Records {
  return {
    async find(id) {
      const get = new GetCommand({ TableName: table, Key: { id }, ConsistentRead: true });
      return (await dynamo.send(get)).Item as Lease | undefined;
    },
    update: (id, expression, condition, values) =>
      happened(dynamo.send(new UpdateCommand(updateOf(table, id, expression, condition, values)))),
  };
}

/** Those of these leases that there are, each once, in their order, read consistently. */
export async function leasesById(
  dynamo: DynamoDBDocumentClient,
  table: string,
  ids: readonly string[],
): Promise<Lease[]> {
  const found = await batchGet(dynamo, { [table]: ids });
  // Our own records, which the contract suite holds to their type.
  return [...new Set(ids)].flatMap((id) => (found.has(id) ? [found.get(id) as unknown as Lease] : []));
}

/** DynamoDB refuses names and values that no expression uses. */
function updateOf(
  table: string,
  id: string,
  expression: string,
  condition: string,
  values: Record<string, unknown>,
): UpdateCommandInput {
  const used = (name: string) => new RegExp(`${name}\\b`).test(`${expression} ${condition}`);
  const names = Object.entries(reserved).filter(([name]) => used(name));
  const bound = Object.entries(values).filter(([name]) => used(name));
  return {
    TableName: table,
    Key: { id },
    UpdateExpression: expression,
    ConditionExpression: condition,
    ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
    ...(bound.length > 0 && { ExpressionAttributeValues: Object.fromEntries(bound) }),
  };
}
