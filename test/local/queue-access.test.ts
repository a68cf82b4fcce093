import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsFault } from '../../local/fault.ts';
import { type SmallStack, startSmall } from './small-stack.ts';

let stack: SmallStack;
const arn = 'arn:aws:sqs:eu-central-1:111122223333:jobs';
const opened = 'arn:aws:sqs:eu-central-1:111122223333:opened';

beforeAll(async () => {
  stack = await startSmall({
    jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } },
    opened: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'opened' } },
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'opened' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::111122223333:role/stranger' },
              Action: 'sqs:SendMessage',
              Resource: { 'Fn::GetAtt': ['opened', 'Arn'] },
            },
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 'sqs:ReceiveMessage',
              Resource: { 'Fn::GetAtt': ['opened', 'Arn'] },
            },
          ],
        },
      },
    },
  });
  stack.broker.createRole('stranger', [{ Effect: 'Allow', Action: 'sqs:*', Resource: `${arn}-other` }]);
});
afterAll(() => stack.stop());

const clientOf = (role: string) => {
  const { broker } = stack;
  const { region, endpoint } = broker;
  return new SQSClient({
    region,
    endpoint,
    credentials: broker.credentialsFor(role, 'test'),
    maxAttempts: 1,
  });
};
const ReceiptHandle = 'h'.repeat(64);

const calls: [
  operation: string,
  action: string,
  call: (client: SQSClient, QueueUrl: string) => Promise<unknown>,
][] = [
  [
    'SendMessage',
    'SendMessage',
    (c, QueueUrl) => c.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })),
  ],
  [
    'SendMessageBatch',
    'SendMessage',
    (c, QueueUrl) =>
      c.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: 'a', MessageBody: 'x' }] })),
  ],
  ['ReceiveMessage', 'ReceiveMessage', (c, QueueUrl) => c.send(new ReceiveMessageCommand({ QueueUrl }))],
  [
    'DeleteMessage',
    'DeleteMessage',
    (c, QueueUrl) => c.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
  ],
  [
    'ChangeMessageVisibility',
    'ChangeMessageVisibility',
    (c, QueueUrl) =>
      c.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 1 })),
  ],
  [
    'GetQueueAttributes',
    'GetQueueAttributes',
    (c, QueueUrl) => c.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })),
  ],
  [
    'GetQueueUrl',
    'GetQueueUrl',
    (c, url) => c.send(new GetQueueUrlCommand({ QueueName: url.split('/').at(-1) })),
  ],
];

describe.each(calls)('%s', (operation, action, call) => {
  test('is decided on the queue, for who may and who may not, and noted by its name', async () => {
    const { broker } = stack;
    const [called, decided] = [broker.calls.length, broker.decisions.length];
    await call(stack.sqs, stack.url('jobs')).catch(({ name }: Error) =>
      expect(name).toBe('MessageNotInflight'),
    );
    await expect(call(clientOf('stranger'), stack.url('jobs'))).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    const decisions = broker.decisions
      .slice(decided)
      .map((each) => [each.action, each.resource, each.allowed]);
    expect(decisions).toEqual([
      [`sqs:${action}`, arn, true],
      [`sqs:${action}`, arn, false],
    ]);
    const noted = broker.calls.slice(called).map((each) => [each.service, each.operation]);
    expect(noted).toEqual(Array(2).fill(['sqs', operation]));
  });

  test('tells nobody who may not whether a queue exists', async () => {
    await expect(call(clientOf('stranger'), stack.url('gone'))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(call(stack.sqs, stack.url('gone'))).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  test('can be made to go wrong', async () => {
    const stop = stack.broker.intercept(async (passing) => {
      if (passing.service === 'sqs' && passing.operation === operation)
        throw new AwsFault('ServiceUnavailable', 'down', 503);
      return undefined;
    });
    await expect(call(stack.sqs, stack.url('jobs'))).rejects.toMatchObject({ name: 'ServiceUnavailable' });
    stop();
  });
});

test('an operation that is not emulated is refused after it was authorized', async () => {
  const purge = new PurgeQueueCommand({ QueueUrl: stack.url('jobs') });
  await expect(stack.sqs.send(purge)).rejects.toMatchObject({ name: 'UnknownOperationException' });
  await expect(clientOf('stranger').send(purge)).rejects.toMatchObject({ name: 'AccessDenied' });
});

describe('the policy of a queue', () => {
  const send = (client: SQSClient, name: string) =>
    client.send(new SendMessageCommand({ QueueUrl: stack.url(name), MessageBody: 'x' }));

  test('lets in whom it names, to its own queue only', async () => {
    await expect(send(clientOf('stranger'), 'opened')).resolves.toBeDefined();
    await expect(send(clientOf('stranger'), 'jobs')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('keeps out whom it denies, whatever their own policies allow', async () => {
    const receive = new ReceiveMessageCommand({ QueueUrl: stack.url('opened') });
    await expect(stack.sqs.send(receive)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('counts in questions of what somebody may do', async () => {
    const may = async (role: string, action: string, resource: string) =>
      (await stack.broker.mayDo({ role }, { action, resource })).allowed;
    expect(await may('stranger', 'sqs:SendMessage', opened)).toBe(true);
    expect(await may('stranger', 'sqs:SendMessage', arn)).toBe(false);
    expect(await may('tester', 'sqs:ReceiveMessage', opened)).toBe(false);
  });
});
