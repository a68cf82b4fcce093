import { describe, expect, test } from 'vitest';
import { denialBudget, inlineLimit, panicPolicy } from '../../core/denial.ts';
import { awsGrantOf } from '../../core/grant.ts';
import { mostEntriesOfOne } from '../../core/ladder.ts';
import type { Lease } from '../../core/lease.ts';
import type { Statement } from '../../core/statement.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { endAll, fill, sessionFor } from './fill.ts';
import { ends, people } from './people.ts';
import { simulated } from './simulated.ts';
import { leaseOf, stateOf, unreported } from './verdict.ts';
import { earlyWorld, type World } from './world.ts';

const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 3_600 } as const;
const long = { estimated_seconds: 2_000 };

/** Seconds for the revoker to wait and to write, and for what came while it wrote. */
const written = 5;

/** A world with one lease, of which there may be more. */
async function crowd(shards: number) {
  const world = earlyWorld({ policy: invoicePolicy({ lifetime }), shards });
  const all = people(world);
  const first = (await all.agent('first').issue('one', long)).lease;
  return { world, ...all, first };
}

/** Whether AWS lets a lease's credentials through now. */
const works = ({ aws, sim }: World, lease: Lease) => aws.works(sessionFor(lease), sim.now());

const countWorking = (world: World, leases: readonly Lease[]) =>
  leases.filter((lease) => works(world, lease)).length;

/** How many values a document's conditions name. */
function entries(text: string | undefined): number {
  const { Statement } = JSON.parse(text ?? '{"Statement":[]}') as { Statement: Statement[] };
  const values = Statement.flatMap(({ Condition = {} }) => Object.values(Condition).flatMap(Object.values));
  return values.flat().length;
}

/** No document larger than leaves room for panic, and no two writes of a role within a second. */
function keepsToItsLimits({ aws }: World): void {
  expect(aws.writes.length).toBeGreaterThan(0);
  for (const [i, { role, at, text = '' }] of aws.writes.entries()) {
    expect(text.length).toBeLessThanOrEqual(denialBudget);
    expect(text.length + panicPolicy.text.length).toBeLessThanOrEqual(inlineLimit);
    const before = aws.writes.slice(0, i).findLast((write) => write.role === role);
    if (before) expect(at - before.at).toBeGreaterThanOrEqual(1);
  }
}

test('one agent of 10,000 leases is revoked by one entry: its leases die, and no other', async () => {
  const { world, operator, first } = await crowd(4);
  const leases = await fill(world, first.id, 10_000, 8);
  const [offender] = leases;
  const isTheirs = ({ agent }: Lease) => agent === offender?.agent;
  await operator.revoke(ends.agent(offender?.agent ?? ''));
  await world.sim.advance(written);
  expect(world.aws.writes.map(({ text }) => entries(text))).toEqual([1, 1, 1, 1]);
  const theirs = leases.filter(isTheirs);
  const others = leases.filter((lease) => !isTheirs(lease));
  expect([theirs.length, countWorking(world, theirs)]).toEqual([8, 0]);
  expect([others.length, countWorking(world, others)]).toEqual([9_992, 9_992]);
  const sample = [...theirs, ...others.filter((_, i) => i % 19 === 0)];
  expect(sample.length).toBeGreaterThan(500);
  for (const lease of sample) {
    const session = sessionFor(lease);
    const text = world.aws.documentAt(session.role, world.sim.now());
    expect([lease.id, await simulated(text, session)]).toEqual([lease.id, !isTheirs(lease)]);
  }
  expect(await stateOf(world, theirs[0]?.id ?? '')).toBe('revoked');
  expect(await stateOf(world, others[0]?.id ?? '')).toBe('active');
});

test('ending one of two overlapping leases of an agent leaves the other', async () => {
  const { world, agent, shown } = await crowd(1);
  const one = agent('one');
  const [ending, staying] = [(await one.issue('a', long)).lease, (await one.issue('b', long)).lease];
  await one.release(ending.id);
  await world.sim.advance(written);
  const verdicts = shown
    .filter(({ lease }) => lease === ending.id || lease === staying.id)
    .map(({ session }) => simulated(world.aws.documentAt(session.role, world.sim.now()), session));
  expect(await Promise.all(verdicts)).toEqual([false, true]);
  expect(await stateOf(world, staying.id)).toBe('active');
});

