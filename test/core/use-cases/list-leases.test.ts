import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import type { LeaseState } from '../../../core/lease-states.ts';
import { type LeaseFilter, listLeases, type Place } from '../../../core/use-cases/list-leases.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import {
  agentNamed,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  reserveFor,
  revokeScope,
  runSweeper,
} from './early-world.ts';
import { refusalOf } from './world.ts';

const agent_type = 'invoice_processor';
const all: LeaseFilter = { by: { agent_type } };
const idsOf = (leases: readonly { readonly lease: Lease }[]) => leases.map(({ lease: { id } }) => id);

/** One lease in each state that it may be seen in, by how it came to it. */
async function worldOfAll() {
  const world = earlyWorld({ heartbeat: 100 });
  const expected = new Map<string, LeaseState>();
  const issue = async (name: string, state: LeaseState) => {
    const lease = await issueTo(world, name);
    expected.set(lease.id, state);
    return lease;
  };
  expected.set((await reserveFor(world, 'slow')).id, 'failed');
  world.clock.advance(30);
  const released = await issue('good', 'released');
  await releaseLease(world, agentNamed('good'), released.id);
  await issue('silent', 'revoked');
  await issue('buried', 'revoked');
  await revokeScope(world, { kind: 'agent', agent: agentNamed('buried').sub, agent_type });
  world.clock.advance(195);
  await issue('alive', 'active');
  expected.set((await reserveFor(world, 'making')).id, 'issuing');
  world.clock.advance(5);
  return { world, expected };
}

async function seen(world: EarlyWorld, filter: LeaseFilter) {
  const { leases } = await listLeases(world, filter, 100);
  return new Map(leases.map(({ lease: { id, state } }) => [id, state]));
}

describe('a list of leases', () => {
  it('shows each as everybody must see it, though nothing has written that down', async () => {
    const { world, expected } = await worldOfAll();
    expect(expected.size).toBe(6);
    expect(await seen(world, all)).toEqual(expected);
    await runSweeper(world);
    expect(await seen(world, all)).toEqual(expected);
  });

  it.each<LeaseState>([
    'issuing',
    'active',
    'failed',
    'released',
    'expired',
    'revoked',
  ])('of those that are %s shows those that are judged so', async (state) => {
    const { world, expected } = await worldOfAll();
    const wanted = [...expected].filter(([, each]) => each === state);
    expect(await seen(world, { ...all, state })).toEqual(new Map(wanted));
  });

  it('of an agent shows its own', async () => {
    const { world } = await worldOfAll();
    const { leases } = await listLeases(world, { by: { agent: agentNamed('alive').sub } }, 100);
    expect(leases).toMatchObject([{ lease: { agent: agentNamed('alive').sub, state: 'active' } }]);
    expect((await listLeases(world, { by: { agent: agentNamed('nobody').sub } }, 100)).leases).toEqual([]);
  });

  it('tells by what each was judged', async () => {
    const { world } = await worldOfAll();
    const { leases } = await listLeases(world, { by: { agent: agentNamed('buried').sub } }, 100);
    expect(leases[0]?.standing.controls).toMatchObject([{ quarantine: { reason: 'stolen' } }]);
  });

  it('is read through page by page, newest first, each lease once', async () => {
    const world = earlyWorld();
    const made: string[] = [];
    for (let i = 0; i < 7; i++) {
      made.push((await issueTo(world)).id);
      world.clock.advance(1);
    }
    const pages: string[][] = [];
    let from: Place | undefined;
    do {
      const page = await listLeases(world, all, 3, from);
      pages.push(idsOf(page.leases));
      from = page.next;
    } while (from);
    expect(pages).toEqual([made.slice(4).reverse(), made.slice(1, 4).reverse(), made.slice(0, 1)]);
  });

  it('goes on after a page from which the filter took all: only no `next` is the end', async () => {
    const world = earlyWorld();
    const oldest = await issueTo(world);
    for (let i = 0; i < 4; i++) {
      world.clock.advance(1);
      const lease = await issueTo(world, 'good');
      await releaseLease(world, agentNamed('good'), lease.id);
    }
    const first = await listLeases(world, { ...all, state: 'active' }, 3);
    expect(first).toMatchObject({ leases: [], next: expect.anything() });
    const second = await listLeases(world, { ...all, state: 'active' }, 3, first.next);
    expect(idsOf(second.leases)).toEqual([oldest.id]);
    expect(second.next).toBeUndefined();
  });

  it.each([0, -1, 101, 1.5, Number.NaN])('of %d leases a page is refused', async (limit) => {
    const refusal = await refusalOf(listLeases(earlyWorld(), all, limit));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path: 'limit' } });
  });
});
