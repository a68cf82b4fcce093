import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrokerClient, IssuedLeaseResponse } from '../../client/index.ts';
import type { LocalBroker } from '../../local/start.ts';
import { invoiceTask, newAgent, reading, s3With, startBroker } from '../broker.ts';
import { newOperator, type Operator } from '../operator.ts';

/** Seconds between heartbeats of beating_processor, and seconds that IAM takes here. */
const [heartbeat, iamDelay] = [30, 4];

let broker: LocalBroker;
let operator: Operator;
beforeAll(async () => {
  broker = await startBroker({ schedules: false });
  broker.propagation(iamDelay);
  operator = newOperator(broker);
});
afterAll(() => broker.stop());

const lateness: number[] = [];
afterAll(() => console.info(`largest lateness seen: ${Math.max(...lateness)} s until IAM was told`));

async function agentWithLease(type = 'beating_processor', seconds = 120) {
  const agent = await newAgent(broker, type);
  return { agent, ...(await agent.lease(invoiceTask(seconds))) };
}

const uses = ({ credentials }: Pick<IssuedLeaseResponse, 'credentials'>) =>
  reading(s3With(broker, credentials.aws), 'acme/4711.json');

/** Lets everything happen that an end brings about, notes how long it took here, and waits for IAM. */
async function deadSince(issued: Pick<IssuedLeaseResponse, 'credentials'>, since: number): Promise<void> {
  await broker.settled();
  const written = broker.decisions.findLast(({ action }) => action === 'iam:PutRolePolicy');
  lateness.push((written?.at ?? Number.POSITIVE_INFINITY) - since);
  broker.advance(iamDelay);
  expect(await uses(issued)).toBe('AccessDenied');
}

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'not refused',
    (error: { code?: string }) => error.code ?? String(error),
  );
}

describe('a release', () => {
  test('ends the credentials, and no other lease of the agent', async () => {
    const { agent, ...first } = await agentWithLease('invoice_processor');
    const second = await agent.lease(invoiceTask());
    expect((await agent.release(first.lease.id)).state).toBe('released');
    await deadSince(first, broker.now());
    expect(await uses(second)).toBe('read');
    expect((await agent.read(second.lease.id)).state).toBe('active');
  });

  test('twice is no fault and changes nothing', async () => {
    const { agent, lease } = await agentWithLease('invoice_processor');
    const released = await agent.release(lease.id);
    expect(await agent.release(lease.id)).toEqual(released);
    expect(released.end).toMatchObject({ cause: 'released', by: lease.agent });
  });

  test('is not for anybody else, who learns nothing', async () => {
    const { lease } = await agentWithLease('invoice_processor');
    const other = await newAgent(broker, 'invoice_processor');
    expect(await refusalOf(other.release(lease.id))).toBe('not_found');
    expect(await refusalOf(other.heartbeat(lease.id))).toBe('not_found');
    expect(await refusalOf(other.release('L-NOSUCHLEASE22222'))).toBe('not_found');
  });

  test('tells in its guarantee how an early end works', async () => {
    const { lease } = await agentWithLease('invoice_processor');
    const { worst_seconds, ...early } = lease.grants[0]?.guarantee.early ?? {};
    expect(early).toEqual({ ends: 'deny_list', typical_seconds: 5, basis: 'assumed' });
    // All that is left of the lease, and at most what IAM may take: both are 300 s here.
    expect(worst_seconds).toBeGreaterThan(290);
    expect(worst_seconds).toBeLessThanOrEqual(300);
  });
});

