import type { Lease } from '../core/lease.ts';
import type { ContextPolicy } from '../core/policy/schema.ts';
import type { Systems } from '../core/policy/schema-systems.ts';
import { leaseRole } from '../core/postgres/lease-role.ts';
import { after, fromDate } from '../core/time.ts';
import type { Granting } from '../core/use-cases/connector.ts';
import { postgresConnector } from '../lambda/connectors/postgres.ts';
import { type Connect, openSession } from '../lambda/connectors/postgres-session.ts';
import { startSystems } from '../local/systems/systems.ts';
import { type Benchmark, median, type Row } from './harness.ts';

const rounds = 30;
/** Round trips of a role, beside those in which its connection is made. */
const most = { make: 3, end: 5 };

/** What a login role costs on a real PostgreSQL, over the connector itself. */
export const database: Benchmark = {
  name: 'database',
  about: `round trips and time of ${rounds} login roles on a real PostgreSQL`,
  run: measure,
};

async function measure(): Promise<Row[]> {
  const systems = await startSystems();
  const kept = new Map<string, string>();
  systems.keepSecrets({ createSecret: (arn, text) => kept.set(arn, text) });
  let trips = 0;
  const connect: Connect = async (...to) => {
    const session = await openSession(...to);
    return {
      ...session,
      run: (statements) => {
        trips++;
        return session.run(statements);
      },
    };
  };
  try {
    const connector = postgresConnector({
      systems: (JSON.parse(systems.document) as { systems: Systems }).systems,
      secrets: { read: async (arn) => kept.get(arn) ?? '' },
      connect,
    });
    const made: number[] = [];
    const ended: number[] = [];
    const seen = { make: 0, end: 0 };
    const timed = async (kind: keyof typeof seen, times: number[], work: () => Promise<unknown>) => {
      trips = 0;
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
      seen[kind] = Math.max(seen[kind], trips);
    };
    for (let round = 0; round < rounds; round++) {
      const granting = grantingOf(round);
      const now = fromDate(new Date());
      await timed('make', made, () => connector.mint(granting, policy, now));
      await timed('end', ended, () => connector.end(granting));
    }
    return rowsOf(seen, median(made), median(ended));
  } finally {
    await systems.stop();
  }
}

function rowsOf(seen: typeof most, made: number, ended: number): Row[] {
  const row = (what: string, trips: number, budget: number): Row => ({
    what,
    measured: String(trips),
    budget: `<= ${budget}`,
    within: trips <= budget,
  });
  return [
    row('round trips to make a login role', seen.make, most.make),
    row('round trips to end it', seen.end, most.end),
    { what: 'making a login role, connection included', measured: `${made.toFixed(1)} ms` },
    { what: 'ending it, connection included', measured: `${ended.toFixed(1)} ms` },
  ];
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function grantingOf(round: number): Granting<'postgres'> {
  const id = `L-${'A'.repeat(14)}${letters[Math.floor(round / 32)]}${letters[round % 32]}`;
  const lease = { id, deadline: after(fromDate(new Date()), 300) } as Lease;
  const grant = {
    kind: 'postgres',
    name: 'crm',
    user: leaseRole(id, 'crm'),
    capabilities: ['read_customer'],
  };
  // All of a lease and a grant that the connector reads.
  return { lease, grant } as unknown as Granting<'postgres'>;
}

/** All of a policy that the connector reads. */
const policy = {
  capabilities: {
    read_customer: {
      postgres: {
        database: 'crm',
        connections: 2,
        grants: [{ privileges: ['SELECT'], on: 'crm.customers', columns: ['id', 'name', 'vat_id'] }],
      },
    },
  },
} as unknown as ContextPolicy;