describe('a shard that is filled', () => {
  test('by 5,000 single revocations within a minute loses none, and innocents live until a generation ends', async () => {
    const { world, operator, first } = await crowd(1);
    const leases = await fill(world, first.id, 5_200, 2);
    const innocents = leases.filter((_, i) => i % 26 === 0);
    const doomed = leases.filter((_, i) => i % 26 !== 0);
    const begun = () => world.incidents.find(({ kind }) => kind === 'next_generation');
    const eachSecond = Math.ceil(doomed.length / 60);
    const living: number[] = [];
    for (let i = 0; i < doomed.length; i += eachSecond) {
      // After the generation has ended they are dead already, and it is said so or done again.
      for (const { id } of doomed.slice(i, i + eachSecond)) await operator.revoke(ends.lease(id));
      if (!begun()) living.push(countWorking(world, innocents));
      await world.sim.advance(1);
    }
    await world.sim.advance(written);
    expect([doomed.length, countWorking(world, doomed)]).toEqual([5_000, 0]);
    const states = await Promise.all(doomed.map(({ id }) => stateOf(world, id)));
    expect(new Set(states)).toEqual(new Set(['revoked']));
    keepsToItsLimits(world);
    expect(world.aws.writes.length).toBeLessThanOrEqual(60 + written);
    // For as long as the entries fit: some 480 of them, 84 each second.
    expect(living.length).toBeGreaterThanOrEqual(5);
    expect(new Set(living)).toEqual(new Set([innocents.length]));
    expect(begun()).toMatchObject({ gen: 1 });
    expect(world.incidents).toHaveLength(1);
    expect(unreported(world)).toEqual([]);
    const next = (await people(world).agent('late').issue('new', long)).lease;
    expect([await stateOf(world, next.id), works(world, await leaseOf(world, next.id))]).toEqual([
      'active',
      true,
    ]);
  });

  test('by the releases of one agent costs that agent its leases, and nobody else anything', async () => {
    const { world, agent, shown, first } = await crowd(1);
    const innocents = await fill(world, first.id, 400, 4);
    // Others release too, none of them many.
    await endAll(world, innocents.slice(0, 100), 'released');
    const greedy = agent('greedy');
    const taken: string[] = [];
    for (let i = 0; i < 600; i++) {
      const issued = await greedy.issue(`short ${i}`).catch(() => undefined);
      if (!issued) break;
      taken.push(issued.lease.id);
      await greedy.release(issued.lease.id);
      if (i % 20 === 19) await world.sim.advance(1);
    }
    await world.sim.advance(written);
    expect(world.incidents).toEqual([{ kind: 'collapse', role: expect.any(String), agents: [greedy.id] }]);
    expect(taken.length).toBeLessThan(600);
    expect(
      shown
        .filter(({ lease }) => taken.includes(lease))
        .every(({ session }) => !world.aws.works(session, world.sim.now())),
    ).toBe(true);
    expect(countWorking(world, innocents.slice(100))).toBe(300);
    expect(countWorking(world, innocents.slice(0, 100))).toBe(0);
    await expect(greedy.issue('more')).rejects.toMatchObject({ code: 'quarantined' });
    keepsToItsLimits(world);
  });

  test('by revoked leases of one agent denies it as a whole', async () => {
    const { world, agent, operator, first } = await crowd(1);
    const innocents = await fill(world, first.id, 200, 4);
    const bad = agent('bad');
    const leases: string[] = [];
    for (let i = 0; i < 40; i++) leases.push((await bad.issue(`${i}`, long)).lease.id);
    for (const id of leases.slice(0, mostEntriesOfOne + 1)) await operator.revoke(ends.lease(id));
    await world.sim.advance(written);
    expect(world.incidents.map(({ kind }) => kind)).toEqual(['collapse']);
    for (const id of leases) expect(await stateOf(world, id)).toBe('revoked');
    expect(countWorking(world, innocents)).toBe(200);
    expect(entries(world.aws.writes.at(-1)?.text)).toBe(1);
    keepsToItsLimits(world);
  });

  test('by the releases of many leaves those that end soonest to their deadline, and no revocation', async () => {
    const { world, operator, first } = await crowd(1);
    const leases = await fill(world, first.id, 700, 5);
    const [doomed, released, innocents] = [leases.slice(0, 20), leases.slice(20, 600), leases.slice(600)];
    for (const { id } of doomed) await operator.revoke(ends.lease(id));
    await endAll(world, released, 'released');
    await world.books.shards.mark('mayfly-eu-central-1-invoice_processor-0', world.sim.now());
    await world.sim.advance(61 + written);
    expect(world.incidents.map(({ kind }) => kind)).toEqual(['left_to_expiry']);
    expect(countWorking(world, doomed)).toBe(0);
    expect(countWorking(world, innocents)).toBe(100);
    const left = (await Promise.all(released.map(({ id }) => leaseOf(world, id)))).filter(
      (lease) => awsGrantOf(lease).enforcement === 'left_to_expiry',
    );
    expect(countWorking(world, released)).toBe(left.length);
    expect(left.length).toBeGreaterThan(100);
    expect(left.length).toBeLessThan(140);
    expect(unreported(world)).toEqual([]);
    keepsToItsLimits(world);
  });
});
