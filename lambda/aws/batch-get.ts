import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Ids to read, by table. */
export type Wanted = Readonly<Record<string, readonly string[]>>;

/** Most keys of one request (DynamoDB API reference, BatchGetItem). */
const mostKeys = 100;

/** How often what DynamoDB left out of an answer is asked for again. */
const tries = 4;

/**
 * Reads records of several tables consistently, in as few requests as there can be; what is not there is left out.
 * Throws when DynamoDB keeps leaving some out: an answer with holes would look like records that do not exist.
 */
export async function batchGet(
  dynamo: DynamoDBDocumentClient,
  wanted: Wanted,
): Promise<Map<string, Record<string, unknown>>> {
  const keys = Object.entries(wanted).flatMap(([table, ids]) =>
    [...new Set(ids)].map((id) => [table, id] as const),
  );
  const found = new Map<string, Record<string, unknown>>();
  for (let i = 0; i < keys.length; i += mostKeys) await readAll(dynamo, keys.slice(i, i + mostKeys), found);
  return found;
}

async function readAll(
  dynamo: DynamoDBDocumentClient,
  keys: readonly (readonly [table: string, id: string])[],
  found: Map<string, Record<string, unknown>>,
): Promise<void> {
  let left = requestItems(keys);
  for (let attempt = 0; Object.keys(left).length > 0; attempt++) {
    if (attempt === tries) throw new Error('DynamoDB did not answer for all records');
    const { Responses = {}, UnprocessedKeys = {} } = await dynamo.send(
      new BatchGetCommand({ RequestItems: left }),
    );
    for (const item of Object.values(Responses).flat()) found.set(String(item['id']), item);
    left = UnprocessedKeys as typeof left;
  }
}

function requestItems(keys: readonly (readonly [table: string, id: string])[]) {
  const items: Record<string, { Keys: { id: string }[]; ConsistentRead: true }> = {};
  for (const [table, id] of keys) {
    items[table] ??= { Keys: [], ConsistentRead: true };
    items[table].Keys.push({ id });
  }
  return items;
}
