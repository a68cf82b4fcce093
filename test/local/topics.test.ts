import { ListTopicsCommand, PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsFault } from '../../local/fault.ts';
import type { Notification } from '../../local/start.ts';
import { functionOf, type Resources, type SmallStack, startSmall } from './small-stack.ts';

let stack: SmallStack;
const arnOf = (name: string) => `arn:aws:sns:eu-central-1:111122223333:${name}`;
const statement = (Effect: string, Principal: unknown) => ({
  Effect,
  Principal,
  Action: 'sns:Publish',
  Resource: { Ref: 'opened' },
});

const topic = (name: string, rest: object = {}): Resources => ({
  [name]: { Type: 'AWS::SNS::Topic', Properties: { TopicName: name, ...rest } },
});
const subscription = (Protocol: string, Endpoint: string, rest: object = {}) => ({
  Type: 'AWS::SNS::Subscription',
  Properties: { TopicArn: { Ref: 'alerts' }, Protocol, Endpoint, ...rest },
});
const policyOf = (...Topics: unknown[]) => ({
  Type: 'AWS::SNS::TopicPolicy',
  Properties: {
    Topics,
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        statement('Allow', { AWS: 'arn:aws:iam::111122223333:role/stranger' }),
        statement('Deny', { AWS: 'arn:aws:iam::111122223333:role/barred' }),
      ],
    },
  },
});

/** What CDK adds where a topic enforces TLS. */
const onlyTls = (Resource: unknown) => ({
  Type: 'AWS::SNS::TopicPolicy',
  Properties: {
    Topics: [Resource],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'sns:Publish',
          Resource,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    },
  },
});

beforeAll(async () => {
  const Publish = { Effect: 'Allow', Action: 'sns:Publish', Resource: { Ref: 'alerts' } };
  stack = await startSmall({
    ...topic('alerts', { KmsMasterKeyId: 'alias/aws/sns', DisplayName: 'Alerts' }),
    ...topic('opened'),
    Mail: subscription('email', 'security@example.com'),
    Web: subscription('https', 'https://example.com/hook'),
    Policy: policyOf({ Ref: 'opened' }),
    OnlyTls: onlyTls({ Ref: 'alerts' }),
    ...functionOf('teller', [Publish], { Environment: { Variables: { TOPIC: { Ref: 'alerts' } } } }),
  });
  stack.broker.createRole('stranger', []);
  stack.broker.createRole('barred', [{ Effect: 'Allow', Action: 'sns:*', Resource: '*' }]);
});
afterAll(() => stack.stop());

const clientOf = (role: string) => {
  const { region, endpoint, credentialsFor } = stack.broker;
  return new SNSClient({ region, endpoint, credentials: credentialsFor(role, 'test'), maxAttempts: 1 });
};
const publish = (role: string, name: string, rest: object = {}) =>
  clientOf(role).send(new PublishCommand({ TopicArn: arnOf(name), Message: 'hello', ...rest }));
const denied = { name: 'AuthorizationErrorException', $metadata: { httpStatusCode: 403 } };

describe('a message', () => {
  test('is kept with its topic, subject, attributes and moment, and told to who listens', async () => {
    const { broker } = stack;
    const told: Notification[] = [];
    const stop = broker.onNotification((notification) => told.push(notification));
    broker.advance(60);
    const at = broker.now();
    const attributes = {
      kind: { DataType: 'String', StringValue: 'break-glass' },
      count: { DataType: 'Number', StringValue: '2' },
    };
    const message = { Message: 'grün\n', Subject: 'Ünusual', MessageAttributes: attributes };
    expect((await publish('teller-role', 'alerts', message)).MessageId).toMatch(/^[0-9a-f-]{36}$/);
    stop();
    await publish('teller-role', 'alerts');
    expect(broker.notifications.slice(-2)).toMatchObject([
      {
        topic: 'alerts',
        subject: 'Ünusual',
        message: 'grün\n',
        attributes: { kind: 'break-glass', count: '2' },
      },
      { topic: 'alerts', message: 'hello', attributes: {} },
    ]);
    expect(broker.notifications.at(-2)?.at).toBeGreaterThanOrEqual(at);
    expect(told).toEqual([broker.notifications.at(-2)]);
  });

  test('may be published by TargetArn too', async () => {
    const command = new PublishCommand({ TargetArn: arnOf('alerts'), Message: 'by target' });
    await clientOf('tester').send(command);
    expect(stack.broker.notifications.at(-1)).toMatchObject({ topic: 'alerts', message: 'by target' });
  });

  test('can be refused before, or its answer lost after, it was published', async () => {
    const { broker } = stack;
    const before = broker.notifications.length;
    const stopBefore = broker.intercept(async ({ service, operation }, phase) => {
      if (service === 'sns' && operation === 'Publish' && phase === 'before')
        throw new AwsFault('InternalError', 'down', 500);
      return undefined;
    });
    await expect(publish('tester', 'alerts')).rejects.toMatchObject({ name: 'InternalErrorException' });
    stopBefore();
    expect(broker.notifications).toHaveLength(before);
    const stopAfter = broker.intercept(async ({ service }, phase) =>
      service === 'sns' && phase === 'after' ? 'drop' : undefined,
    );
    await expect(publish('tester', 'alerts')).rejects.toThrow();
    stopAfter();
    expect(broker.notifications).toHaveLength(before + 1);
  });
});

