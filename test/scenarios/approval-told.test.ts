import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, test } from 'vitest';
import type { LeaseView } from '../../core/protocol/responses.ts';
import { leaseIndexes } from '../../core/settings.ts';
import { AwsFault } from '../../local/fault.ts';
import { alice, dora, frieda, tokenOf } from '../people.ts';
import { payingBroker, payingTask } from './paying.ts';

const on = payingBroker({ schedules: false });

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** What people were told of a lease. */
const told = ({ id }: LeaseView) => on.broker.notifications.filter(({ message }) => message.includes(id));

/** A minute passes, and all that happens in it. */
async function minute() {
  on.broker.advance(60);
  await on.broker.runSchedules();
  await on.broker.settled();
}

describe('people are told', () => {
  test('at once, once, by what the broker derived: the rest is quoted, or marked', async () => {
    const lease = await on.pending(15_000);
    await on.broker.settled();
    await minute();
    const [notification, ...more] = told(lease);
    expect(more).toEqual([]);
    expect(notification?.subject).toBe(`Approve paying_processor ${lease.id}?`);
    const { invoice_id } = lease.task.parameters;
    expect(notification?.message.split('\n')).toEqual(
      expect.arrayContaining([
        `It says:  "process invoice ${invoice_id}": "validate the invoice"`,
        '  customer_id: acme',
        `  invoice_id: ${invoice_id}  (the agent's own word, not verified)`,
        '  invoice_amount: 15000',
        `  read_invoice: s3:GetObject on arn:aws:s3:::acme-invoices/acme/${invoice_id}.json`,
        'Who:      2 of finance-managers or directors; 2 missing',
        `Until:    ${lease.approval?.approve_by}`,
      ]),
    );
    expect(notification?.message).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('within a minute where the message was lost', async () => {
    stops.push(on.broker.onMessage(() => 'lost'));
    const lease = await on.pending();
    await on.broker.settled();
    stops.pop()?.();
    expect(told(lease)).toEqual([]);
    await minute();
    expect(told(lease)).toHaveLength(1);
  });

  test('within a minute where issuance could send none', async () => {
    stops.push(failing('sqs', 'SendMessage'));
    const lease = await on.pending();
    await on.broker.settled();
    stops.pop()?.();
    expect(told(lease)).toEqual([]);
    await minute();
    expect(told(lease)).toHaveLength(1);
  });

  test('later where SNS is down, and the lease waits meanwhile', async () => {
    stops.push(failing('sns', 'Publish'));
    const lease = await on.pending();
    await on.broker.settled();
    await minute();
    stops.pop()?.();
    expect(told(lease)).toEqual([]);
    expect((await on.people.waiting()).leases.map(({ id }) => id)).toContain(lease.id);
    await minute();
    await minute();
    expect(told(lease).length).toBeGreaterThanOrEqual(1);
    const [first] = told(lease);
    for (const each of told(lease)) expect(each.message).toBe(first?.message);
    expect((await on.people.decide(lease, frieda)).body.lease?.state).toBe('approved');
  });

  test('twice where a message comes twice after it could not be noted, and nothing comes of it', async () => {
    let noted = 0;
    stops.push(
      on.broker.intercept(async ({ operation, role }, when) => {
        if (operation !== 'UpdateItem' || !/timer/i.test(role) || when !== 'before' || noted++ > 0)
          return undefined;
        throw new AwsFault('ValidationException', 'not now');
      }),
    );
    const lease = await on.pending();
    await on.broker.settled();
    for (let i = 0; i < 3; i++) await minute();
    expect(noted).toBeGreaterThan(1);
    expect(told(lease).length).toBeGreaterThanOrEqual(2);
    expect(new Set(told(lease).map(({ message }) => message)).size).toBe(1);
  });

  test('of nothing that was decided or revoked before they could be', async () => {
    stops.push(on.broker.onMessage(() => 'lost'));
    const [decided, revoked, given] = [await on.pending(), await on.pending(), await on.pending()];
    stops.pop()?.();
    await on.people.decide(decided, frieda);
    await on.operator.revoke({ lease: revoked.id });
    await on.agent.release(given.id);
    await minute();
    await minute();
    expect([decided, revoked, given].flatMap(told)).toEqual([]);
  });
});

describe('tokens of people', () => {
  test('are in no record, no log, no message, no answer: they prove somebody once', async () => {
    const tokens: string[] = [];
    const seen: unknown[] = [];
    const sent: string[] = [];
    stops.push(
      on.broker.onMessage((message) => {
        sent.push(JSON.stringify(message));
        return undefined;
      }),
    );
    const subjectToken = tokenOf(
      { ...alice, email: 'alice@private.example', secret: 'of-the-token' },
      on.broker.now(),
    );
    const { lease } = await on.asked(15_000, { subjectToken });
    for (const person of [frieda, dora]) {
      const id_token = tokenOf(
        { ...person, aud: 'mayfly-cli', nonce: lease.approval?.request_hash, email: 'voter@private.example' },
        on.broker.now(),
      );
      tokens.push(id_token);
      seen.push(
        await on.people.ask('POST', `/v1/leases/${lease.id}/approval`, { decision: 'approve', id_token }),
      );
    }
    // Refused ones are no less secret.
    const refused = tokenOf(
      { ...frieda, aud: 'mayfly-cli', nonce: 'another', email: 'voter@private.example' },
      on.broker.now(),
    );
    seen.push(
      await on.people.ask('POST', `/v1/leases/${lease.id}/approval`, { decision: 'deny', id_token: refused }),
    );
    const stale = tokenOf({ ...alice, aud: 'other' }, on.broker.now());
    seen.push(await on.agent.ask(payingTask('1'), { subjectToken: stale }).catch(({ problem }) => problem));
    const { credentials: _, ...collected } = await on.agent.collect(lease.id);
    await on.broker.settled();
    await minute();
    tokens.push(subjectToken, refused, stale);
    const everywhere = [
      ...(await records(lease)),
      ...on.logs.map(({ line }) => line),
      ...on.broker.notifications.map((each) => JSON.stringify(each)),
      ...sent,
      JSON.stringify([seen, collected, await on.operator.lease(lease.id)]),
    ];
    expect(everywhere.join('\n')).toContain(lease.id);
    expect(sent.length).toBeGreaterThan(0);
    for (const text of everywhere) {
      expect(text).not.toMatch(/private\.example|of-the-token|eyJhbGciOi/);
      for (const part of tokens.flatMap((token) => token.split('.')))
        expect(text).not.toContain(part.slice(0, 24));
    }
  });
});

/** Calls of a service that fail until it is stopped. */
function failing(service: string, operation: string): () => void {
  return on.broker.intercept(async (call, when) => {
    if (call.service !== service || call.operation !== operation || when !== 'before') return undefined;
    throw new AwsFault('AccessDenied', 'not now');
  });
}

/** What the lease table holds: every lease of the type, and what they are counted by. */
async function records({ agent_type }: LeaseView): Promise<string[]> {
  const { region, endpoint, decisions } = on.broker;
  on.broker.createRole('reader', [
    { Effect: 'Allow', Action: ['dynamodb:Query', 'dynamodb:GetItem'], Resource: '*' },
  ]);
  const credentials = on.broker.credentialsFor('reader', 'test');
  const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({ region, endpoint, credentials }));
  const written = decisions.find(
    ({ action, role }) => action === 'dynamodb:PutItem' && /issuance/i.test(role ?? ''),
  );
  const TableName = written?.resource.split('/').at(-1);
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName,
      IndexName: leaseIndexes.type,
      KeyConditionExpression: 'agent_type = :type',
      ExpressionAttributeValues: { ':type': agent_type },
    }),
  );
  const ids = [
    ...Items.map(({ id }) => String(id)),
    `limit#hour#${agent_type}`,
    `limit#concurrent#${agent_type}`,
  ];
  const found = await Promise.all(ids.map((id) => dynamo.send(new GetCommand({ TableName, Key: { id } }))));
  const texts = found.map(({ Item }) => JSON.stringify(Item ?? {}));
  expect(texts.filter((text) => text.length < 10)).toEqual([]);
  return texts;
}
