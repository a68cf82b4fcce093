import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BrokerClient } from '../../client/index.ts';
import { leaseId } from '../../core/identity.ts';
import type { LocalBroker } from '../../local/start.ts';
import { agentRole, invoiceTask, newAgent, startBroker } from '../broker.ts';

let broker: LocalBroker;
let agent: BrokerClient;
beforeEach(async () => {
  broker = await startBroker();
  agent = await newAgent(broker);
  await agent.attest();
});
afterEach(() => broker.stop());

/** Ends the issuing process when STS is asked for the first time, before or after STS acts. */
function crashAtMint(phase: 'before' | 'after'): void {
  const stop = broker.intercept(async ({ operation }, when) => {
    if (operation !== 'AssumeRole' || when !== phase) return undefined;
    stop();
    await broker.crash('issuance');
    return 'drop';
  });
}

const key = 'invoice-4711-once';
const reserved = () =>
  broker.calls.filter(({ operation, status }) => operation === 'PutItem' && status === 200);

describe.each(['before', 'after'] as const)('a process that dies %s the wide session was made', (phase) => {
  test('leaves a lease that ends failed, and the same Idempotency-Key never makes a second one', async () => {
    crashAtMint(phase);
    await expect(agent.lease(invoiceTask(), key)).rejects.toMatchObject({ status: 502 });
    const minted = () => broker.calls.filter(({ service }) => service === 'sts').length;
    const before = minted();

    await expect(agent.lease(invoiceTask(), key)).rejects.toMatchObject({
      status: 409,
      code: 'lease_in_progress',
    });
    broker.advance(61);
    await expect(agent.lease(invoiceTask(), key)).rejects.toMatchObject({
      status: 409,
      code: 'lease_ended',
      problem: { retry: 'new_key' },
    });
    expect(minted()).toBe(before);
  });

  test('leaves a lease that its agent reads as failed', async () => {
    crashAtMint(phase);
    await expect(agent.lease(invoiceTask(), key)).rejects.toThrow();
    broker.advance(61);
    expect((await agent.read(await ownLeaseId())).state).toBe('failed');
  });
});

describe('an answer that was lost', () => {
  test('is given again for the same lease, and no second lease is written', async () => {
    const first = await agent.lease(invoiceTask(), key);
    const before = reserved().length;
    const again = await agent.lease(invoiceTask(), key);
    expect(again.lease.id).toBe(first.lease.id);
    expect(again.lease.deadline).toBe(first.lease.deadline);
    expect(reserved().length).toBe(before);
  });

  test('is given at most three times', async () => {
    await agent.lease(invoiceTask(), key);
    for (let i = 0; i < 3; i++) await agent.lease(invoiceTask(), key);
    await expect(agent.lease(invoiceTask(), key)).rejects.toMatchObject({ status: 403 });
  });

  test('does not come back for another body under the same key', async () => {
    await agent.lease(invoiceTask(), key);
    await expect(agent.lease(invoiceTask(60), key)).rejects.toMatchObject({
      status: 422,
      code: 'idempotency_key_reused',
    });
  });
});

/** The id that this agent's principal, key and Idempotency-Key lead to. */
async function ownLeaseId(): Promise<string> {
  const { region, endpoint } = broker;
  const sts = new STSClient({ region, endpoint, credentials: broker.credentialsFor(agentRole, 'who-am-i') });
  const { UserId = '' } = await sts.send(new GetCallerIdentityCommand({}));
  return leaseId(UserId.split(':')[0] ?? '', agent.key.thumbprint, key);
}
