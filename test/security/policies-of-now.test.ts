import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrokerClient } from '../../client/index.ts';
import { type LocalBroker, start } from '../../local/start.ts';
import { agentRole, invoiceTask, newAgent } from '../broker.ts';
import { effectsOf } from './effects.ts';

// Its own synth, as the policies change under a running broker.

const policies = mkdtempSync(join(tmpdir(), 'mayfly-policies-'));
let broker: LocalBroker;
let agent: BrokerClient;
let leaseId: string;

/** Names another role as the long processor; other types still have the agent's, so that the API stays open to it. */
function takeOutOfLongProcessor(role: string): void {
  const file = join(policies, 'long-processor.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(`role/${role}`, 'role/somebody-else'));
}

beforeAll(async () => {
  cpSync('test/policies', policies, { recursive: true });
  broker = await start({ context: { policies } });
  broker.createRole(agentRole, [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
  agent = await newAgent(broker, 'long_processor');
  const { lease } = await agent.lease(invoiceTask());
  leaseId = lease.id;
  takeOutOfLongProcessor(agentRole);
  await broker.redeploy();
});
afterAll(async () => {
  await broker.stop();
  rmSync(policies, { recursive: true });
});

describe('a role that was taken out of a policy, with a result that has minutes left', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['gets no lease any more', () => agent.lease(invoiceTask())],
    ['collects no credentials of the lease it has', () => agent.collect(leaseId)],
  ])('%s', async (_, attempt) => {
    const before = effectsOf(broker);
    await expect(attempt()).rejects.toMatchObject({
      status: 403,
      code: 'access_denied',
      problem: { path: 'agent_type' },
    });
    expect(effectsOf(broker)).toEqual(before);
  });

  test('may still see its lease, which runs to its deadline', async () => {
    expect(await agent.read(leaseId)).toMatchObject({ id: leaseId, state: 'active' });
  });
});
