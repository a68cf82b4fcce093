import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBrokerClient } from '../../client/index.ts';
import type { LocalBroker } from '../../local/start.ts';
import { agentRole, invoiceTask, signedFetch, startBroker, timeless } from '../broker.ts';
import { effectsOf } from './effects.ts';

let broker: LocalBroker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

type Sent = { readonly url: string; readonly init: RequestInit };

/** An agent's request for a lease as it was sent, and a way to send it again, signed anew with the same role. */
async function captured() {
  const sent: Sent[] = [];
  const send = signedFetch(broker, broker.credentialsFor(agentRole, 'test-agent'));
  const agent = await createBrokerClient({
    url: broker.url,
    agentType: 'invoice_processor',
    clock: broker.now,
    fetch: (url, init) => {
      sent.push({ url, init });
      return send(url, init);
    },
  });
  const { lease } = await agent.lease(invoiceTask(), 'key-of-the-agent');
  const { url, init } = sent.at(-1) ?? { url: '', init: {} };
  const again = (headers: Record<string, string>) =>
    send(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } });
  return { agent, lease, again };
}

describe('a captured request', () => {
  test.each([
    ['under another Idempotency-Key', 'key-of-the-thief', 401, 'invalid_dpop_proof'],
    ['under the same Idempotency-Key', 'key-of-the-agent', 403, 'access_denied'],
  ])('%s mints nothing', async (_, idempotencyKey, status, code) => {
    const { agent, lease, again } = await captured();
    const before = effectsOf(broker);
    expect(before.slice(-2)).toEqual(['sts:GetScopedCredentials', 'dynamodb:UpdateItem']);
    const response = await again({ 'Idempotency-Key': idempotencyKey });
    expect(await response.json()).toMatchObject({ status, code });
    expect(effectsOf(broker)).toEqual(before);
    expect(timeless(await agent.read(lease.id))).toEqual(timeless(lease));
  });
});
