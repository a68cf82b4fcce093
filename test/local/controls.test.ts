import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { functionOf, type SmallStack, startSmall } from './small-stack.ts';

let stack: SmallStack;
beforeAll(async () => {
  stack = await startSmall({
    jobs: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'jobs' } },
    spare: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'spare' } },
    ...functionOf('worker', []),
  });
});
afterAll(() => stack.stop());

test('a queue and a function are found by part of a name that only one has', () => {
  expect(stack.broker.functionName('work')).toBe('worker');
  expect(() => stack.broker.messages('s')).toThrow('s may mean each queue of jobs, spare');
  expect(() => stack.broker.messages('gone')).toThrow('no name of a queue holds gone: jobs, spare');
});

test('what is written to a role counts after the delay that was set, and outlives another deployment', async () => {
  const { broker } = stack;
  const { region, endpoint } = broker;
  const iam = new IAMClient({ region, endpoint, credentials: broker.credentialsFor('tester', 'test') });
  const allow = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
  const may = async () => {
    const question = { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:eu-central-1:111122223333:jobs' };
    return (await broker.mayDo({ role: 'worker-role' }, question)).allowed;
  };
  broker.propagation(600);
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: 'worker-role',
      PolicyName: 'late',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allow] }),
    }),
  );
  expect(await may()).toBe(false);
  await broker.redeploy();
  broker.advance(600);
  expect(await may()).toBe(true);
});

test.each([-1, 0.5, Number.NaN])('a delay of %s seconds is none', (seconds) => {
  expect(() => stack.broker.propagation(seconds)).toThrow('whole seconds');
});
