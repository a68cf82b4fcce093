import { SQSClient } from '@aws-sdk/client-sqs';
import { leaseId } from '../core/identity.ts';
import type { Lease } from '../core/lease.ts';
import { after, epochSeconds } from '../core/time.ts';
import { sweep } from '../core/use-cases/sweep.ts';
import { duePartition, dueShards } from '../lambda/aws/lease-records.ts';
import { revokingPorts } from '../lambda/aws/revoking-ports.ts';
import { standingsOfLeases } from '../lambda/aws/standings.ts';
import { type Asked, type CountingDynamo, countingDynamo, load } from './due-table.ts';
import { type Benchmark, type Row, ratioRow } from './harness.ts';

/** Leases that are due, and among how many. */
const due = 1_000;
const few = 2_000;
const many = 100_000;
const most = 1.1;

const now = epochSeconds(1_795_485_600);

/** What a round of the sweeper asks of DynamoDB: it follows what is due, not what there is. */
export const dueIndex: Benchmark = {
  name: 'due-index',
  about: `requests of a sweep of ${due} due leases among ${many}, against among ${few}`,
  slow: true,
  run: measure,
};

async function measure(): Promise<Row[]> {
  const counting = await countingDynamo('few', 'many');
  try {
    const reference = await swept(counting, 'few', few);
    const subject = await swept(counting, 'many', many);
    const idle = await counting.count(() => sweepAll(counting, 'many', 0));
    return [
      { what: `sweep of ${due} due among ${few}, requests`, measured: `${reference.requests}` },
      ...(['requests', 'items', 'readUnits'] as const).map((kind) =>
        ratioRow(
          `the same among ${many}, ${said[kind]}`,
          `${subject[kind]}`,
          subject[kind] / reference[kind],
          most,
        ),
      ),
      {
        what: `sweep of nothing due among ${many - due}, requests`,
        measured: `${idle.requests}`,
        budget: `<= ${dueShards}`,
        within: idle.requests <= dueShards,
      },
    ];
  } finally {
    await counting.stop();
  }
}

const said = { requests: 'requests', items: 'records read', readUnits: 'capacity units' } as const;

async function swept(counting: CountingDynamo, table: string, count: number): Promise<Asked> {
  const leases = Array.from({ length: count }, (_, i) => leaseRecord(i, i < due ? now : after(now, 600)));
  await load(counting.dynamo, table, leases);
  return counting.count(() => sweepAll(counting, table, due));
}

/** A round as the function makes it; throws unless it ended what was due. */
async function sweepAll({ dynamo }: CountingDynamo, leaseTable: string, expected: number): Promise<void> {
  const settings = {
    leaseTable,
    controlTable: `${leaseTable}-controls`,
    revokerQueue: 'https://nobody.is.called',
    postgresQueue: 'https://nobody.is.called',
    oauthQueue: 'https://nobody.is.called',
    grantRolePrefix: 'arn:aws:iam::111122223333:role/mayfly/mayfly/grant/mayfly-eu-central-1-',
    grantRoleShards: '4',
  };
  const faults: unknown[] = [];
  const world = {
    ...revokingPorts(dynamo, new SQSClient({ region: 'eu-central-1' }), settings, () => now),
    timers: { send: () => Promise.reject(new Error('nobody waits for people')) },
    standingsOf: standingsOfLeases(dynamo, settings),
    report: (_: object, fault: unknown) => void faults.push(fault),
  };
  const rounds = await Promise.all(
    Array.from({ length: dueShards }, (_, partition) => sweep(world, partition)),
  );
  const seen = rounds.reduce((sum, round) => sum + round.seen, 0);
  if (seen !== expected || faults.length > 0)
    throw new Error(`${seen} of ${expected} leases were swept, ${faults.length} in vain`, {
      cause: faults[0],
    });
}

/** The record of an active lease with this deadline, as far as a sweep looks at it. */
function leaseRecord(nth: number, deadline: Lease['deadline']): Record<string, unknown> {
  const id = leaseId('AROAINVOICEAGENT0001', `key ${nth}`, 'lease');
  return {
    id,
    state: 'active',
    agent: `spiffe://mayfly.local/agent/invoice_processor/${nth}`,
    agent_type: 'invoice_processor',
    principal: 'AROAINVOICEAGENT0001',
    jkt: `key ${nth}`,
    task: { name: 'process invoice' },
    ancestors: [],
    grants: [{ kind: 'aws', role_arn: `arn:aws:iam::111122223333:role/invoice_processor-${nth % 4}` }],
    gen: 0,
    issued_at: after(deadline, -300),
    minted_at: after(deadline, -300),
    deadline,
    due_shard: duePartition(id),
    due_at: deadline,
  };
}
