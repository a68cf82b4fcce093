import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { shardOf } from '../../core/hash.ts';
import { type Lease, mintsAllowed } from '../../core/lease.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import type { IssuanceLeases } from '../../core/use-cases/issue-lease.ts';
import { happened } from './conditional.ts';

const unclaimed = 'attribute_not_exists(id)';
const isIssuing = '#state = :issuing';
const isActive = '#state = :active';
const proofIsNew = 'NOT contains(proofs, :proof)';
/** Of two mints at once the later end counts: `credential_until` is a high-water mark and never falls. */
const endsNoEarlier = 'credential_until <= :until';
const mintsAreLeft = 'size(proofs) < :mints';

/** Partitions of the due index: what is due is spread over this many. */
export const dueShards = 8;

/** Seconds that an ended lease stays readable before DynamoDB's TTL may delete it: 90 days. */
const keptSeconds = 90 * 86_400;

/**
 * Leases in DynamoDB. Each verb is one request; a lost condition is told from a fault by its exception. The SDK
 * asks again when an answer is lost, and then meets its own first write: a lost condition is looked into.
 */
export function leaseStore(dynamo: DynamoDBDocumentClient, table: string): IssuanceLeases {
  const update = (id: string, expression: string, condition: string, values: Record<string, unknown>) =>
    happened(
      dynamo.send(
        new UpdateCommand({
          TableName: table,
          Key: { id },
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: values,
        }),
      ),
    );
  const find = async (id: string) => {
    const { Item } = await dynamo.send(
      new GetCommand({ TableName: table, Key: { id }, ConsistentRead: true }),
    );
    return Item as Lease | undefined;
  };
  const isOurs = async ({ id, attempt }: Lease) => {
    const current = await find(id);
    return current?.state === 'active' && current.attempt === attempt;
  };
  return {
    find,
    async reserve(lease) {
      const put = new PutCommand({
        TableName: table,
        Item: { ...lease, ...indexed(lease.id, lease.deadline) },
        ConditionExpression: unclaimed,
      });
      if (await happened(dynamo.send(put))) return 'reserved';
      const existing = await find(lease.id);
      // Deleted between the two requests: only TTL deletes, long after the end, so the key is simply too old.
      if (!existing) throw new Error('the lease vanished while its Idempotency-Key was looked up');
      return existing.attempt === lease.attempt ? 'reserved' : existing;
    },
    activate: async (lease) =>
      (await update(lease.id, 'SET #state = :active', isIssuing, {
        ':active': 'active',
        ':issuing': 'issuing',
      })) || isOurs(lease),
    fail: (id, failure) =>
      update(id, 'SET #state = :failed, failure = :failure REMOVE due_shard, due_at', isIssuing, {
        ':failed': 'failed',
        ':failure': failure,
        ':issuing': 'issuing',
      }),
    remint: async (lease, proof, until) =>
      (await update(
        lease.id,
        'SET proofs = list_append(proofs, :proofs), credential_until = :until, attempt = :attempt',
        [isActive, proofIsNew, mintsAreLeft, endsNoEarlier].join(' AND '),
        {
          ':active': 'active',
          ':proof': proof,
          ':proofs': [proof],
          ':mints': mintsAllowed(lease),
          ':until': until,
          ':attempt': lease.attempt,
        },
      )) || isOurs(lease),
  };
}

/** `due_shard` and `due_at` make the sparse index that a sweep reads; what ends leaves it. */
function indexed(id: string, deadline: EpochSeconds) {
  return { due_shard: shardOf(id, dueShards), due_at: deadline, ttl: after(deadline, keptSeconds) };
}
