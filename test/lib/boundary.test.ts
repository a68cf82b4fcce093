import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { LocalBroker, LocalCredentials } from '../../local/start.ts';
import { loadTemplate, readAssembly, type Template } from '../../local/template/load.ts';
import { bucket, reading, s3With, signedFetch, startBroker } from '../broker.ts';

const place = { account: '111122223333', region: 'eu-central-1' };
const { stack, template, asset } = readAssembly(inject('assembly'));
const model = loadTemplate(template, { ...place, stack }, asset);
const named = (id: string) => model.roles.find(({ name }) => name.includes(id))?.name ?? `no role ${id}`;
const here = `${place.region}:${place.account}`;
const tableArn = (id: string) =>
  `arn:aws:dynamodb:${here}:table/${model.tables.find(({ TableName }) => TableName.includes(id))?.TableName}`;
const queueArn = (id: string) => model.queues.find(({ arn }) => arn.includes(id))?.arn ?? `no queue ${id}`;
const table = model.tables.find(({ TableName }) => TableName.includes('Leases'))?.TableName ?? 'no table';

/** An object outside the ceiling of every policy. */
const outside = 'elsewhere.txt';

/** The worst that a policy, and whoever writes role policies, could come to: permissions and ceiling are everything. */
function allowEverything({ Resources }: Template): void {
  const policies = Object.entries(Resources).filter(([id]) => /^Grants.*(Permissions|Boundary)/.test(id));
  for (const [, { Properties }] of policies) {
    const { Statement } = Properties?.['PolicyDocument'] as { Statement: object[] };
    Statement.push({ Effect: 'Allow', Action: '*', Resource: '*' });
  }
  if (policies.length === 0) throw new Error('there are no grant roles to widen');
}

describe('a grant role that allows everything, in a session without a session policy', () => {
  let broker: LocalBroker;
  let config: { region: string; endpoint: string; maxAttempts: number; credentials: LocalCredentials };

  /** An attempt that AWS refuses, and by the boundary itself, not because nothing allowed it. */
  async function meetsBoundary(attempt: Promise<unknown>): Promise<void> {
    await expect(attempt).rejects.toMatchObject({ name: expect.stringMatching(/^AccessDenied/) });
    expect(broker.decisions.at(-1)?.why).toMatch(
      /explicit deny in statement \d+ of the permissions boundary/,
    );
  }

  beforeAll(async () => {
    broker = await startBroker({ alter: allowEverything });
    broker.putObject(bucket, outside, '{}');
    const { region, endpoint } = broker;
    const credentials = broker.credentialsFor(named('IssuanceRole'), 'issuance');
    const issuance = new STSClient({ region, endpoint, maxAttempts: 1, credentials });
    const RoleArn = `arn:aws:iam::111122223333:role/mayfly/mayfly/grant/${named('invoice_processor-0')}`;
    const lease = 'L-AAAAAAAAAAAAAAAA';
    const { Credentials: keys } = await issuance.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: lease, SourceIdentity: lease }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = keys ?? {};
    const session = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
    };
    config = { region, endpoint, maxAttempts: 1, credentials: session };
  });
  afterAll(() => broker.stop());

  it('really is wide, and may say who it is', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = config.credentials;
    const keys = {
      access_key_id: accessKeyId,
      secret_access_key: secretAccessKey,
      session_token: sessionToken,
    };
    const s3 = s3With(broker, keys as Parameters<typeof s3With>[1]);
    expect(await reading(s3, outside)).toBe('read');
    await expect(new STSClient(config).send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Account: '111122223333',
    });
  });

  it('still reads no lease, neither in the table nor in its index', async () => {
    const db = new DynamoDBClient(config);
    const Key = { id: { S: 'L-AAAAAAAAAAAAAAAA' } };
    await meetsBoundary(db.send(new GetItemCommand({ TableName: table, Key })));
    const due = {
      IndexName: 'due',
      KeyConditionExpression: 'due_shard = :shard',
      ExpressionAttributeValues: { ':shard': { N: '0' } },
    };
    await meetsBoundary(db.send(new QueryCommand({ TableName: table, ...due })));
  });

  it('still assumes no other role', async () => {
    broker.createRole('anything', []);
    const RoleArn = 'arn:aws:iam::111122223333:role/anything';
    const attempt = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'chained' });
    await meetsBoundary(new STSClient(config).send(attempt));
  });

  it('still touches neither the key of the broker nor its API', async () => {
    const [key] = model.keys;
    const attempt = new GetPublicKeyCommand({ KeyId: key?.arn });
    await meetsBoundary(new KMSClient(config).send(attempt));
    const fetch = signedFetch(broker, config.credentials);
    expect((await fetch(`${broker.url}/v1/challenges`, { method: 'POST', body: '{}' })).status).toBe(403);
  });

  const stack = `arn:aws:cloudformation:${here}:stack/mayfly/51af3dc0-da77-11e4-872e`;
  const grantRole = `arn:aws:iam::${place.account}:role/mayfly/mayfly/grant/${named('invoice_processor-0')}`;
  it.each([
    ['has the stack changed by the role that deployed it', 'cloudformation:UpdateStack', stack],
    ['has the stack changed by a change set', 'cloudformation:ExecuteChangeSet', stack],
    ['deletes the stack', 'cloudformation:DeleteStack', stack],
    ['lifts a quarantine', 'dynamodb:UpdateItem', tableArn('Controls')],
    ['reads what is denied', 'dynamodb:Query', `${tableArn('Leases')}/index/denials`],
    ['keeps the revoker busy', 'sqs:SendMessage', queueArn('RevokerQueue')],
    ['takes calls away from the revoker', 'sqs:ReceiveMessage', queueArn('RevokerQueue')],
    ['throws timers away', 'sqs:PurgeQueue', queueArn('TimerQueue')],
    ['sends itself a timer', 'sqs:SendMessage', queueArn('TimerQueue')],
    [
      'lets issuance run again after panic',
      'lambda:DeleteFunctionConcurrency',
      `arn:aws:lambda:${here}:function:mayfly-issuance`,
    ],
    ['stops the sweeper', 'events:DisableRule', `arn:aws:events:${here}:rule/${model.rules[0]?.name}`],
    [
      'silences an alarm',
      'cloudwatch:DeleteAlarms',
      `arn:aws:cloudwatch:${here}:alarm:mayfly-AlarmsIrrevocable`,
    ],
    ['empties a deny document', 'iam:DeleteRolePolicy', grantRole],
  ])('never %s: %s', async (_, action, resource) => {
    const who = { accessKeyId: config.credentials.accessKeyId };
    const { allowed, why } = await broker.mayDo(who, { action, resource });
    expect(allowed).toBe(false);
    expect(why).toMatch(/explicit deny in statement \d+ of the permissions boundary/);
    if (action.startsWith('iam:')) return;
    // Nothing but the name of ours stands in the way.
    const other = { action, resource: resource.replace('mayfly', 'another') };
    expect((await broker.mayDo(who, other)).allowed).toBe(true);
  });
});