describe('who may publish', () => {
  test('is decided on the topic, for who may and who may not, and noted', async () => {
    const { broker } = stack;
    const [calls, decisions] = [broker.calls.length, broker.decisions.length];
    await publish('teller-role', 'alerts');
    await expect(publish('stranger', 'alerts')).rejects.toMatchObject(denied);
    const noted = broker.calls.slice(calls);
    expect(noted.map(({ operation, status }) => [operation, status])).toEqual([
      ['Publish', 200],
      ['Publish', 403],
    ]);
    const decided = broker.decisions
      .slice(decisions)
      .map((each) => [each.action, each.resource, each.allowed]);
    expect(decided).toEqual([
      ['sns:Publish', arnOf('alerts'), true],
      ['sns:Publish', arnOf('alerts'), false],
    ]);
  });

  test('is also said by the policy of a topic, of that topic only, and what it denies is denied', async () => {
    expect((await publish('stranger', 'opened')).MessageId).toBeDefined();
    await expect(publish('barred', 'opened')).rejects.toMatchObject(denied);
    expect((await publish('barred', 'alerts')).MessageId).toBeDefined();
    const question = { action: 'sns:Publish', resource: arnOf('opened') };
    const may = async (role: string) => (await stack.broker.mayDo({ role }, question)).allowed;
    expect([await may('stranger'), await may('barred'), await may('teller-role')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('who may not is not told whether a topic exists', async () => {
    await expect(publish('stranger', 'gone')).rejects.toMatchObject(denied);
    await expect(publish('tester', 'gone')).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  test('nobody of another account may, whatever the own policy allows', async () => {
    const { broker } = stack;
    broker.createRole('foreign', [{ Effect: 'Allow', Action: 'sns:*', Resource: '*' }], '999988887777');
    const { region, endpoint } = broker;
    const credentials = broker.credentialsFor('foreign', 'test', '999988887777');
    const client = new SNSClient({ region, endpoint, credentials, maxAttempts: 1 });
    await expect(
      client.send(new PublishCommand({ TopicArn: arnOf('alerts'), Message: 'x' })),
    ).rejects.toMatchObject(denied);
  });

  test('an operation that is not emulated is refused after it was authorized', async () => {
    const list = new ListTopicsCommand({});
    await expect(clientOf('tester').send(list)).rejects.toMatchObject({ name: 'InvalidAction' });
    await expect(clientOf('stranger').send(list)).rejects.toMatchObject(denied);
    const batch = new PublishBatchCommand({
      TopicArn: arnOf('alerts'),
      PublishBatchRequestEntries: [{ Id: 'one', Message: 'x' }],
    });
    await expect(clientOf('tester').send(batch)).rejects.toMatchObject({ name: 'InvalidAction' });
    await expect(clientOf('stranger').send(batch)).rejects.toMatchObject(denied);
  });
});

describe('a template', () => {
  test('says whom a topic would tell', () => {
    expect(stack.broker.subscriptions('alerts')).toEqual([
      { topicArn: arnOf('alerts'), protocol: 'email', endpoint: 'security@example.com' },
      { topicArn: arnOf('alerts'), protocol: 'https', endpoint: 'https://example.com/hook' },
    ]);
    expect(stack.broker.subscriptions('opened')).toEqual([]);
    expect(() => stack.broker.subscriptions('gone')).toThrow('no name of a topic holds gone');
  });

  test.each<[string, Resources, RegExp]>([
    ['a FIFO topic', topic('t', { FifoTopic: true }), /FIFO topics are not emulated/],
    ['a key of its own', topic('t', { KmsMasterKeyId: 'alias/own' }), /only alias\/aws\/sns/],
    [
      'the key of another account',
      topic('t', { KmsMasterKeyId: 'arn:aws:kms:eu-central-1:999988887777:alias/aws/sns' }),
      /only alias\/aws\/sns/,
    ],
    ['an inline subscription', topic('t', { Subscription: [] }), /Subscription is not emulated/],
    ['a larger message', topic('t', { MaximumMessageSize: 300_000 }), /MaximumMessageSize is not emulated/],
    ['a name with a dot', topic('t.fifo'), /no name of a standard topic/],
    ['a queue as endpoint', { ...topic('alerts'), S: subscription('sqs', 'arn:x') }, /sqs/],
    [
      'a web address without TLS',
      { ...topic('alerts'), S: subscription('https', 'http://example.com') },
      /no address for https/,
    ],
    [
      'a filter',
      { ...topic('alerts'), S: subscription('email', 'a@example.com', { FilterPolicy: {} }) },
      /FilterPolicy is not emulated/,
    ],
    [
      'a subscription to a topic that is not there',
      { S: subscription('email', 'a@example.com', { TopicArn: arnOf('gone') }) },
      /there is no topic .*:gone/,
    ],
    [
      'two policies of one topic',
      { ...topic('opened'), One: policyOf({ Ref: 'opened' }), Two: policyOf({ Ref: 'opened' }) },
      /opened has several policies/,
    ],
    [
      'a policy of a topic that is not there',
      { ...topic('opened'), One: policyOf(arnOf('gone')) },
      /there is no topic .*:gone/,
    ],
  ])('with %s is refused', async (_, resources, reason) => {
    await expect(startSmall(resources)).rejects.toThrow(reason);
  });
});
