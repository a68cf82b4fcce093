import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { sameVote } from '../../core/approval.ts';
import { type Lease, seenState } from '../../core/lease.ts';

import { leaseIndexes } from '../../core/settings.ts';
import { type DelegableLeases, mostChildren } from '../../core/use-cases/delegate-lease.ts';
import type { AwaitingLeases } from '../../core/use-cases/list-approvals.ts';
import type { TimedLeases } from '../../core/use-cases/timer.ts';
import type { VotableLeases } from '../../core/use-cases/vote.ts';
import { leaseRecords, leasesById, waitingForPeople } from './lease-records.ts';

const isPending = '#state = :pending';
/** What must hold for a vote: the very request, in time, and nobody has voted since it was read. */
const mayVote = [
  isPending,
  'approval.request_hash = :hash',
  'approval.approve_by > :at',
  'size(approval.votes) = :seen',
].join(' AND ');

/** Leases in DynamoDB as people decide on them; each verb that writes is one conditional write. */
export function leaseVotes(
  dynamo: DynamoDBDocumentClient,
  table: string,
): VotableLeases & AwaitingLeases & Pick<TimedLeases, 'notified'> {
  const { find, update } = leaseRecords(dynamo, table);
  return {
    find,
    async vote({ id, approval }, vote, next) {
      const decided = next.state !== 'pending';
      const sets = [
        'approval.votes = list_append(approval.votes, :votes)',
        '#state = :state',
        ...(next.state === 'approved' ? ['approval.collect_by = :collect', 'due_at = :collect'] : []),
      ];
      const removes = [
        ...(decided ? ['awaiting', 'approve_by'] : []),
        ...(next.state === 'denied' ? ['due_shard', 'due_at'] : []),
      ];
      const counted = await update(
        id,
        `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
        mayVote,
        {
          ':pending': 'pending',
          ':state': next.state,
          ':votes': [vote],
          ':hash': approval?.request_hash,
          ':at': vote.at,
          ':seen': approval?.votes.length,
          ...(next.state === 'approved' && { ':collect': next.collect_by }),
        },
      );
      // The SDK asks again when an answer is lost, and then meets its own first write.
      const isOurs = (lease: Lease | undefined) =>
        lease?.approval?.votes.some((each) => sameVote(each, vote)) === true;
      return counted || isOurs(await find(id));
    },
    async notified({ id, approval }, at) {
      const told = 'SET approval.notified_at = :at, due_at = :due';
      await update(id, told, isPending, { ':pending': 'pending', ':at': at, ':due': approval?.approve_by });
    },
    async awaiting(now, limit, from) {
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          TableName: table,
          IndexName: leaseIndexes.awaiting,
          KeyConditionExpression: 'awaiting = :awaiting AND approve_by > :now',
          ExpressionAttributeValues: { ':awaiting': waitingForPeople, ':now': now },
          Limit: limit,
          ...(from && { ExclusiveStartKey: { awaiting: waitingForPeople, ...from } }),
        }),
      );
      const ids = Items.map(({ id }) => String(id));
      const leases = await leasesById(dynamo, table, ids);
      const { id, approve_by } = LastEvaluatedKey ?? {};
      return { leases, ...(LastEvaluatedKey && { next: { id, approve_by } }) };
    },
  };
}

/** Leases in DynamoDB as others are delegated from them. */
export function leaseChildren(dynamo: DynamoDBDocumentClient, table: string): DelegableLeases {
  const { find, update } = leaseRecords(dynamo, table);
  const alive = '#state = :active AND deadline > :at AND (attribute_not_exists(beat_due) OR beat_due > :at)';
  return {
    async addChild({ id }, child, at) {
      const noted = await update(
        id,
        'SET children = list_append(if_not_exists(children, :none), :children)',
        `${alive} AND (attribute_not_exists(children) OR (size(children) < :most AND NOT contains(children, :child)))`,
        {
          ':active': 'active',
          ':at': at,
          ':none': [],
          ':children': [child],
          ':child': child,
          ':most': mostChildren,
        },
      );
      if (noted) return true;
      // Noted before: by the same request, or by this one when its answer was lost.
      const parent = await find(id);
      if (!parent || seenState(parent, at) !== 'active') return false;
      return parent.children?.includes(child) === true;
    },
  };
}
