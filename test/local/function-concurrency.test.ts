import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { functionOf, mappingOf, mayConsume, type SmallStack, startSmall } from './small-stack.ts';

let stack: SmallStack;
let lambda: LambdaClient;
const FunctionName = 'worker';
const arn = 'arn:aws:lambda:eu-central-1:111122223333:function:worker';

const route = {
  Root: {
    Type: 'AWS::ApiGateway::Method',
    Properties: {
      RestApiId: { Ref: 'Api' },
      ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      HttpMethod: 'POST',
      AuthorizationType: 'NONE',
      Integration: {
        Type: 'AWS_PROXY',
        Uri: {
          'Fn::Sub':
            'arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${worker.Arn}/invocations',
        },
      },
    },
  },
  MayInvoke: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': ['worker', 'Arn'] },
      Principal: 'apigateway.amazonaws.com',
    },
  },
};

beforeEach(async () => {
  stack = await startSmall({
    jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } },
    ...functionOf('worker', [mayConsume('jobs')]),
    ...functionOf('small', [], { ReservedConcurrentExecutions: 3 }),
    ...mappingOf('jobs', 'worker'),
    ...route,
  });
  lambda = clientOf('tester');
});
afterEach(() => stack.stop());

const clientOf = (role: string) =>
  new LambdaClient({
    region: stack.broker.region,
    endpoint: stack.broker.endpoint,
    credentials: stack.broker.credentialsFor(role, 'test'),
    maxAttempts: 1,
  });
const reserve = (ReservedConcurrentExecutions: number) =>
  lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
const release = () => lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
const reserved = async (name = FunctionName) =>
  (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: name }))).ReservedConcurrentExecutions;
const call = () => fetch(`${stack.broker.url}/`, { method: 'POST' });

describe('a function without concurrency', () => {
  test('is not invoked by its API, which answers as for any invocation that Lambda does not take', async () => {
    await reserve(0);
    const reply = await call();
    expect([reply.status, await reply.json()]).toEqual([500, { message: 'Internal server error' }]);
    expect(stack.noted('worker')).toEqual([]);
    await release();
    await call();
    expect(stack.noted('worker')).toHaveLength(1);
  });

  test('leaves its messages in the queue, unread, until it may run again', async () => {
    const { broker, sqs } = stack;
    await reserve(0);
    await sqs.send(new SendMessageCommand({ QueueUrl: stack.url('jobs'), MessageBody: 'hello' }));
    broker.advance(3_600);
    await broker.settled();
    expect(broker.messages('jobs')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    await release();
    await broker.settled();
    expect(stack.noted('worker')).toMatchObject([
      { Records: [{ body: 'hello', attributes: { ApproximateReceiveCount: '1' } }] },
    ]);
  });

  test('stays without it when the stack is deployed again', async () => {
    await reserve(0);
    await stack.broker.redeploy();
    expect(await reserved()).toBe(0);
    expect((await call()).status).toBe(500);
  });
});

test('one invocation at a time is one: the second is throttled while the first runs', async () => {
  await reserve(1);
  const { broker, sqs } = stack;
  const begun = stack.nextInvocation('worker');
  await sqs.send(new SendMessageCommand({ QueueUrl: stack.url('jobs'), MessageBody: 'hang' }));
  await begun;
  expect((await call()).status).toBe(500);
  await broker.crash('worker');
  await broker.settled();
  // Without a proxy answer it is another failure, but one of an invocation.
  expect((await call()).status).toBe(502);
});

test('what a template reserves is reserved', async () => {
  expect([await reserved(), await reserved('small')]).toEqual([undefined, 3]);
});

test('a function is known by its ARN too, and one that does not exist is not', async () => {
  expect(await reserved(arn)).toBeUndefined();
  await expect(reserved('gone')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
});

describe.each([
  [
    'PutFunctionConcurrency',
    new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }),
  ],
  ['GetFunctionConcurrency', new GetFunctionConcurrencyCommand({ FunctionName })],
  ['DeleteFunctionConcurrency', new DeleteFunctionConcurrencyCommand({ FunctionName })],
])('%s', (name, command) => {
  test('is decided on the function, for who may and who may not, and noted by its name', async () => {
    const { broker } = stack;
    broker.createRole('stranger', [{ Effect: 'Allow', Action: 'lambda:*', Resource: `${arn}-other` }]);
    const [calls, decisions] = [broker.calls.length, broker.decisions.length];
    const send = (client: LambdaClient) => client.send(command as PutFunctionConcurrencyCommand);
    await send(lambda);
    await expect(send(clientOf('stranger'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
    expect(broker.calls.slice(calls).map(({ service, operation }) => [service, operation])).toEqual([
      ['lambda', name],
      ['lambda', name],
    ]);
    const decided = broker.decisions
      .slice(decisions)
      .map((each) => [each.action, each.resource, each.allowed]);
    expect(decided).toEqual([
      [`lambda:${name}`, arn, true],
      [`lambda:${name}`, arn, false],
    ]);
  });
});
