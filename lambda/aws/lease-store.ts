import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Lease, leaseDue, mintsAllowed, nextDue } from '../../core/lease.ts';
import { after } from '../../core/time.ts';
import { kindsLeft } from '../../core/transitions.ts';
import type { CountingWorld } from '../../core/use-cases/claim-limits.ts';
import type { IssuanceLeases } from '../../core/use-cases/issue-lease.ts';
import { happened } from './conditional.ts';
import { leaseEndings } from './lease-endings.ts';
import { duePartition, keptSeconds, leaseRecords, leasesById, waitingForPeople } from './lease-records.ts';

const unclaimed = 'attribute_not_exists(id)';
/** What may have been made stays due until nothing is left of it. */
const failing = 'SET #state = :failed, failure = :failure';
const failed = `${failing} REMOVE due_shard, due_at`;
const isIssuing = '#state = :issuing';
const mayBegin = '#state = :approved AND approval.collect_by > :at AND approval.request_hash = :hash';
/** What must hold for a mint; of two at once the later end counts: `credential_until` is a high-water mark. */
const mayMint = [
  '#state = :active',
  'deadline = :seen AND deadline > :at',
  '(attribute_not_exists(beat_due) OR beat_due > :at)',
  'NOT contains(proofs, :proof)',
  'size(proofs) < :mints',
  'credential_until <= :until',
].join(' AND ');

/**
 * Leases in DynamoDB as issuance writes them. Each verb is one request; a lost condition is told from a fault by its
 * exception. The SDK asks again when an answer is lost, and then meets its own first write: a lost condition is
 * looked into.
 */
export function leaseStore(
  dynamo: DynamoDBDocumentClient,
  table: string,
): IssuanceLeases & CountingWorld['leases'] {
  const { find, update } = leaseRecords(dynamo, table);
  const isOurs = async ({ id, attempt }: Lease) => {
    const current = await find(id);
    return current?.state === 'active' && current.attempt === attempt;
  };
  return {
    find,
    findAll: (ids) => leasesById(dynamo, table, ids),
    end: leaseEndings(dynamo, table).end,
    async reserve(lease) {
      const put = new PutCommand({
        TableName: table,
        Item: { ...lease, ...indexed(lease) },
        ConditionExpression: unclaimed,
      });
      if (await happened(dynamo.send(put))) return 'reserved';
      const existing = await find(lease.id);
      // Deleted between the two requests: only TTL deletes, long after the end, so the key is simply too old.
      if (!existing) throw new Error('the lease vanished while its Idempotency-Key was looked up');
      return existing.attempt === lease.attempt ? 'reserved' : existing;
    },
    async begin(lease) {
      const put = new PutCommand({
        TableName: table,
        Item: { ...lease, ...indexed(lease) },
        ConditionExpression: mayBegin,
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':approved': 'approved',
          ':at': lease.issued_at,
          ':hash': lease.approval?.request_hash,
        },
      });
      if (await happened(dynamo.send(put))) return true;
      const current = await find(lease.id);
      return current?.state === 'issuing' && current.attempt === lease.attempt;
    },
    activate: async (lease) =>
      (await update(
        lease.id,
        `SET #state = :active, due_at = :due${lease.beat_due === undefined ? '' : ', beat_due = :beat'}`,
        isIssuing,
        { ':active': 'active', ':issuing': 'issuing', ':due': nextDue(lease), ':beat': lease.beat_due },
      )) || isOurs(lease),
    fail: (lease, failure) =>
      update(lease.id, kindsLeft(lease).length > 0 ? failing : failed, isIssuing, {
        ':failed': 'failed',
        ':failure': failure,
        ':issuing': 'issuing',
      }),
    remint: async (lease, { proof, at, until, deadline }) => {
      const moved = deadline > lease.deadline ? 1 : 0;
      const minted =
        'SET proofs = list_append(proofs, :proofs), credential_until = :until, minted_at = :at, attempt = :attempt';
      const renewed = ', deadline = :deadline, renewals = renewals + :one, due_at = :due';
      const values = {
        ':active': 'active',
        ':seen': lease.deadline,
        ':at': at,
        ':proof': proof,
        ':proofs': [proof],
        ':mints': mintsAllowed({ ...lease, deadline, renewals: lease.renewals + moved }),
        ':until': until,
        ':attempt': lease.attempt,
        ':deadline': deadline,
        ':one': 1,
        ':due': nextDue({ ...lease, deadline }),
      };
      const expression = moved ? minted + renewed : minted;
      return (await update(lease.id, expression, mayMint, values)) || isOurs(lease);
    },
  };
}

/**
 * `due_shard` and `due_at` make the sparse index that a sweep reads: a lease in the making is due when it stalls.
 * `awaiting` and `approve_by` make the one of what waits for people.
 */
function indexed(lease: Lease) {
  const { id, state, approval, renewable_until } = lease;
  return {
    due_shard: duePartition(id),
    due_at: leaseDue(lease),
    ttl: after(renewable_until, keptSeconds),
    ...(state === 'pending' && approval && { awaiting: waitingForPeople, approve_by: approval.approve_by }),
  };
}
