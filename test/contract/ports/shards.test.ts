import { afterAll, describe, expect, it } from 'vitest';
import { base32Digest } from '../../../core/hash.ts';
import { untouched } from '../../../core/standing.ts';
import { after, type EpochSeconds } from '../../../core/time.ts';
import type { WritableShards } from '../../../core/use-cases/enforce.ts';
import { leasePorts } from '../../../lambda/aws/revoking-ports.ts';
import { shardStore } from '../../../lambda/aws/shard-store.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryBooks } from '../../ports/memory-books.ts';
import { dueNow, fresh, type LeasePorts } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

type Books = { readonly leases: Pick<LeasePorts, 'due'>; readonly shards: WritableShards };
const inDynamo: Books = { leases: leasePorts(dynamo, 'leases'), shards: shardStore(dynamo, 'leases') };
const implementations: [string, Books][] = [
  ['in memory', memoryBooks()],
  ['in DynamoDB', inDynamo],
];

const [anna, bert] = ['a'.repeat(26), 'b'.repeat(26)];
const later = after(morning, 3_660);

describe.each(implementations)('shards %s', (_, { leases, shards }) => {
  const isDue = async (role: string, now: EpochSeconds) =>
    (await dueNow(leases, now)).some((due) => due.kind === 'shard' && due.role === role);

  it('of which nothing was said are untouched', async () => {
    const role = fresh('role');
    expect(await shards.read(role)).toEqual(untouched(role));
    expect(await isDue(role, later)).toBe(false);
  });

  it('count every change, and call once until the call is answered', async () => {
    const role = fresh('role');
    expect(await shards.mark(role, morning)).toEqual({ dirty: 1, call: true });
    expect(await shards.mark(role, morning)).toEqual({ dirty: 2, call: false });
    expect(await shards.denyAgent(role, anna, later, morning)).toEqual({ dirty: 3, call: false });
    await shards.answer(role);
    expect(await shards.mark(role, morning)).toEqual({ dirty: 4, call: true });
    expect(await shards.read(role)).toMatchObject({
      dirty: 4,
      written: 0,
      agents: { [anna]: { until: later, gen: 0 } },
    });
  });

  it('call once, when many change at one moment', async () => {
    const role = fresh('role');
    const marks = await Promise.all(Array.from({ length: 8 }, () => shards.mark(role, morning)));
    expect(marks.filter(({ call }) => call)).toHaveLength(1);
    expect(marks.map(({ dirty }) => dirty).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('are due from the moment of a change on, called or not', async () => {
    const role = fresh('role');
    await shards.mark(role, morning);
    expect(await isDue(role, after(morning, -1))).toBe(false);
    expect(await isDue(role, morning)).toBe(true);
    await shards.answer(role);
    expect(await isDue(role, morning)).toBe(true);
  });

  it('deny each agent for a time of its own', async () => {
    const role = fresh('role');
    await shards.denyAgent(role, anna, later, morning);
    await shards.denyAgent(role, bert, after(later, 5), morning);
    await shards.denyAgent(role, anna, after(later, 9), morning);
    expect((await shards.read(role)).agents).toEqual({
      [anna]: { until: after(later, 9), gen: 0 },
      [bert]: { until: after(later, 5), gen: 0 },
    });
  });

  it('deny what was issued before a second that never falls', async () => {
    const role = fresh('role');
    expect(await shards.denyIssuedBefore(role, morning, morning)).toEqual({ dirty: 1, call: true });
    for (const before of [morning, after(morning, -1)])
      expect(await shards.denyIssuedBefore(role, before, morning)).toEqual({ dirty: 0, call: false });
    expect(await shards.read(role)).toMatchObject({ issued_before: morning, dirty: 1 });
    expect((await shards.denyIssuedBefore(role, after(morning, 1), morning)).dirty).toBe(2);
    expect(await shards.read(role)).toMatchObject({ issued_before: after(morning, 1) });
  });

  it('begin a generation once, which says all that was said of older ones', async () => {
    const role = fresh('role');
    await shards.denyAgent(role, anna, later, morning);
    await shards.denyAgent(role, bert, later, morning);
    await shards.denyIssuedBefore(role, morning, morning);
    expect(await shards.begin(role, 1, later, morning)).toEqual({ dirty: 4, call: false });
    // The agents stay on record, with the generation in which they were denied, until the document is written.
    const agents = { [anna]: { until: later, gen: 0 }, [bert]: { until: later, gen: 0 } };
    expect(await shards.read(role)).toEqual({
      ...untouched(role),
      gen: 1,
      gen_until: later,
      agents,
      dirty: 4,
    });
    for (const gen of [1, 0])
      expect(await shards.begin(role, gen, after(later, 9), morning)).toEqual({ dirty: 0, call: false });
    expect(await shards.read(role)).toMatchObject({ gen: 1, gen_until: later, dirty: 4 });
    await shards.denyAgent(role, bert, later, morning);
    await shards.written(role, await shards.read(role), morning, undefined);
    expect((await shards.read(role)).agents).toEqual({ [bert]: { until: later, gen: 1 } });
  });

  it('begin a generation on a role of which nothing was said', async () => {
    const role = fresh('role');
    expect(await shards.begin(role, 3, later, morning)).toEqual({ dirty: 1, call: true });
    expect(await shards.read(role)).toEqual({ ...untouched(role), gen: 3, gen_until: later, dirty: 1 });
    await shards.denyAgent(role, anna, later, morning);
    expect(await shards.read(role)).toMatchObject({ gen: 3, agents: { [anna]: { until: later, gen: 3 } } });
  });

  it('that were written without a change in between are due when they are to be verified', async () => {
    const role = fresh('role');
    await shards.mark(role, morning);
    const [read, due] = [await shards.read(role), after(morning, 60)];
    await shards.written(role, read, after(morning, 2), due);
    expect(await shards.read(role)).toMatchObject({ dirty: 1, written: 1, written_at: after(morning, 2) });
    expect(await isDue(role, after(morning, 59))).toBe(false);
    expect(await isDue(role, due)).toBe(true);
  });

  it('that were written and deny nothing are not due again', async () => {
    const role = fresh('role');
    await shards.mark(role, morning);
    await shards.written(role, await shards.read(role), morning, undefined);
    expect(await isDue(role, later)).toBe(false);
    await shards.mark(role, morning);
    expect(await isDue(role, morning)).toBe(true);
  });

  it('that changed while they were written stay dirty, and due at once', async () => {
    const role = fresh('role');
    await shards.mark(role, morning);
    const read = await shards.read(role);
    await shards.mark(role, after(morning, 1));
    for (const due of [after(morning, 60), undefined]) {
      await shards.written(role, read, after(morning, 2), due);
      expect(await shards.read(role)).toMatchObject({ dirty: 2, written: 1, written_at: after(morning, 2) });
      expect(await isDue(role, after(morning, 1))).toBe(true);
    }
  });

  it('forget agents that were over when they were written, and no others', async () => {
    const role = fresh('role');
    await shards.denyAgent(role, anna, after(morning, 10), morning);
    await shards.denyAgent(role, bert, after(morning, 11), morning);
    await shards.written(role, await shards.read(role), after(morning, 10), undefined);
    expect((await shards.read(role)).agents).toEqual({ [bert]: { until: after(morning, 11), gen: 0 } });
  });

  it('forget at one time however many agents a new generation covers', async () => {
    const role = fresh('role');
    const tags = Array.from({ length: 150 }, (_, i) => base32Digest([String(i)], 26).toLowerCase());
    for (const tag of tags) await shards.denyAgent(role, tag, later, morning);
    await shards.begin(role, 1, later, morning);
    const read = await shards.read(role);
    expect(Object.keys(read.agents)).toHaveLength(150);
    await shards.written(role, read, morning, after(morning, 60));
    expect(await shards.read(role)).toMatchObject({ agents: {}, dirty: 151, written: 151 });
    expect(await isDue(role, after(morning, 59))).toBe(false);
  });

  it('drop no revocation: an agent that is revoked anew while its old denial is forgotten stays denied', async () => {
    const role = fresh('role');
    await shards.denyAgent(role, anna, after(morning, 10), morning);
    const read = await shards.read(role);
    await shards.denyAgent(role, anna, later, after(morning, 10));
    await shards.written(role, read, after(morning, 11), undefined);
    expect((await shards.read(role)).agents).toEqual({ [anna]: { until: later, gen: 0 } });
    expect(await isDue(role, after(morning, 11))).toBe(true);
  });

  it('remember since when IAM does not take them, until it does', async () => {
    const role = fresh('role');
    await shards.mark(role, morning);
    await shards.failing(role, after(morning, 40));
    await shards.failing(role, after(morning, 99));
    expect(await shards.read(role)).toMatchObject({ failing_since: after(morning, 40), written: 0 });
    expect(await isDue(role, morning)).toBe(true);
    await shards.written(role, await shards.read(role), after(morning, 120), undefined);
    expect((await shards.read(role)).failing_since).toBeUndefined();
  });

  it('that changed while IAM took them after all are failing no more', async () => {
    const role = fresh('role');
    await shards.mark(role, morning);
    const read = await shards.read(role);
    await shards.failing(role, morning);
    await shards.mark(role, morning);
    await shards.written(role, read, morning, undefined);
    expect((await shards.read(role)).failing_since).toBeUndefined();
  });

  it('take a call of which nobody told them: there is nothing to write, and nothing is due', async () => {
    const role = fresh('role');
    await shards.answer(role);
    await shards.written(role, await shards.read(role), morning, undefined);
    expect(await shards.read(role)).toMatchObject({ dirty: 0, written: 0, gen: 0, agents: {} });
    expect(await isDue(role, later)).toBe(false);
    expect((await shards.mark(role, morning)).call).toBe(true);
  });

  it('are no leases', async () => {
    const role = fresh('role');
    await shards.mark(role, morning);
    expect((await dueNow(leases, morning)).some((due) => due.kind === 'lease')).toBe(false);
  });
});
