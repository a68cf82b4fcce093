import { describe, expect, it } from 'vitest';
import type { EndedKind } from '../../../core/grant.ts';
import type { Lease } from '../../../core/lease.ts';
import type { EndingConnector, Granting, Made } from '../../../core/use-cases/connector.ts';
import { mintGrants } from '../../../core/use-cases/mint-grants.ts';
import { memoryBooks } from '../../ports/memory-books.ts';
import { grantingPolicy, systems } from '../granting.ts';
import { morning } from '../invoices.ts';
import { preparedLease } from './prepared.ts';
import { orderOf } from './world.ts';

const password = { host: 'db', port: 5432, database: 'crm', user: 'u', password: 'p', tls: 'off' } as const;
const token = { access_token: 'token', token_type: 'Bearer' } as const;
const expiration = '2026-11-24T12:00:00Z';

/** A system that holds what was made in it by name, and forgets what is ended; `meanwhile` happens before it answers. */
function systemOf<Of extends EndedKind>(kind: Of, made: Made<Of>, meanwhile: (name: string) => unknown) {
  const there = new Set<string>();
  const nameOf = ({ grant }: Granting<Of>) => ('name' in grant ? grant.name : '');
  const connector: EndingConnector<Of> = {
    kind,
    async mint(granting) {
      there.add(nameOf(granting));
      await meanwhile(nameOf(granting));
      return made;
    },
    async end(granting) {
      const needed = 'sealed' in granting.grant ? granting.grant.sealed : undefined;
      if (kind === 'postgres' || needed?.some((each) => each === made.sealed)) there.delete(nameOf(granting));
    },
  };
  return { there, connector };
}

async function worldWith(capabilities: readonly string[]) {
  const { leases } = memoryBooks();
  const policy = grantingPolicy();
  const lease = preparedLease(orderOf({ capabilities: [...capabilities] }), policy, undefined, systems);
  await leases.reserve(lease);
  await leases.activate(lease);
  return { lease, leases, policies: [policy], clock: () => morning };
}

/** As whoever ends a lease above ends what was delegated from it, which is active by its own record. */
const endedFromAbove = ({ leases }: Awaited<ReturnType<typeof worldWith>>, lease: Lease) =>
  leases.grantEnded(lease, 1, morning);

describe('grants that are made while somebody ends them', () => {
  it('leave no role behind where a lease above ended and this one stands as active', async () => {
    const world = await worldWith(['read_customer']);
    const made = { credential: { ...password, expiration } };
    const { there, connector } = systemOf('postgres', made, () => endedFromAbove(world, world.lease));
    await expect(mintGrants({ ...world, connector }, world.lease.id, ['crm'])).rejects.toThrow('ended');
    expect(there).toEqual(new Set());
  });

  it('leave no token behind, though the record lost what its end needs', async () => {
    const world = await worldWith(['check_vat']);
    const made = { credential: { ...token, expiration }, sealed: 'sealed' };
    const { there, connector } = systemOf('oauth', made, () => undefined);
    const seal: typeof world.leases.seal = async (...sealing) => {
      const kept = await world.leases.seal(...sealing);
      await endedFromAbove(world, world.lease);
      return kept;
    };
    const leases = { ...world.leases, seal };
    const minting = mintGrants({ ...world, leases, connector }, world.lease.id, ['check_vat']);
    await expect(minting).rejects.toThrow('ended');
    expect(there).toEqual(new Set());
  });

  it('leave nothing behind where one is made too late and another not at all', async () => {
    const world = await worldWith(['read_customer', 'read_lake']);
    const made = { credential: { ...password, expiration } };
    const end = { at: morning, cause: 'revoked', by: 'somebody' } as const;
    const { there, connector } = systemOf('postgres', made, async (name) => {
      if (name === 'crm') await world.leases.end(world.lease, end);
      else throw new Error('the database is down');
    });
    const minting = mintGrants({ ...world, connector }, world.lease.id, ['crm', 'data-lake']);
    await expect(minting).rejects.toThrow('ended');
    expect(there).toEqual(new Set());
  });

  it('are not made again once a lease above has ended them', async () => {
    const world = await worldWith(['read_customer']);
    await endedFromAbove(world, world.lease);
    const made = { credential: { ...password, expiration } };
    const { there, connector } = systemOf('postgres', made, () => expect.unreachable());
    await expect(mintGrants({ ...world, connector }, world.lease.id, ['crm'])).rejects.toThrow('nothing');
    expect(there).toEqual(new Set());
  });
});
