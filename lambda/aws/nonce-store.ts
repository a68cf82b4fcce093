import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Nonces } from '../../core/use-cases/issue-challenge.ts';
import { happened } from './conditional.ts';

/** Or the SDK has asked again because an answer was lost, and meets its own first write. */
const isNew = 'attribute_not_exists(id) OR user_id = :user';
const isTheirs = 'user_id = :user';
const isFresh = 'expires > :now';

/** Nonces in the replay table. Consuming is one conditional delete, so of many callers one succeeds. */
export function nonceStore(dynamo: DynamoDBDocumentClient, table: string): Nonces {
  return {
    async put(nonce, userId, expires) {
      const item = { id: `nonce#${nonce}`, user_id: userId, expires, ttl: expires };
      await dynamo.send(
        new PutCommand({
          TableName: table,
          Item: item,
          ConditionExpression: isNew,
          ExpressionAttributeValues: { ':user': userId },
        }),
      );
    },
    consume: (nonce, userId, now) =>
      happened(
        dynamo.send(
          new DeleteCommand({
            TableName: table,
            Key: { id: `nonce#${nonce}` },
            ConditionExpression: `${isTheirs} AND ${isFresh}`,
            ExpressionAttributeValues: { ':user': userId, ':now': now },
          }),
        ),
      ),
  };
}
