import { afterAll, describe, expect, it } from 'vitest';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import { scope, scopesOf } from '../../../core/scope.ts';
import { type Standing, untouched } from '../../../core/standing.ts';
import { after } from '../../../core/time.ts';
import { standingOf } from '../../../core/use-cases/read-lease.ts';
import { controlReader, controlStore } from '../../../lambda/aws/control-store.ts';
import { leasePorts } from '../../../lambda/aws/revoking-ports.ts';
import { shardStore } from '../../../lambda/aws/shard-store.ts';
import { standingReader, standingsOfLeases } from '../../../lambda/aws/standings.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryBooks } from '../../ports/memory-books.ts';
import { watchBatches } from './batches.ts';
import { fresh, newAgent, newLease } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases', 'controls');
afterAll(stop);
const batches = watchBatches(dynamo);

const tables = { leaseTable: 'leases', controlTable: 'controls' };
const inDynamo = {
  leases: leasePorts(dynamo, 'leases'),
  controls: controlStore(dynamo, 'controls'),
  shards: shardStore(dynamo, 'leases'),
  standings: standingReader(dynamo, tables),
  standingsOf: standingsOfLeases(dynamo, tables),
};
const quarantine = { at: morning, by: 'an operator', reason: 'stolen' };

/** A lease of an agent of its own, under a role of its own. */
function leaseOfItsOwn(): Lease {
  const lease = newLease({ agent: newAgent() });
  const role_arn = `arn:aws:iam::111122223333:role/${fresh('role')}`;
  return { ...lease, grants: lease.grants.map((grant) => ({ ...grant, role_arn })) };
}

describe.each([
  ['in memory', memoryBooks()],
  ['in DynamoDB', inDynamo],
])('standings %s', (_, { leases, controls, shards, standings, standingsOf }) => {
  const read = (lease: Lease) => standingOf({ standings }, lease);

  it('of which nothing was said are empty, their role untouched', async () => {
    const lease = leaseOfItsOwn();
    const empty: Standing = { controls: [], shard: untouched(grantRoleOf(lease)), ancestors: [] };
    expect(await read(lease)).toEqual(empty);
    expect(await standings.read([], 'role-of-nobody', [])).toEqual({
      controls: [],
      shard: untouched('role-of-nobody'),
      ancestors: [],
    });
  });

  it('hold all that was said of any scope of a lease and of its role', async () => {
    const lease = leaseOfItsOwn();
    const role = grantRoleOf(lease);
    await controls.quarantine(scope.agent(lease.agent), quarantine);
    await controls.bury(scope.chain(lease.id), after(morning, 5));
    await controls.bury(scope.chain(newLease().id), after(morning, 9));
    await shards.denyAgent(role, 'a'.repeat(26), after(morning, 60), morning);
    expect(await read(lease)).toEqual({
      controls: [
        { scope: scope.agent(lease.agent), quarantine },
        { scope: scope.chain(lease.id), revoked_before: after(morning, 5) },
      ],
      shard: await shards.read(role),
      ancestors: [],
    });
  });

  it('of what was delegated hold the leases it came from, in the order of the chain, and what was said of them', async () => {
    const [root, between] = [leaseOfItsOwn(), leaseOfItsOwn()];
    const gone = newLease();
    for (const each of [root, between]) await leases.reserve(each);
    const ancestors = [root, gone, between].map(({ id, agent, task }) => ({
      lease: id,
      agent,
      task: task.name,
    }));
    const child = { ...leaseOfItsOwn(), ancestors };
    await controls.quarantine(scope.agent(root.agent), quarantine);
    await controls.bury(scope.chain(between.id), after(morning, 5));
    await leases.activate(between);
    const standing = await read(child);
    expect(standing.controls).toEqual([
      { scope: scope.agent(root.agent), quarantine },
      { scope: scope.chain(between.id), revoked_before: after(morning, 5) },
    ]);
    expect(standing.ancestors).toEqual([
      await leases.find(root.id),
      undefined,
      await leases.find(between.id),
    ]);
    expect(standing.ancestors[2]?.state).toBe('active');
    expect(await standingsOf([child])).toEqual([standing]);
  });

  it('of what a user stands behind hold what was said of the user', async () => {
    const user = { issuer: 'https://idp.example', subject: fresh('user'), mfa: true, presented_at: morning };
    await controls.quarantine(scope.user(user), quarantine);
    const { controls: said } = await read({ ...leaseOfItsOwn(), user });
    expect(said).toEqual([{ scope: scope.user(user), quarantine }]);
  });

  it('show what was written a moment ago: a revocation is never read late', async () => {
    const lease = leaseOfItsOwn();
    for (const seconds of [1, 2, 3]) {
      await controls.bury(scope.agent(lease.agent), after(morning, seconds));
      await shards.begin(grantRoleOf(lease), seconds, after(morning, 60), morning);
      const { controls: said, shard } = await read(lease);
      expect(said).toMatchObject([{ revoked_before: after(morning, seconds) }]);
      expect(shard.gen).toBe(seconds);
    }
  });

  it('of many leases are those of each, in their order', async () => {
    const leases = Array.from({ length: 30 }, leaseOfItsOwn);
    for (const lease of leases.slice(0, 3)) await controls.quarantine(scope.agent(lease.agent), quarantine);
    await shards.mark(grantRoleOf(leases[29] ?? leaseOfItsOwn()), morning);
    expect(await standingsOf(leases)).toEqual(await Promise.all(leases.map(read)));
    expect(await standingsOf([])).toEqual([]);
  });
});

