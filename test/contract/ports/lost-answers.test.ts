import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import type { Quota } from '../../../core/quota.ts';
import { after } from '../../../core/time.ts';
import { claimLimits } from '../../../core/use-cases/claim-limits.ts';
import { quotaStore } from '../../../lambda/aws/quota-store.ts';
import { standingReader } from '../../../lambda/aws/standings.ts';
import { morning } from '../../core/invoices.ts';
import { startDynamo } from '../../ports/dynamo.ts';
import { again, dynamoLeases, fresh, heardLease, mintOf, newLease, pendingLease, voteOf } from './leases.ts';

// The SDK asks again when the connection breaks, and then meets its own first write: it must not be taken for another's.

const { dynamo, stop } = await startDynamo('leases', 'controls');
afterAll(stop);
const line = breakable(dynamo);
const leases = dynamoLeases(dynamo);
const tables = { leaseTable: 'leases', controlTable: 'controls' };
const world = { leases, quotas: quotaStore(dynamo, 'leases'), standings: standingReader(dynamo, tables) };

/** How often requests went out, and whether the answer to the next write is lost. */
function breakable(client: DynamoDBDocumentClient) {
  const state = { breaks: false, writes: 0 };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args).catch((error: unknown) => error);
        const isWrite = /^(Put|Update)Item/.test(commandName ?? '');
        if (isWrite) state.writes++;
        if (isWrite && state.breaks) {
          state.breaks = false;
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        }
        if (answer instanceof Error) throw answer;
        return answer as Awaited<ReturnType<typeof next>>;
      },
    { step: 'deserialize', priority: 'high' },
  );
  return state;
}

/** Does a write whose answer is lost, and looks at the lease it is about. */
async function lost<Answer>(write: () => Promise<Answer>): Promise<Answer> {
  Object.assign(line, { breaks: true, writes: 0 });
  const answer = await write();
  expect(line, 'it was sent twice').toEqual({ breaks: false, writes: 2 });
  return answer;
}

async function kept(lease: Lease): Promise<Lease> {
  await leases.reserve(lease);
  return lease;
}
async function active(lease = heardLease(30)): Promise<Lease> {
  await kept(lease);
  await leases.activate(lease);
  return lease;
}
const found = ({ id }: Lease) => leases.find(id);
const approved = { state: 'approved', collect_by: after(morning, 900) } as const;

beforeEach(() => void Object.assign(line, { breaks: false }));

it('a lease is reserved once, whether it is made or waits for people', async () => {
  for (const lease of [newLease(), pendingLease()])
    expect(await lost(() => leases.reserve(lease))).toBe('reserved');
});

it('a lease is activated, and minted again, once', async () => {
  const lease = await kept(newLease());
  expect(await lost(() => leases.activate(lease))).toBe(true);
  const minting = again(lease);
  expect(await lost(() => leases.remint(minting, mintOf(lease, 'proof-1')))).toBe(true);
  expect((await found(lease))?.proofs).toEqual(['proof-of-reserve', 'proof-1']);
});

it('a vote is counted once', async () => {
  const lease = await kept(pendingLease());
  expect(await lost(() => leases.vote(lease, voteOf('anna'), { state: 'pending' }))).toBe(true);
  const seen = await found(lease);
  if (!seen) throw new Error('the lease is gone');
  expect(await lost(() => leases.vote(seen, voteOf('bert'), approved))).toBe(true);
  expect(await found(lease)).toMatchObject({
    state: 'approved',
    approval: { votes: [voteOf('anna'), voteOf('bert')] },
  });
});

it('a vote that another one beat to it is not taken for counted', async () => {
  const lease = await kept(pendingLease());
  await leases.vote(lease, voteOf('anna'), { state: 'pending' });
  expect(await lost(() => leases.vote(lease, voteOf('bert'), approved))).toBe(false);
  expect((await found(lease))?.approval?.votes).toEqual([voteOf('anna')]);
});

it('what people approved is begun once', async () => {
  const lease = await kept(pendingLease());
  await leases.vote(lease, voteOf('anna'), approved);
  const { approval = lease.approval } = (await found(lease)) ?? {};
  if (!approval) throw new Error('the lease asks nobody');
  const making = { ...again(lease), state: 'issuing', approval, minted_at: lease.issued_at } as const;
  expect(await lost(() => leases.begin(making))).toBe(true);
  expect(await found(lease)).toMatchObject({ state: 'issuing', attempt: making.attempt });
});

it('a child is noted once', async () => {
  const lease = await active();
  const child = newLease().id;
  expect(await lost(() => leases.addChild(lease, child, lease.issued_at))).toBe(true);
  expect((await found(lease))?.children).toEqual([child]);
});

it('people are told once', async () => {
  const lease = await kept(pendingLease());
  await lost(() => leases.notified(lease, after(morning, 3)));
  expect((await found(lease))?.approval?.notified_at).toBe(after(morning, 3));
});

it.each([
  'cancelled',
  'deadline',
  'revoked',
  'scope_revoked',
] as const)('what waits ends once: %s', async (cause) => {
  const lease = await kept(pendingLease());
  const end = { at: after(lease.issued_at, 300), cause, by: 'somebody' };
  expect(await lost(() => leases.end(lease, end))).toBe(true);
  expect((await found(lease))?.end).toEqual(end);
});

it('a lease is counted once by a limit, as its own, and another request of its key waits until it is there', async () => {
  const until = after(morning, 300);
  const id = fresh('limit#hour#type-');
  const quota: Quota = { id, rule: 'limits.per_hour', most: 2, unit: 1, live: false, amount: 1, until };
  const lease = newLease();
  const claims = await lost(() => claimLimits(world, [quota], lease, morning));
  const entry = { lease: lease.id, amount: 1, until, at: morning, by: lease.attempt };
  expect(claims).toEqual([{ id, entry }]);
  expect(await world.quotas.read(id)).toEqual([entry]);
  const other = claimLimits(world, [quota], again(lease), morning);
  await expect(other, 'another request of its key').rejects.toMatchObject({ code: 'lease_in_progress' });
  await kept(lease);
  expect(await claimLimits(world, [quota], again(lease), morning)).toEqual([]);
  expect(await claimLimits(world, [quota], newLease(), morning)).toHaveLength(1);
  const refused = claimLimits(world, [quota], newLease(), morning);
  await expect(refused).rejects.toMatchObject({ code: 'access_denied' });
});

it('a lease that takes the place of another is counted once', async () => {
  const until = after(morning, 10);
  const id = fresh('limit#hour#type-');
  const quota: Quota = { id, rule: 'limits.per_hour', most: 1, unit: 1, live: false, amount: 1, until };
  await claimLimits(world, [quota], newLease(), morning);
  const [lease, later] = [newLease(), { ...quota, until: after(morning, 100) }];
  const [over] = await world.quotas.read(id);
  if (!over) throw new Error('nothing was counted');
  const entry = { lease: lease.id, amount: 1, until: later.until, at: until, by: lease.attempt };
  await lost(() => world.quotas.replace(later, entry, [over]));
  expect(await world.quotas.read(id)).toEqual([entry]);
  expect(await claimLimits(world, [later], lease, until)).toEqual([{ id, entry }]);
});