describe('an agent with heartbeats', () => {
  test('lives for as long as it beats', async () => {
    const { agent, ...issued } = await agentWithLease();
    for (let beat = 0; beat < 5; beat++) {
      broker.advance(heartbeat + 15);
      expect(await agent.heartbeat(issued.lease.id)).toMatchObject({ heartbeat_seconds: heartbeat });
      await broker.settled();
    }
    expect(await uses(issued)).toBe('read');
  });

  test('killed, is refused after two heartbeats; come back, it is kept out', async () => {
    const { agent, ...issued } = await agentWithLease();
    const { lease } = issued;
    broker.advance(2 * heartbeat);
    await deadSince(issued, broker.now());
    expect(await refusalOf(agent.heartbeat(lease.id))).toBe('lease_ended');
    expect(await refusalOf(agent.lease(invoiceTask()))).toBe('quarantined');
    expect(await refusalOf(agent.attest())).toBe('quarantined');
    expect(await operator.lease(lease.id)).toMatchObject({
      state: 'revoked',
      end: { cause: 'missed_heartbeat', by: 'timer' },
    });
    await operator.quarantine({ agent: lease.agent }, { lift: true });
    expect((await agent.lease(invoiceTask())).lease.state).toBe('active');
  });

  test('killed with all timers lost, dies at the next round of the sweeper', async () => {
    const found = broker.onMessage(({ queue }) => (queue.includes('imer') ? 'lost' : undefined));
    const issued = await agentWithLease();
    broker.advance(2 * heartbeat);
    await broker.settled();
    expect(await uses(issued)).toBe('read');
    const since = broker.now();
    await broker.runSchedules();
    await deadSince(issued, since);
    found();
  });
});

describe('a renewal', () => {
  test('moves the deadline within the total, and gives credentials that live as long', async () => {
    const { agent, lease } = await agentWithLease('quick_processor', 100);
    const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;
    expect(seconds(lease.issued_at, lease.deadline)).toBe(120);
    broker.advance(60);
    const renewed = await agent.renew(lease.id, 60);
    expect(seconds(lease.deadline, renewed.lease.deadline)).toBeGreaterThanOrEqual(11);
    const last = await agent.renew(lease.id, 43_200);
    expect(seconds(lease.issued_at, last.lease.deadline)).toBe(200);
    expect(last.lease.deadline).toBe(lease.renewable_until);
    broker.advance(100);
    expect(await uses(last)).toBe('read');
    broker.advance(60);
    expect(await uses(last)).not.toBe('read');
    expect(await refusalOf(agent.renew(lease.id, 10))).toBe('lease_ended');
  });

  test('never adds a capability', async () => {
    const { agent, lease } = await agentWithLease('invoice_processor');
    expect(await refusalOf(agent.collect(lease.id, ['file_result']))).toBe('invalid_request');
  });
});

describe('a revocation', () => {
  const kinds: [string, (issued: IssuedLeaseResponse & { agent: BrokerClient }) => [object, object?]][] = [
    ['a lease', ({ lease }) => [{ lease: lease.id }]],
    ['a chain', ({ lease }) => [{ chain: lease.id }]],
    ['an agent', ({ lease }) => [{ agent: lease.agent }]],
    ['a task', ({ lease }) => [{ task: { agent_type: lease.agent_type, name: lease.task.name } }]],
    ['a type', ({ lease }) => [{ agent_type: lease.agent_type }, { confirm: lease.agent_type }]],
    [
      'what was issued before a time',
      ({ lease }) => [
        { agent_type: lease.agent_type },
        { confirm: lease.agent_type, issued_before: new Date((broker.now() + 0) * 1000).toISOString() },
      ],
    ],
  ];
  test.each(kinds)('of %s ends its credentials, in the record too', async (_, scopeOf) => {
    const issued = await agentWithLease('long_processor');
    broker.advance(5);
    const [scope, rest] = scopeOf(issued);
    const { status, body } = await operator.revoke(scope, rest);
    expect({ status, code: body.code }).toEqual({ status: 202 });
    await deadSince(issued, broker.now());
    expect((await operator.lease(issued.lease.id)).state).toBe('revoked');
    expect(await refusalOf(issued.agent.collect(issued.lease.id))).toMatch(/^(lease_ended|quarantined)$/);
  });

  test('of a type leaves what is issued afterwards alone', async () => {
    const before = await agentWithLease('long_processor');
    await operator.revoke({ agent_type: 'long_processor' }, { confirm: 'long_processor' });
    const after = await agentWithLease('long_processor');
    await deadSince(before, broker.now());
    expect(await uses(after)).toBe('read');
    expect((await operator.lease(after.lease.id)).state).toBe('active');
  });

  test('of an agent leaves others of its type alone, and keeps it out', async () => {
    const [one, other] = [await agentWithLease(), await agentWithLease()];
    await operator.revoke({ agent: one.lease.agent });
    await deadSince(one, broker.now());
    expect(await uses(other)).toBe('read');
    expect(await refusalOf(one.agent.lease(invoiceTask()))).toBe('quarantined');
    await other.agent.heartbeat(other.lease.id);
  });

  test.each([
    ['an unknown lease', { lease: 'L-NOSUCHLEASE22222' }, {}, 404, 'not_found'],
    ['no scope', {}, {}, 400, 'invalid_request'],
    [
      'two scopes',
      { lease: 'L-NOSUCHLEASE22222', agent_type: 'quick_processor' },
      {},
      400,
      'invalid_request',
    ],
    ['a type by accident', { agent_type: 'quick_processor' }, {}, 400, 'invalid_request'],
    [
      'a type under another name',
      { agent_type: 'quick_processor' },
      { confirm: 'all' },
      400,
      'invalid_request',
    ],
    ['an unknown type', { agent_type: 'nobody' }, { confirm: 'nobody' }, 400, 'invalid_request'],
    [
      'what is yet to come',
      { agent_type: 'quick_processor' },
      { confirm: 'quick_processor', issued_before: '2999-01-01T00:00:00Z' },
      400,
      'invalid_request',
    ],
  ])('of %s is refused, and changes nothing', async (_, scope, rest, status, code) => {
    const writes = () => broker.calls.filter(({ operation }) => /^(Put|Update|Send)/.test(operation)).length;
    const before = writes();
    const refused = await operator.revoke(scope, rest);
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status, code });
    expect(writes()).toBe(before);
  });

  test('of a lease that has ended is refused', async () => {
    const { agent, lease } = await agentWithLease('invoice_processor');
    await agent.release(lease.id);
    expect((await operator.revoke({ lease: lease.id })).body.code).toBe('lease_ended');
  });
});