describe('standings in DynamoDB', () => {
  const { controls, standings, standingsOf } = inDynamo;
  const asking = async <Answer>(act: () => Promise<Answer>, leavesOut = (_: number) => false) => {
    batches.asked.length = 0;
    batches.leavesOut = leavesOut;
    const answer = await act().finally(() => {
      batches.leavesOut = () => false;
    });
    return { answer, asked: [...batches.asked] };
  };

  it('of one lease are one request, and none where nobody is asked about', async () => {
    const lease = leaseOfItsOwn();
    const one = await asking(() => standingOf({ standings }, lease));
    expect(one.asked).toEqual([scopesOf(lease).length + 1]);
    const ancestors = [1, 2].map(() => ({ lease: newLease().id, agent: newAgent(), task: 'a task' }));
    const child = { ...lease, ancestors };
    const below = await asking(() => standingOf({ standings }, child));
    expect(below.asked).toEqual([new Set(scopesOf(child)).size + 1 + ancestors.length]);
    expect((await asking(() => standingsOf([]))).asked).toEqual([]);
    expect((await asking(() => controlReader(dynamo, 'controls')([]))).asked).toEqual([]);
  });

  it('of many leases are a request for each hundred records, each record once', async () => {
    const leases = Array.from({ length: 120 }, leaseOfItsOwn);
    const last = leases.at(-1) ?? leaseOfItsOwn();
    await controls.quarantine(scope.agent(last.agent), quarantine);
    const { answer, asked } = await asking(() => standingsOf(leases));
    const scopes = new Set(leases.flatMap((lease) => scopesOf(lease)));
    expect(asked.reduce((sum, keys) => sum + keys)).toBe(scopes.size + leases.length);
    expect(asked.slice(0, -1)).toEqual(asked.slice(0, -1).map(() => 100));
    expect(answer).toHaveLength(120);
    expect(answer.at(-1)?.controls).toEqual([{ scope: scope.agent(last.agent), quarantine }]);
  });

  it('ask again for what DynamoDB left out of an answer', async () => {
    const lease = leaseOfItsOwn();
    await controls.quarantine(scope.agent(lease.agent), quarantine);
    await controls.bury(scope.chain(lease.id), after(morning, 5));
    const whole = await standingOf({ standings }, lease);
    const { answer, asked } = await asking(
      () => standingOf({ standings }, lease),
      (request) => request < 2,
    );
    expect(answer).toEqual(whole);
    expect(answer.controls).toHaveLength(2);
    expect(asked).toHaveLength(3);
    expect(asked[1]).toBeLessThan(asked[0] ?? 0);
  });

  it('are a fault when DynamoDB keeps leaving some out: a hole would look like nothing said', async () => {
    const lease = leaseOfItsOwn();
    await controls.quarantine(scope.agent(lease.agent), quarantine);
    const act = () => standingOf({ standings }, lease);
    await expect(asking(act, () => true)).rejects.toThrow('DynamoDB did not answer for all records');
    expect(batches.asked).toHaveLength(4);
  });
});
