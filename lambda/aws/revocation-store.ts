import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Revocation } from '../../core/revocation.ts';
import { after } from '../../core/time.ts';
import type { Revocations } from '../../core/use-cases/revoke.ts';
import { happened } from './conditional.ts';
import { duePartition, idPrefix, keptSeconds } from './lease-records.ts';

/** Revocations in the table of the leases, due from the start: whoever carries one out may crash. */
export function revocationStore(dynamo: DynamoDBDocumentClient, table: string): Revocations {
  const keyOf = (id: string) => ({ id: `${idPrefix.revocation}${id}` });
  return {
    async record(revocation) {
      const { id, at } = revocation;
      const due = { due_shard: duePartition(keyOf(id).id), due_at: at, ttl: after(at, keptSeconds) };
      await dynamo.send(new PutCommand({ TableName: table, Item: { ...keyOf(id), revocation, ...due } }));
    },
    async find(id) {
      const get = new GetCommand({ TableName: table, Key: keyOf(id), ConsistentRead: true });
      return (await dynamo.send(get)).Item?.['revocation'] as Revocation | undefined;
    },
    async close(id) {
      const close = new UpdateCommand({
        TableName: table,
        Key: keyOf(id),
        UpdateExpression: 'REMOVE due_shard, due_at',
        // Of a record that is not there it would make one.
        ConditionExpression: 'attribute_exists(id)',
      });
      await happened(dynamo.send(close));
    },
  };
}
