import { describe, expect, test } from 'vitest';
import { invoiceTask, newAgent } from '../broker.ts';
import { endingBroker, heartbeat, refusalOf } from './ended.ts';

const on = endingBroker();
const { agentWithLease, uses, deadSince } = on;

describe('a release', () => {
  test('ends the credentials, and no other lease of the agent', async () => {
    const { agent, ...first } = await agentWithLease('invoice_processor');
    const second = await agent.lease(invoiceTask());
    expect((await agent.release(first.lease.id)).state).toBe('released');
    await deadSince(first, on.broker.now());
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
    const other = await newAgent(on.broker, 'invoice_processor');
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
      on.broker.advance(heartbeat + 15);
      expect(await agent.heartbeat(issued.lease.id)).toMatchObject({ heartbeat_seconds: heartbeat });
      await on.broker.settled();
    }
    expect(await uses(issued)).toBe('read');
  });

  test('killed, is refused after two heartbeats; come back, it is kept out', async () => {
    const { agent, ...issued } = await agentWithLease();
    const { lease } = issued;
    on.broker.advance(2 * heartbeat);
    await deadSince(issued, on.broker.now());
    expect(await refusalOf(agent.heartbeat(lease.id))).toBe('lease_ended');
    expect(await refusalOf(agent.lease(invoiceTask()))).toBe('quarantined');
    expect(await refusalOf(agent.attest())).toBe('quarantined');
    expect(await on.operator.lease(lease.id)).toMatchObject({
      state: 'revoked',
      end: { cause: 'missed_heartbeat', by: 'timer' },
    });
    await on.operator.quarantine({ agent: lease.agent }, { lift: true });
    expect((await agent.lease(invoiceTask())).lease.state).toBe('active');
  });

  test('killed with all timers lost, dies at the next round of the sweeper', async () => {
    const found = on.broker.onMessage(({ queue }) => (queue.includes('imer') ? 'lost' : undefined));
    const issued = await agentWithLease();
    on.broker.advance(2 * heartbeat);
    await on.broker.settled();
    expect(await uses(issued)).toBe('read');
    const since = on.broker.now();
    await on.broker.runSchedules();
    await deadSince(issued, since);
    found();
  });
});

describe('a renewal', () => {
  test('moves the deadline within the total, and gives credentials that live as long', async () => {
    const { agent, lease } = await agentWithLease('quick_processor', 100);
    const seconds = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;
    expect(seconds(lease.issued_at, lease.deadline)).toBe(120);
    on.broker.advance(60);
    const renewed = await agent.renew(lease.id, 60);
    expect(seconds(lease.deadline, renewed.lease.deadline)).toBeGreaterThanOrEqual(11);
    const last = await agent.renew(lease.id, 43_200);
    expect(seconds(lease.issued_at, last.lease.deadline)).toBe(200);
    expect(last.lease.deadline).toBe(lease.renewable_until);
    on.broker.advance(100);
    expect(await uses(last)).toBe('read');
    on.broker.advance(60);
    expect(await uses(last)).not.toBe('read');
    expect(await refusalOf(agent.renew(lease.id, 10))).toBe('lease_ended');
  });

  test('never adds a capability', async () => {
    const { agent, lease } = await agentWithLease('invoice_processor');
    expect(await refusalOf(agent.collect(lease.id, ['file_result']))).toBe('invalid_request');
  });
});
