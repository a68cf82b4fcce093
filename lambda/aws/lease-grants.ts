import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EndingLeases } from '../../core/use-cases/end-grants.ts';
import { type GrantingLeases, mostSealed } from '../../core/use-cases/mint-grants.ts';
import { leaseRecords } from './lease-records.ts';

/** Leases in DynamoDB as those see them who make grants and end them; each verb is one conditional write. */
export function leaseGrants(dynamo: DynamoDBDocumentClient, table: string): GrantingLeases & EndingLeases {
  const { find, update } = leaseRecords(dynamo, table);
  return {
    find,
    seal: ({ id }, index, sealed) =>
      update(
        id,
        `SET ${at(index)}.sealed = list_append(if_not_exists(${at(index)}.sealed, :none), :sealed), sealed_size = if_not_exists(sealed_size, :zero) + :size`,
        `#state IN (:issuing, :active) AND attribute_not_exists(${at(index)}.ended_at) AND (attribute_not_exists(sealed_size) OR sealed_size <= :room)`,
        {
          ':none': [],
          ':sealed': [sealed],
          ':zero': 0,
          ':size': sealed.length,
          ':room': mostSealed - sealed.length,
          ':issuing': 'issuing',
          ':active': 'active',
        },
      ),
    async grantEnded({ id }, index, now) {
      const gone = `REMOVE ${at(index)}.sealed, ${at(index)}.irrevocable_at`;
      await update(id, `SET ${at(index)}.ended_at = :at ${gone}`, isThere(index), { ':at': now });
    },
    async grantIrrevocable({ id }, index, now) {
      const since = `${at(index)}.irrevocable_at`;
      await update(id, `SET ${since} = if_not_exists(${since}, :at)`, isThere(index), { ':at': now });
    },
  };
}

/** The place of a grant in its record; a number of ours, never text from outside. */
function at(index: number): string {
  return `grants[${index}]`;
}

function isThere(index: number): string {
  return `attribute_exists(${at(index)}.kind)`;
}
