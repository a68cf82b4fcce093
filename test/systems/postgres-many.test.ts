import { describe, expect, it } from 'vitest';
import { type Connect, openSession } from '../../lambda/connectors/postgres-session.ts';
import {
  capabilities,
  codeFrom,
  grantingOf,
  now,
  policyWith,
  postgresWorld,
  signedIn,
} from './postgres-world.ts';

const world = postgresWorld();
const policy = policyWith(capabilities);

/** Counts round trips, and how many sessions there are at one time. */
function counting() {
  const seen = { roundTrips: 0, open: 0, most: 0 };
  const connect: Connect = async (...to) => {
    seen.open += 1;
    seen.most = Math.max(seen.most, seen.open);
    const session = await openSession(...to);
    return {
      run: (statements) => {
        seen.roundTrips += 1;
        return session.run(statements);
      },
      close: async () => {
        seen.open -= 1;
        await session.close();
      },
    };
  };
  return { seen, connect };
}

describe('round trips', () => {
  it('are two to mint, three to mint again, four to end and two where nothing is', async () => {
    const { seen, connect } = counting();
    const connector = world.connector({ connect });
    const granting = grantingOf();
    const taken = async (work: Promise<unknown>) => {
      const before = seen.roundTrips;
      await work;
      return seen.roundTrips - before;
    };
    expect(await taken(connector.mint(granting, policy, now()))).toBe(2);
    expect(await taken(connector.mint(granting, policy, now()))).toBe(3);
    expect(await taken(connector.end(granting))).toBe(4);
    expect(await taken(connector.end(granting))).toBe(2);
  });
});

describe('a hundred leases at once', () => {
  it('all get their role and all end, over a few connections, and nothing is left', async () => {
    const { seen, connect } = counting();
    const connector = world.connector({ connect });
    const grantings = Array.from({ length: 100 }, () => grantingOf());
    const made = await Promise.all(grantings.map((granting) => connector.mint(granting, policy, now())));
    const passwords = new Set(made.map(({ credential }) => credential.password));
    expect(passwords.size).toBe(100);
    const agents = await Promise.all(made.slice(0, 20).map(({ credential }) => signedIn(credential)));
    for (const client of agents)
      expect(await codeFrom(client.query('SELECT id FROM crm.customers'))).toBe('none');
    await Promise.all(grantings.map((granting) => connector.end(granting)));
    expect(seen).toMatchObject({ open: 0, most: 4, roundTrips: 600 });
    expect(await world.rows(`SELECT rolname FROM pg_roles WHERE rolname LIKE 'mayfly\\_%'`)).toEqual([]);
    expect(await world.rows(`SELECT pid FROM pg_stat_activity WHERE usename LIKE 'mayfly\\_%'`)).toEqual([]);
  });
});
