import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { after } from '../../core/time.ts';
import type { UsedProofs } from '../http/attested.ts';
import { happened } from './conditional.ts';

/** Seconds after which a proof is stale by its own `iat`, whatever either clock says. */
const remembered = 180;

/** Proofs of possession in the replay table: each serves once. */
export function usedProofs(dynamo: DynamoDBDocumentClient, table: string, attempt: () => string): UsedProofs {
  return {
    use: (jkt, jti, now) => {
      const [own, until] = [attempt(), after(now, remembered)];
      return happened(
        dynamo.send(
          new PutCommand({
            TableName: table,
            Item: { id: `proof#${jkt}#${jti}`, attempt: own, expires: until, ttl: until },
            // Or the SDK has asked again because an answer was lost, and meets its own first write.
            ConditionExpression: 'attribute_not_exists(id) OR expires <= :now OR attempt = :own',
            ExpressionAttributeValues: { ':own': own, ':now': now },
          }),
        ),
      );
    },
  };
}
