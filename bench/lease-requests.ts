import { issueLease } from '../core/use-cases/issue-lease.ts';
import { leaseStore } from '../lambda/aws/lease-store.ts';
import { quotaStore } from '../lambda/aws/quota-store.ts';
import { standingReader } from '../lambda/aws/standings.ts';
import { invoicePolicy } from '../test/core/invoices.ts';
import { issuanceWorld, orderOf } from '../test/core/use-cases/world.ts';
import { type CountingDynamo, countingDynamo } from './due-table.ts';
import type { Benchmark, Row } from './harness.ts';

/** Limits of a policy, one more each time. */
const limits = [
  {},
  { concurrent_leases: 50 },
  { concurrent_leases: 50, per_hour: 1_000 },
  { concurrent_leases: 50, per_hour: 1_000, per_task: { leases: 3 } },
  {
    concurrent_leases: 50,
    per_hour: 1_000,
    per_task: { leases: 3 },
    sum: { invoice_amount: 5_000, per: 'principal', within: '1d' },
  },
] as const;

/** DynamoDB requests of a lease that asks nobody: four, and one more for each limit that its policy uses. */
const without = 4;

/** What a lease asks of DynamoDB, by how many limits its policy uses. */
export const leaseRequests: Benchmark = {
  name: 'lease-requests',
  about: 'DynamoDB requests of a lease, by how many limits its policy uses',
  async run() {
    const table = await countingDynamo('leases');
    try {
      const rows: Row[] = [];
      for (const [used, limit] of limits.entries()) rows.push(await measured(table, used, limit));
      return rows;
    } finally {
      await table.stop();
    }
  },
};

async function measured(
  table: CountingDynamo,
  used: number,
  limit: Readonly<Record<string, unknown>>,
): Promise<Row> {
  const { requests } = await table.count(() => issued(table, used, limit));
  return {
    what: `DynamoDB requests of a lease under ${used} limits`,
    measured: `${requests}`,
    budget: `<= ${without + used}`,
    within: requests <= without + used,
  };
}

function issued(
  { dynamo }: CountingDynamo,
  used: number,
  limit: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const tables = { leaseTable: 'leases', controlTable: 'leases-controls' };
  const world = {
    ...issuanceWorld(invoicePolicy({ limits: limit })),
    leases: leaseStore(dynamo, tables.leaseTable),
    quotas: quotaStore(dynamo, tables.leaseTable),
    standings: standingReader(dynamo, tables),
  };
  return issueLease(world, orderOf({}, { idempotencyKey: `key-${used}-limits` }));
}
