import { expect, test } from 'vitest';
import { mostEntriesOfOne } from '../../core/ladder.ts';
import { grantRoleOf } from '../../core/lease.ts';
import { agentTag } from '../../core/scope.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { endAll, fill, sessionFor } from './fill.ts';
import { ends, people } from './people.ts';
import { stateOf } from './verdict.ts';
import { earlyWorld, type FunctionName, type Gate } from './world.ts';

const heartbeat = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900, heartbeat: 25 } as const;
const policy = invoicePolicy({ lifetime: heartbeat });

test('an operator whose clock is ahead revokes a lease that only seems to be silent', async () => {
  const skew = (of: FunctionName) => (of === 'operations' ? 60 : 0);
  const world = earlyWorld({ policy, skew });
  const { agent, operator } = people(world);
  const { lease } = await agent('one').issue('a');
  await operator.revoke(ends.lease(lease.id));
  expect(await stateOf(world, lease.id)).toBe('revoked');
});

test('an operator whose clock is ahead revokes a lease that only seems to have failed', async () => {
  const skew = (of: FunctionName) => (of === 'operations' ? 60 : 0);
  const world = earlyWorld({ policy, skew });
  const { agent, operator, shown } = people(world);
  // While STS takes its time the lease is in the making.
  const gate: Gate = async (_, call, effect) => {
    const [lease] = world.books.leases.all();
    if (call === 'sts.mint' && lease) await operator.revoke(ends.lease(lease.id));
    return effect();
  };
  world.controls.gate = gate;
  await expect(agent('one').issue('a')).rejects.toMatchObject({ code: 'lease_ended' });
  expect(shown).toEqual([]);
});

/** A gate that fails the first of these calls, and notes that it did. */
function failing(...calls: readonly string[]) {
  const failed: string[] = [];
  const gate: Gate = async (_, call, effect) => {
    if (!calls.includes(call) || failed.includes(call)) return effect();
    failed.push(call);
    throw new Error(`ThrottlingException: ${call}`);
  };
  return { gate, failed };
}

test('one lease that cannot be read keeps no other from being swept in the same round', async () => {
  const world = earlyWorld({ policy, transport: { timers: () => [] } });
  const { agent } = people(world);
  const leases = [];
  for (let i = 0; i < 20; i++) leases.push((await agent(`agent ${i}`).issue('a')).lease.id);
  world.sim.jump(58);
  const { gate, failed } = failing('leases.find');
  world.controls.gate = gate;
  const swept = await world.sweepOnce();
  expect(failed).toEqual(['leases.find']);
  expect(swept).toEqual({ seen: 20, failed: 1 });
  expect(world.unswept).toHaveLength(1);
  const ended = await Promise.all(leases.map((id) => world.books.leases.find(id)));
  expect(ended.filter((lease) => lease?.state === 'revoked')).toHaveLength(19);
});

test('a page of leases that cannot be judged together is judged one by one', async () => {
  const world = earlyWorld({ policy, transport: { timers: () => [] } });
  const { agent } = people(world);
  const { lease } = await agent('one').issue('a');
  await fill(world, lease.id, 149, 1);
  world.sim.jump(58);
  world.controls.gate = failing('standings.readAll').gate;
  expect(await world.sweepOnce()).toEqual({ seen: 150, failed: 0 });
  expect(world.books.leases.all().filter(({ state }) => state === 'revoked')).toHaveLength(150);
});

test('an agent that takes too much room under a role that its type no longer has is denied there too', async () => {
  const world = earlyWorld({ policy });
  const { agent } = people(world);
  const { lease } = await agent('first').issue('a');
  const before = { books: world.books, shards: 2 };
  const leases = await fill(before, lease.id, 60, 60);
  const gone = leases.filter((each) => grantRoleOf(each).endsWith('-1'));
  expect(gone.length).toBeGreaterThan(mostEntriesOfOne);
  await endAll(world, gone, 'revoked');
  const [one] = gone;
  if (!one) throw new Error('no lease of that role');
  await world.revoker.send({ role: grantRoleOf(one), change: '1', leases: [] });
  await world.sim.advance(5);
  expect(world.aws.writes.find(({ role }) => role === grantRoleOf(one))?.text).toContain(agentTag(one.agent));
  expect(gone.filter((each) => world.aws.works(sessionFor(each), world.sim.now()))).toEqual([]);
});

test('a lease that ends while a call is on its way is denied with it, though the index is late', async () => {
  const world = earlyWorld({ policy: invoicePolicy(), indexLag: 1 });
  const { agent, shown } = people(world);
  const [one, two] = [agent('one'), agent('two')];
  const [first, second] = [(await one.issue('a')).lease, (await two.issue('a')).lease];
  // Just before the revoker answers the call of the first, so that none is sent for the second.
  world.sim.plan(1, () => void two.release(second.id));
  await one.release(first.id);
  await world.sim.advance(3);
  expect(shown.filter(({ session }) => world.aws.works(session, world.sim.now()))).toEqual([]);
});

test('a release whose write takes four seconds is denied with nobody sweeping: IAM is told after it, not before', async () => {
  const world = earlyWorld({ policy });
  world.controls.sweeping = false;
  const { agent, shown } = people(world);
  const one = agent('one');
  const { lease } = await one.issue('a');
  world.controls.gate = async (_, call, effect) => {
    if (call === 'leases.end') await new Promise<void>((resolve) => world.sim.plan(4, resolve));
    return effect();
  };
  const released = one.release(lease.id);
  await world.sim.advance(7);
  expect((await released).lease.state).toBe('released');
  expect(shown.filter(({ session }) => world.aws.works(session, world.sim.now()))).toEqual([]);
});
