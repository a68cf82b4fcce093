import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { LocalBroker } from '../../local/start.ts';
import { invoiceTask, newAgent, reading, s3With, startBroker, timeless } from '../broker.ts';

let broker: LocalBroker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

describe('a lease', () => {
  test('costs two STS calls and four DynamoDB requests: two that judge, two that write', async () => {
    const agent = await newAgent(broker);
    await agent.attest();
    const before = broker.calls.length;
    await agent.lease(invoiceTask());
    const operations = broker.calls.slice(before).map(({ service, operation }) => `${service}:${operation}`);
    expect(operations.filter((name) => name.startsWith('sts:'))).toEqual([
      'sts:AssumeRole',
      'sts:GetScopedCredentials',
    ]);
    const requests = operations.filter((name) => name.startsWith('dynamodb:'));
    expect(requests).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:PutItem',
      'dynamodb:BatchGetItem',
      'dynamodb:UpdateItem',
    ]);
  });

  test('reads what its task names, and nothing else', async () => {
    const { credentials } = await (await newAgent(broker)).lease(invoiceTask());
    const s3 = s3With(broker, awsCredentialsOf({ credentials }));
    expect(await reading(s3, 'acme/4711.json')).toBe('read');
    for (const key of ['acme/4712.json', 'globex/4711.json', 'acme/4711.json.bak', 'missing'])
      expect(await reading(s3, key), key).toBe('AccessDenied');
  });

  test('is shown to its agent, without secrets', async () => {
    const agent = await newAgent(broker);
    const { lease, credentials } = await agent.lease(invoiceTask());
    const seen = await agent.read(lease.id);
    expect(timeless(seen)).toEqual(timeless(lease));
    expect(JSON.stringify(seen)).not.toContain(awsCredentialsOf({ credentials }).secret_access_key);
    expect(JSON.stringify(seen)).not.toContain(awsCredentialsOf({ credentials }).session_token);
  });

  test('carries its id as source identity, its agent and type as tags, in every use', async () => {
    const { lease, credentials } = await (await newAgent(broker)).lease(invoiceTask());
    await reading(s3With(broker, awsCredentialsOf({ credentials })), 'acme/4711.json');
    expect(broker.decisions.at(-1)).toMatchObject({ sourceIdentity: lease.id, action: 's3:GetObject' });
  });
});

describe('a deadline', () => {
  test.each([
    ['invoice_processor', 300],
    ['quick_processor', 144],
  ])('of a 120 s task of %s is %i s away, and holds with the broker stopped', async (type, seconds) => {
    const own = await startBroker();
    try {
      const { lease, credentials } = await (await newAgent(own, type)).lease(invoiceTask(120));
      expect((Date.parse(lease.deadline) - Date.parse(lease.issued_at)) / 1000).toBe(seconds);
      const s3 = s3With(own, awsCredentialsOf({ credentials }));
      await own.stopBroker();
      own.advance(seconds - 5);
      expect(await reading(s3, 'acme/4711.json')).toBe('read');
      own.advance(6);
      expect(await reading(s3, 'acme/4711.json')).toMatch(/^(ExpiredToken|AccessDenied)$/);
    } finally {
      await own.stop();
    }
  });
});

describe('the broker stopped', () => {
  test('answers nobody, while S3 goes on', async () => {
    const own = await startBroker();
    try {
      const agent = await newAgent(own);
      const { credentials } = await agent.lease(invoiceTask());
      await own.stopBroker();
      await expect(agent.lease(invoiceTask())).rejects.toThrow();
      expect(await reading(s3With(own, awsCredentialsOf({ credentials })), 'acme/4711.json')).toBe('read');
    } finally {
      await own.stop();
    }
  });
});
