import { afterAll, describe, expect, it } from 'vitest';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import { after, type EpochSeconds } from '../../../core/time.ts';
import type { EndCause } from '../../../core/transitions.ts';
import type { LeaseFilter, Place } from '../../../core/use-cases/list-leases.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { fresh, heardLease, leaseImplementations, newAgent, newLease } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

const idsOf = (leases: readonly { readonly id: string }[]) => leases.map(({ id }) => id);

describe.each(leaseImplementations(dynamo))('lists of leases %s', (_, leases) => {
  async function reserved(changed: Partial<Lease>, many = 1): Promise<Lease[]> {
    const made = Array.from({ length: many }, (_, i) => {
      const issued_at = after(changed.issued_at ?? morning, i);
      return newLease({ ...changed, issued_at });
    });
    for (let i = 0; i < made.length; i += 25)
      await Promise.all(made.slice(i, i + 25).map((lease) => leases.reserve(lease)));
    return made;
  }
  async function ended(
    role: string,
    cause: EndCause,
    at = morning,
    children: readonly string[] = [],
  ): Promise<Lease> {
    const made = heardLease(30);
    const grants = made.grants.map((grant) => ({ ...grant, role_arn: `arn:aws:iam::1:role/${role}` }));
    const lease = { ...made, grants, agent: newAgent(), gen: 3 };
    await leases.reserve(lease);
    await leases.activate(lease);
    for (const child of children) expect(await leases.addChild(lease, child, at)).toBe(true);
    expect(await leases.end(lease, { at, cause, by: 'the test' })).toBe(true);
    return lease;
  }
  async function ofType(type: string, from: EpochSeconds, before: EpochSeconds): Promise<Lease[][]> {
    const pages: Lease[][] = [];
    for await (const page of leases.ofType(type, from, before)) pages.push([...page]);
    return pages;
  }
  async function pagesOf(by: LeaseFilter['by'], limit: number): Promise<string[][]> {
    const pages: string[][] = [];
    let from: Place | undefined;
    do {
      const page = await leases.page(by, limit, from);
      pages.push(idsOf(page.leases));
      from = page.next;
    } while (from);
    return pages.filter((page) => page.length > 0);
  }

  it('tell what was denied under a role: whoever ended early, with what its denial takes', async () => {
    const [role, at] = [fresh('role'), after(morning, 60)];
    const released = await ended(role, 'released');
    const silent = await ended(role, 'missed_heartbeat', at);
    const revoked = await ended(role, 'revoked');
    await ended(role, 'scope_revoked');
    await ended(role, 'deadline', after(morning, 300));
    await ended(fresh('role'), 'revoked');
    const delegating = await ended(role, 'released', morning, [newLease().id]);
    const denied = await leases.denied(role, morning);
    const entry = (lease: Lease, voluntary: boolean, chain = false) => {
      const { id, agent, gen, credential_until } = lease;
      return { id, agent, gen, voluntary, chain, until: after(credential_until, 60) };
    };
    expect(denied).toHaveLength(4);
    expect(denied).toEqual(
      expect.arrayContaining([
        entry(released, true),
        entry(silent, false),
        entry(revoked, false),
        entry(delegating, true, true),
      ]),
    );
  });

  it('forget what was denied in the second in which its credentials have surely ended', async () => {
    const role = fresh('role');
    const { id, credential_until } = await ended(role, 'revoked');
    expect(idsOf(await leases.denied(role, after(credential_until, 59)))).toEqual([id]);
    expect(await leases.denied(role, after(credential_until, 60))).toEqual([]);
  });

  it('do not deny what was left to expiry', async () => {
    const role = fresh('role');
    const [left, kept] = [await ended(role, 'released'), await ended(role, 'released')];
    await leases.leaveToExpiry(left.id);
    expect(idsOf(await leases.denied(role, morning))).toEqual([kept.id]);
  });

  it('show the leases of a type from one second on and before another, newest first', async () => {
    const agent_type = fresh('type');
    const made = await reserved({ agent_type }, 5);
    await reserved({ agent_type: fresh('type') });
    const found = (await ofType(agent_type, after(morning, 1), after(morning, 4))).flat();
    expect(idsOf(found)).toEqual(idsOf(made.slice(1, 4)).reverse());
    expect(found[0]).toMatchObject(made[3] ?? {});
    expect(await ofType(agent_type, after(morning, 5), after(morning, 9))).toEqual([]);
    expect(await ofType(fresh('type'), morning, after(morning, 9))).toEqual([]);
  });

  it('show all leases of a type, however many pages they are', async () => {
    const agent_type = fresh('type');
    const made = await reserved({ agent_type }, 205);
    const pages = await ofType(agent_type, morning, after(morning, 205));
    expect(pages.map(({ length }) => length)).toEqual([100, 100, 5]);
    expect(idsOf(pages.flat())).toEqual(idsOf(made).reverse());
  });

  it('show pages of an agent or a type, newest first, each lease once', async () => {
    const [agent, agent_type] = [newAgent(), fresh('type')];
    const made = await reserved({ agent, agent_type }, 7);
    await reserved({ agent: newAgent(), agent_type: fresh('type') });
    const newest = idsOf(made).reverse();
    for (const by of [{ agent }, { agent_type }])
      expect(await pagesOf(by, 3)).toEqual([newest.slice(0, 3), newest.slice(3, 6), newest.slice(6)]);
    expect(await pagesOf({ agent: newAgent() }, 3)).toEqual([]);
  });

  it('show every lease once, where many were issued in one second', async () => {
    const agent = newAgent();
    const made = await Promise.all([1, 2, 3, 4, 5].map(() => reserved({ agent })));
    const shown = (await pagesOf({ agent }, 2)).flat();
    expect(shown.toSorted()).toEqual(idsOf(made.flat()).toSorted());
  });

  it('go on from a place whose lease is not there any more', async () => {
    const agent = newAgent();
    const made = await reserved({ agent }, 4);
    const gone = newLease({ agent, issued_at: after(morning, 2) });
    const place = { id: gone.id, issued_at: gone.issued_at };
    const { leases: rest } = await leases.page({ agent }, 10, place);
    // Within its second the order is the index's own.
    expect(idsOf(rest).filter((id) => id !== made[2]?.id)).toEqual([made[1]?.id, made[0]?.id]);
  });

  it('read each lease itself: an index that knows only keys decides nothing', async () => {
    const agent = newAgent();
    const lease = newLease({ agent });
    await leases.reserve(lease);
    await leases.activate(lease);
    const { leases: shown } = await leases.page({ agent }, 10, undefined);
    expect(shown).toEqual([await leases.find(lease.id)]);
    expect(shown[0]).toMatchObject({ state: 'active', grants: lease.grants });
    expect(grantRoleOf(lease)).toMatch(/^mayfly-eu-central-1-invoice_processor-\d$/);
  });
});