describe('a quarantine', () => {
  test('keeps out what is new and leaves what is there, until it is lifted', async () => {
    const { agent, ...issued } = await agentWithLease('invoice_processor');
    await operator.quarantine({ agent_type: 'invoice_processor' }, { confirm: 'invoice_processor' });
    expect(await refusalOf(agent.lease(invoiceTask()))).toBe('quarantined');
    expect(await refusalOf(agent.collect(issued.lease.id))).toBe('quarantined');
    expect(await refusalOf((await newAgent(broker)).attest())).toBe('quarantined');
    expect(await uses(issued)).toBe('read');
    await operator.quarantine({ agent_type: 'invoice_processor' }, { lift: true });
    expect((await agent.lease(invoiceTask())).lease.state).toBe('active');
  });

  test('of everybody is not to be had by accident', async () => {
    expect((await operator.quarantine({ everybody: true })).body.code).toBe('invalid_request');
  });
});

describe('a list', () => {
  test('shows the leases of a type as they are judged, newest first, page by page', async () => {
    const { agent, lease } = await agentWithLease('quick_processor');
    await agent.release(lease.id);
    broker.advance(1);
    const last = await agent.lease(invoiceTask());
    const { leases, next } = await operator.leases('agent_type=quick_processor&limit=1');
    expect(leases.map(({ id }) => id)).toEqual([last.lease.id]);
    const more = await operator.leases(`agent_type=quick_processor&limit=1&cursor=${next}`);
    expect(more.leases).toMatchObject([{ id: lease.id, state: 'released' }]);
    const own = await operator.leases(`agent=${encodeURIComponent(lease.agent)}&state=active`);
    expect(own.leases.map(({ id }) => id)).toEqual([last.lease.id]);
  });

  test.each([
    'agent_type=x&agent=y',
    '',
    'limit=10',
    'agent_type=quick_processor&limit=0',
    'agent_type=quick_processor&limit=101',
    'agent_type=quick_processor&cursor=x',
    'agent_type=quick_processor&state=dead',
    'agent_type=quick_processor&other=1',
    'agent_type=quick_processor&agent_type=long_processor',
  ])('of %j is refused', async (query) => {
    const { status, body } = await operator.ask<{ code: string }>('GET', `/v1/leases?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
  });

  test('is not for agents', async () => {
    const stranger = newOperator(broker, 'another-role');
    expect((await stranger.ask('GET', '/v1/leases?agent_type=quick_processor')).status).toBe(403);
    expect((await stranger.revoke({ lease: 'L-NOSUCHLEASE22222' })).status).toBe(403);
  });
});
