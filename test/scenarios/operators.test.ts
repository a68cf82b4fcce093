import { describe, expect, test } from 'vitest';
import type { BrokerClient, IssuedLeaseResponse } from '../../client/index.ts';
import { invoiceTask, newAgent } from '../broker.ts';
import { newOperator } from '../operator.ts';
import { endingBroker, refusalOf } from './ended.ts';

const on = endingBroker();
const { agentWithLease, uses, deadSince } = on;

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
        { confirm: lease.agent_type, issued_before: new Date((on.broker.now() + 0) * 1000).toISOString() },
      ],
    ],
  ];
  test.each(kinds)('of %s ends its credentials, in the record too', async (_, scopeOf) => {
    const issued = await agentWithLease('long_processor');
    on.broker.advance(5);
    const [scope, rest] = scopeOf(issued);
    const { status, body } = await on.operator.revoke(scope, rest);
    expect({ status, code: body.code }).toEqual({ status: 202 });
    await deadSince(issued, on.broker.now());
    expect((await on.operator.lease(issued.lease.id)).state).toBe('revoked');
    expect(await refusalOf(issued.agent.collect(issued.lease.id))).toMatch(/^(lease_ended|quarantined)$/);
  });

  test('of a type leaves what is issued afterwards alone', async () => {
    const before = await agentWithLease('long_processor');
    await on.operator.revoke({ agent_type: 'long_processor' }, { confirm: 'long_processor' });
    const after = await agentWithLease('long_processor');
    await deadSince(before, on.broker.now());
    expect(await uses(after)).toBe('read');
    expect((await on.operator.lease(after.lease.id)).state).toBe('active');
  });

  test('of an agent leaves others of its type alone, and keeps it out', async () => {
    const [one, other] = [await agentWithLease(), await agentWithLease()];
    await on.operator.revoke({ agent: one.lease.agent });
    await deadSince(one, on.broker.now());
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
    const writes = () =>
      on.broker.calls.filter(({ operation }) => /^(Put|Update|Send)/.test(operation)).length;
    const before = writes();
    const refused = await on.operator.revoke(scope, rest);
    expect({ status: refused.status, code: refused.body.code }).toEqual({ status, code });
    expect(writes()).toBe(before);
  });

  test('of a lease that has ended is refused', async () => {
    const { agent, lease } = await agentWithLease('invoice_processor');
    await agent.release(lease.id);
    expect((await on.operator.revoke({ lease: lease.id })).body.code).toBe('lease_ended');
  });
});

describe('a quarantine', () => {
  test('keeps out what is new and leaves what is there, until it is lifted', async () => {
    const { agent, ...issued } = await agentWithLease('invoice_processor');
    await on.operator.quarantine({ agent_type: 'invoice_processor' }, { confirm: 'invoice_processor' });
    expect(await refusalOf(agent.lease(invoiceTask()))).toBe('quarantined');
    expect(await refusalOf(agent.collect(issued.lease.id))).toBe('quarantined');
    expect(await refusalOf((await newAgent(on.broker)).attest())).toBe('quarantined');
    expect(await uses(issued)).toBe('read');
    await on.operator.quarantine({ agent_type: 'invoice_processor' }, { lift: true });
    expect((await agent.lease(invoiceTask())).lease.state).toBe('active');
  });

  test('of everybody is not to be had by accident', async () => {
    expect((await on.operator.quarantine({ everybody: true })).body.code).toBe('invalid_request');
  });
});

describe('a list', () => {
  test('shows the leases of a type as they are judged, newest first, page by page', async () => {
    const { agent, lease } = await agentWithLease('quick_processor');
    await agent.release(lease.id);
    on.broker.advance(1);
    const last = await agent.lease(invoiceTask());
    const { leases, next } = await on.operator.leases('agent_type=quick_processor&limit=1');
    expect(leases.map(({ id }) => id)).toEqual([last.lease.id]);
    const more = await on.operator.leases(`agent_type=quick_processor&limit=1&cursor=${next}`);
    expect(more.leases).toMatchObject([{ id: lease.id, state: 'released' }]);
    const own = await on.operator.leases(`agent=${encodeURIComponent(lease.agent)}&state=active`);
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
    const { status, body } = await on.operator.ask<{ code: string }>('GET', `/v1/leases?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
  });

  test('is not for agents', async () => {
    const stranger = newOperator(on.broker, 'another-role');
    expect((await stranger.ask('GET', '/v1/leases?agent_type=quick_processor')).status).toBe(403);
    expect((await stranger.revoke({ lease: 'L-NOSUCHLEASE22222' })).status).toBe(403);
  });
});
