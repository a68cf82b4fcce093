import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { BrokerClient } from '../../client/index.ts';
import type { Narrowing } from '../../core/lifetime.ts';
import type { AwsCredentials } from '../../core/protocol/responses.ts';
import type { LocalBroker } from '../../local/start.ts';
import {
  invoiceTask,
  narrowedBy,
  newAgent,
  reading,
  s3With,
  startBroker,
  withoutScopedCredentials,
} from '../broker.ts';

const modes: Narrowing[] = ['scoped_credentials', 'session_policy'];

describe.each(modes)('narrowed by %s', (narrowing) => {
  let broker: LocalBroker;
  let agent: BrokerClient;
  beforeAll(async () => {
    broker = await startBroker({ alter: narrowedBy(narrowing) });
    if (narrowing === 'session_policy') broker.intercept(withoutScopedCredentials);
    agent = await newAgent(broker, 'long_processor');
  });
  afterAll(() => broker.stop());

  const seconds = (text: string) => Date.parse(text) / 1000;
  const read = (keys: AwsCredentials) => reading(s3With(broker, keys), 'acme/4711.json');

  test('a lease reads what its task names and nothing else', async () => {
    const { credentials } = await agent.lease(invoiceTask());
    expect(await read(awsCredentialsOf({ credentials }))).toBe('read');
    for (const key of ['acme/4712.json', 'globex/4711.json', 'acme/4711.json.bak'])
      expect(await reading(s3With(broker, awsCredentialsOf({ credentials })), key), key).toBe('AccessDenied');
  });

  test('the guarantee says what ends the credentials, and the answer what STS said', async () => {
    const { lease, credentials } = await agent.lease(invoiceTask(120));
    const { enforced_by } = lease.grants[0]?.guarantee ?? {};
    const native = narrowing === 'scoped_credentials';
    expect(enforced_by).toEqual(native ? ['sts_expiration', 'session_policy'] : ['session_policy']);
    expect(awsCredentialsOf({ credentials }).expiration).toBe(lease.deadline);
    const beyond = seconds(awsCredentialsOf({ credentials }).sts_expiration) - seconds(lease.deadline);
    expect(beyond).toBeGreaterThanOrEqual(native ? 0 : 900 - 144);
    expect(beyond).toBeLessThan(native ? 10 : 900);
  });

  // Estimates whose lease ends at the edges of AssumeRole (900, 3,600) and of one credential (3,540).
  test.each([
    [120, 144],
    [624, 749],
    [625, 750],
    [749, 899],
    [750, 900],
    [899, 1_079],
    [900, 1_080],
    [2_950, 3_540],
    [3_000, 3_600],
    [3_540, 4_248],
    [3_600, 4_320],
  ])('a task of %d s has credentials for exactly %d s, collected as often as it takes', async (estimate, span) => {
    const { lease, credentials } = await agent.lease(invoiceTask(estimate));
    const deadline = seconds(lease.deadline);
    expect(deadline - seconds(lease.issued_at)).toBe(span);
    let keys = awsCredentialsOf({ credentials });
    for (; seconds(keys.expiration) < deadline; keys = awsCredentialsOf(await agent.collect(lease.id))) {
      broker.advance(seconds(keys.expiration) - broker.now() - 5);
      expect(await read(keys)).toBe('read');
    }
    broker.advance(deadline - broker.now() - 5);
    expect(await read(keys)).toBe('read');
    broker.advance(6);
    expect(await read(keys)).toMatch(/^(ExpiredToken|AccessDenied)$/);
    await expect(agent.collect(lease.id)).rejects.toMatchObject({ status: 409, code: 'lease_ended' });
  });

  test('another agent collects nothing, and does not hear that there is such a lease', async () => {
    const { lease } = await agent.lease(invoiceTask());
    const other = await newAgent(broker, 'long_processor');
    await expect(other.collect(lease.id)).rejects.toMatchObject({ status: 404, code: 'not_found' });
  });
});

test('without narrowing a dead lease can still ask STS who it is, and nothing else', async () => {
  const broker = await startBroker({ alter: narrowedBy('session_policy') });
  try {
    const { lease, credentials } = await (await newAgent(broker)).lease(invoiceTask());
    broker.advance(Date.parse(lease.deadline) / 1000 - broker.now() + 1);
    const { access_key_id, secret_access_key, session_token } = awsCredentialsOf({ credentials });
    const keys = {
      accessKeyId: access_key_id,
      secretAccessKey: secret_access_key,
      sessionToken: session_token,
    };
    const { region, endpoint } = broker;
    const sts = new STSClient({ region, endpoint, credentials: keys, maxAttempts: 1 });
    await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Account: '111122223333',
    });
    expect(await reading(s3With(broker, awsCredentialsOf({ credentials })), 'acme/4711.json')).toBe(
      'AccessDenied',
    );
  } finally {
    await broker.stop();
  }
});
