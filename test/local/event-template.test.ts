import { describe, expect, test } from 'vitest';
import { loadTemplate } from '../../local/template/load.ts';
import { functionOf, mappingOf, type Resources, startSmall } from './small-stack.ts';

const place = { account: '111122223333', region: 'eu-central-1', stack: 'test' };
const load = (Resources: Resources, endpoint?: string) =>
  loadTemplate({ Resources }, { ...place, ...(endpoint !== undefined && { endpoint }) }, (key) => key);
const queue = (Properties: Record<string, unknown> = {}): Resources => ({
  Jobs: { Type: 'AWS::SQS::Queue', Properties },
});
const rule = (Properties: Record<string, unknown>): Resources => ({
  Rule: { Type: 'AWS::Events::Rule', Properties },
});

describe('a queue of a template', () => {
  test('has the defaults of AWS', () => {
    expect(load(queue()).queues).toMatchObject([
      { fifo: false, delay: 0, visibilityTimeout: 30, retention: 345_600, redrive: undefined },
    ]);
  });

  test('is known by its URL, name and ARN', () => {
    const url = { Ref: 'Jobs' };
    const Variables = {
      URL: url,
      NAME: { 'Fn::GetAtt': ['Jobs', 'QueueName'] },
      ARN: { 'Fn::GetAtt': 'Jobs.Arn' },
    };
    const resources = {
      ...queue({ QueueName: 'jobs' }),
      ...functionOf('worker', [], { Environment: { Variables } }),
    };
    const environment = (endpoint?: string) => load(resources, endpoint).functions[0]?.environment;
    expect(environment()).toEqual({
      URL: 'https://sqs.eu-central-1.amazonaws.com/111122223333/jobs',
      NAME: 'jobs',
      ARN: 'arn:aws:sqs:eu-central-1:111122223333:jobs',
    });
    expect(environment('http://127.0.0.1:1')?.['URL']).toBe('http://127.0.0.1:1/111122223333/jobs');
  });

  test('without a name gets one that ends as its kind demands', () => {
    expect(load(queue()).queues[0]?.name).toMatch(/^test-Jobs-\w{8}$/);
    expect(load(queue({ FifoQueue: true })).queues[0]?.name).toMatch(/^test-Jobs-\w{8}\.fifo$/);
  });

  test.each<[string, Resources, string]>([
    [
      'with a key of its own',
      queue({ KmsMasterKeyId: 'key' }),
      'the property KmsMasterKeyId is not emulated',
    ],
    ['named FIFO that is not', queue({ QueueName: 'jobs.fifo' }), 'the names of FIFO queues end in .fifo'],
    ['that delays by no number', queue({ DelaySeconds: 'soon' }), 'DelaySeconds is no number: soon'],
    [
      'whose dead letters are of the other kind',
      queue({
        RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-central-1:1:x.fifo', maxReceiveCount: 3 },
      }),
      'its dead-letter queue is of the other kind',
    ],
    [
      'that never gives up',
      queue({ RedrivePolicy: { deadLetterTargetArn: 'x' } }),
      'a count of at least one',
    ],
  ])('%s aborts', (_, resources, reason) => {
    expect(() => load(resources)).toThrow(reason);
  });
});

describe('a mapping of a template', () => {
  test('is of a queue and a function, with its settings', () => {
    const mapping = mappingOf('Jobs', 'worker', {
      BatchSize: 5,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    const model = load({ ...queue({ QueueName: 'jobs' }), ...functionOf('worker', []), ...mapping });
    expect(model.mappings).toEqual([
      {
        queueArn: 'arn:aws:sqs:eu-central-1:111122223333:jobs',
        functionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:worker',
        batchSize: 5,
        reportsFailures: true,
        concurrency: 2,
        enabled: true,
      },
    ]);
  });

  test.each<[string, object, string]>([
    ['of a stream', { EventSourceArn: 'arn:aws:dynamodb:x' }, 'only queues as event sources'],
    ['in batches of 11', { BatchSize: 11 }, 'only batches of 1 to 10 messages'],
    ['with a filter', { FilterCriteria: {} }, 'the property FilterCriteria is not emulated'],
    ['to an alias', { FunctionName: 'worker:live' }, 'only functions, without version or alias'],
  ])('%s aborts', (_, properties, reason) => {
    const resources = { ...queue(), ...functionOf('worker', []), ...mappingOf('Jobs', 'worker', properties) };
    expect(() => load(resources)).toThrow(reason);
  });

  test('of a queue whose messages come back before the function ends is refused, as Lambda does', async () => {
    const resources = {
      ...queue({ VisibilityTimeout: 9 }),
      ...functionOf('worker', []),
      ...mappingOf('Jobs', 'worker'),
    };
    await expect(startSmall(resources)).rejects.toThrow(
      '9 seconds is less than Function timeout: 10 seconds',
    );
  });
});

describe('a rule of a template', () => {
  test.each([
    ['rate(1 minute)', 60],
    ['rate(5 minutes)', 300],
    ['rate(1 hour)', 3_600],
  ])('%s fires after %i seconds', (ScheduleExpression, seconds) => {
    expect(load(rule({ ScheduleExpression })).rules).toMatchObject([{ seconds, enabled: true, targets: [] }]);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['of no minutes', { ScheduleExpression: 'rate(0 minutes)' }, 'is not emulated'],
    ['with a wrong plural', { ScheduleExpression: 'rate(1 minutes)' }, 'is not emulated'],
    ['by cron', { ScheduleExpression: 'cron(0 12 * * ? *)' }, 'is not emulated'],
    ['of a pattern', { EventPattern: {} }, 'the property EventPattern is not emulated'],
    [
      'to a queue',
      {
        ScheduleExpression: 'rate(1 minute)',
        Targets: [{ Id: 'one', Arn: 'arn:aws:sqs:eu-central-1:111122223333:jobs' }],
      },
      'only functions',
    ],
  ])('%s aborts', (_, properties, reason) => {
    expect(() => load(rule(properties))).toThrow(reason);
  });
});

test('what only watches is left out, and what refers to it aborts', () => {
  const topic = { Type: 'AWS::SNS::Topic', Properties: {} };
  const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmActions: [{ Ref: 'Topic' }] } };
  expect(load({ Topic: topic, Alarm: alarm }).topics).toHaveLength(1);
  const Environment = { Variables: { ALARM: { Ref: 'Alarm' } } };
  expect(() => load({ Topic: topic, Alarm: alarm, ...functionOf('worker', [], { Environment }) })).toThrow(
    'Alarm of type AWS::CloudWatch::Alarm is not emulated',
  );
});
