import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { strengths } from '../../core/evidence.ts';
import { after } from '../../core/time.ts';
import type { AgentRegistry } from '../../core/use-cases/attest.ts';
import { happened } from './conditional.ts';

/** Seconds that an agent is known after it attested last: longer than any lease, and than whoever asks what there was. */
const keptFor = 30 * 86_400;

/** An agent that is new, or kept no longer: items outlive their time to live by days. */
const isNew = 'attribute_not_exists(id) OR kept_until <= :at';

/** Every agent that attested, in a table of its own. Attesting is one conditional update, so strength never drops. */
export function agentRegistry(dynamo: DynamoDBDocumentClient, table: string): AgentRegistry {
  return {
    attested: ({ sub, at, strength, ...agent }) => {
      const fields = {
        ...agent,
        methods: [...agent.methods],
        strength,
        strength_rank: strengths.indexOf(strength),
      };
      const names = Object.keys(fields);
      const set = [
        ...names.map((name) => `${name} = :${name}`),
        'attested_at = :at',
        'kept_until = :until',
        '#ttl = :until',
        'first_attested_at = if_not_exists(first_attested_at, :at)',
      ];
      return happened(
        dynamo.send(
          new UpdateCommand({
            TableName: table,
            Key: { id: sub },
            UpdateExpression: `SET ${set.join(', ')}`,
            ConditionExpression: `${isNew} OR strength_rank <= :strength_rank`,
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: {
              ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value])),
              ':at': at,
              ':until': after(at, keptFor),
            },
          }),
        ),
      );
    },
  };
}
