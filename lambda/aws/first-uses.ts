import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { FirstUses } from '../../core/use-cases/attest.ts';
import { happened } from './conditional.ts';

/** Nobody's yet, nobody's any more (items outlive their time to live by days), or this key's. */
const isFree = 'attribute_not_exists(id) OR expires <= :now OR jkt = :jkt';

/** Tokens without a nonce in the replay table: each belongs to the key that used it first. */
export function firstUses(dynamo: DynamoDBDocumentClient, table: string): FirstUses {
  return {
    bind: (id, jkt, until, now) =>
      happened(
        dynamo.send(
          new PutCommand({
            TableName: table,
            Item: { id: `first#${id}`, jkt, expires: until, ttl: until },
            ConditionExpression: isFree,
            ExpressionAttributeValues: { ':jkt': jkt, ':now': now },
          }),
        ),
      ),
  };
}
