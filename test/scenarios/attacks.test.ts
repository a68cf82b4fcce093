import { AssumeRoleCommand, GetScopedCredentialsCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { LocalBroker } from '../../local/start.ts';
import { agentRole, invoiceTask, newAgent, signedFetch, startBroker } from '../broker.ts';

let broker: LocalBroker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

describe('a race', () => {
  test('of ten requests with one Idempotency-Key writes one lease', async () => {
    const agent = await newAgent(broker);
    await agent.attest();
    const requests = Array.from({ length: 10 }, () => agent.lease(invoiceTask(), 'one-key-for-all'));
    const outcomes = await Promise.allSettled(requests);
    const leases = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value.lease.id] : []));
    expect(new Set(leases).size).toBe(1);
    for (const each of outcomes)
      if (each.status === 'rejected') expect(each.reason.code).toMatch(/^(lease_in_progress|access_denied)$/);
  });
});

describe('the credentials of a lease', () => {
  test('open neither the API, nor another role, nor a new session', async () => {
    const { credentials } = await (await newAgent(broker)).lease(invoiceTask());
    const keys = {
      accessKeyId: awsCredentialsOf({ credentials }).access_key_id,
      secretAccessKey: awsCredentialsOf({ credentials }).secret_access_key,
      sessionToken: awsCredentialsOf({ credentials }).session_token,
    };
    const response = await signedFetch(broker, keys)(`${broker.url}/v1/challenges`, {
      method: 'POST',
      body: '{}',
    });
    expect(response.status).toBe(403);
    const { region, endpoint } = broker;
    const sts = new STSClient({ region, endpoint, credentials: keys, maxAttempts: 1 });
    const role = `arn:aws:iam::111122223333:role/${agentRole}`;
    for (const command of [
      new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'chained' }),
      new GetScopedCredentialsCommand({ DurationSeconds: 60 }),
    ])
      await expect(sts.send(command as GetScopedCredentialsCommand)).rejects.toMatchObject({
        name: 'AccessDenied',
      });
  });
});
