import { afterAll, describe, expect, it } from 'vitest';
import type { Revocation } from '../../../core/revocation.ts';
import { after, epochSeconds } from '../../../core/time.ts';
import type { Revocations } from '../../../core/use-cases/revoke.ts';
import type { Due } from '../../../core/use-cases/sweep.ts';
import { dueShards } from '../../../lambda/aws/lease-records.ts';
import { revocationStore } from '../../../lambda/aws/revocation-store.ts';
import { leasePorts } from '../../../lambda/aws/revoking-ports.ts';
import { shardStore } from '../../../lambda/aws/shard-store.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { memoryBooks } from '../../ports/memory-books.ts';
import { dueNow, fresh, type LeasePorts, newLease } from './leases.ts';

const { dynamo, stop } = await startDynamo('leases');
afterAll(stop);

const inDynamo = {
  leases: leasePorts(dynamo, 'leases'),
  shards: shardStore(dynamo, 'leases'),
  revocations: revocationStore(dynamo, 'leases'),
};

function newRevocation(): Revocation {
  const scope = { kind: 'agent', agent: 'spiffe://a/agent/b/c', agent_type: 'b' } as const;
  return { id: fresh('R'), scope, at: morning, by: 'an operator', reason: 'stolen' };
}

describe.each([
  ['in memory', memoryBooks()],
  ['in DynamoDB', inDynamo],
])('what is due %s', (_, { leases, shards, revocations }) => {
  /** Without what other tests left. */
  const dueOf = async (kind: Due['kind'], now = morning) =>
    (await dueNow(leases, now)).filter((due) => due.kind === kind);

  it('is named by what it is', async () => {
    const [lease, role, revocation] = [newLease(), fresh('role'), newRevocation()];
    await leases.reserve(lease);
    await shards.mark(role, morning);
    await revocations.record(revocation);
    expect(await dueOf('lease', after(morning, 60))).toContainEqual({ kind: 'lease', id: lease.id });
    expect(await dueOf('shard')).toContainEqual({ kind: 'shard', role });
    expect(await dueOf('revocation')).toContainEqual({ kind: 'revocation', id: revocation.id });
  });

  it('stops at now: nothing of the future is shown', async () => {
    const early = epochSeconds(1_000);
    await leases.reserve(newLease({ issued_at: early }));
    expect(await dueNow(leases, after(early, 59))).toEqual([]);
    expect(await dueNow(leases, after(early, 60))).toHaveLength(1);
  });

  it('comes page by page, all of it, each thing once', async () => {
    const many = 120 * dueShards;
    const issued_at = epochSeconds(5_000);
    const made = Array.from({ length: many }, () => newLease({ issued_at }));
    for (let i = 0; i < many; i += 50)
      await Promise.all(made.slice(i, i + 50).map((lease) => leases.reserve(lease)));
    const { pages, ids } = await readDue(leases);
    for (const { id } of made) expect(ids.filter((each) => each === id)).toHaveLength(1);
    expect(pages.length).toBeGreaterThan(dueShards);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(100);
  });

  async function readDue({ due }: Pick<LeasePorts, 'due'>) {
    const pages: (readonly Due[])[] = [];
    for (let partition = 0; partition < dueShards; partition++)
      for await (const page of due(partition, epochSeconds(6_000))) pages.push(page);
    return { pages, ids: pages.flat().flatMap((each) => (each.kind === 'lease' ? [each.id] : [])) };
  }

  it('holds a revocation until it is closed, and keeps it on record', async () => {
    const revocation = newRevocation();
    const isDue = async (now = morning) =>
      (await dueOf('revocation', now)).some((due) => 'id' in due && due.id === revocation.id);
    expect(await revocations.find(revocation.id)).toBeUndefined();
    await revocations.record(revocation);
    expect(await revocations.find(revocation.id)).toEqual(revocation);
    expect(await isDue(after(morning, -1))).toBe(false);
    expect(await isDue()).toBe(true);
    expect(await isDue(after(morning, 100_000))).toBe(true);
    await revocations.close(revocation.id);
    await revocations.close(revocation.id);
    expect(await isDue(after(morning, 100_000))).toBe(false);
    expect(await revocations.find(revocation.id)).toEqual(revocation);
  });

  it('is due again when it is recorded again: whoever repeats it is never late', async () => {
    const revocation = newRevocation();
    await revocations.record(revocation);
    await revocations.close(revocation.id);
    await revocations.record(revocation);
    expect(await dueOf('revocation')).toContainEqual({ kind: 'revocation', id: revocation.id });
  });

  it('makes no record by closing what is not there', async () => {
    const books: Revocations = revocations;
    await books.close('R-nobodys');
    expect(await books.find('R-nobodys')).toBeUndefined();
    expect(await leases.find('revocation#R-nobodys')).toBeUndefined();
  });
});
