import type { ScheduledEvent } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import type { StartOptions } from '../../local/start.ts';
import { functionOf, type Resources, type SmallStack, startSmall } from './small-stack.ts';

let stack: SmallStack;
afterEach(() => stack.stop());

const ruleArn = 'arn:aws:events:eu-central-1:111122223333:rule/every-minute';

function rule(properties: object = {}, SourceArn: unknown = { 'Fn::GetAtt': ['Rule', 'Arn'] }): Resources {
  const target = { Arn: { 'Fn::GetAtt': ['sweeper', 'Arn'] }, Id: 'Target0' };
  return {
    ...functionOf('sweeper', []),
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: 'every-minute',
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        Targets: [target],
        ...properties,
      },
    },
    MayInvoke: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::GetAtt': ['sweeper', 'Arn'] },
        Principal: 'events.amazonaws.com',
        SourceArn,
      },
    },
  };
}

async function begin(resources: Resources, options?: StartOptions) {
  stack = await startSmall(resources, options);
  return stack.broker;
}
const fired = () => stack.noted('sweeper') as ScheduledEvent[];

describe('a rule', () => {
  test('fires when its minute has passed, and once however far the clock jumps', async () => {
    const broker = await begin(rule(), { schedules: true });
    expect(fired()).toEqual([]);
    broker.advance(3_600);
    await broker.settled();
    expect(fired()).toHaveLength(1);
    broker.advance(10);
    await broker.settled();
    expect(fired()).toHaveLength(1);
    broker.advance(50);
    await broker.settled();
    expect(fired()).toHaveLength(2);
  });

  test('gives the function the event of a schedule', async () => {
    const broker = await begin(rule());
    await broker.runSchedules();
    expect(fired()).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '111122223333',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        region: 'eu-central-1',
        resources: [ruleArn],
        detail: {},
      },
    ]);
  });

  test('gives the function the input of its target instead', async () => {
    const target = { Arn: { 'Fn::GetAtt': ['sweeper', 'Arn'] }, Id: 'one', Input: '{"word":"now"}' };
    const broker = await begin(rule({ Targets: [target] }));
    await broker.runSchedules();
    const [clock] = stack.noted('sweeper') as number[];
    expect(Math.abs((clock ?? 0) - broker.now())).toBeLessThan(60);
  });

  test('does not fire by itself where schedules are off, and does when asked', async () => {
    const broker = await begin(rule());
    broker.advance(3_600);
    await broker.settled();
    expect(fired()).toEqual([]);
    await broker.runSchedules();
    expect(fired()).toHaveLength(1);
  });

  test('that is disabled fires never, also when asked', async () => {
    const broker = await begin(rule({ State: 'DISABLED' }), { schedules: true });
    broker.advance(3_600);
    await broker.runSchedules();
    expect(fired()).toEqual([]);
  });

  test('is remembered when the stack is deployed again', async () => {
    const broker = await begin(rule(), { schedules: true });
    broker.advance(40);
    await broker.redeploy();
    broker.advance(40);
    await broker.settled();
    expect(fired()).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ['of another rule', `${ruleArn}-other`],
    ['of a bus', 'arn:aws:events:eu-central-1:111122223333:event-bus/default'],
  ])('with a permission %s only invokes nothing and says so', async (_, source) => {
    const broker = await begin(rule({}, source));
    await broker.runSchedules();
    expect(fired()).toEqual([]);
    expect(stack.reports).toEqual([
      'rule every-minute: no permission lets EventBridge invoke arn:aws:lambda:eu-central-1:111122223333:function:sweeper',
    ]);
  });

  test('whose function fails is reported, and nobody hangs', async () => {
    const target = { Arn: { 'Fn::GetAtt': ['sweeper', 'Arn'] }, Id: 'one', Input: '{"word":"fail"}' };
    const broker = await begin(rule({ Targets: [target] }));
    await broker.runSchedules();
    await broker.settled();
    expect(stack.reports).toEqual(['rule every-minute: sweeper: Error: told to']);
  });
});

test('no rule fires once the broker is stopped', async () => {
  const broker = await begin(rule(), { schedules: true });
  await broker.stopBroker();
  broker.advance(3_600);
  await broker.settled();
  await broker.runSchedules();
  expect(fired()).toEqual([]);
});

test('the clock of one function can be ahead of the others, or behind', async () => {
  const target = { Arn: { 'Fn::GetAtt': ['sweeper', 'Arn'] }, Id: 'one', Input: '{"word":"now"}' };
  const broker = await begin(rule({ Targets: [target] }));
  const clocks = async (seconds: number) => {
    broker.skew('sweep', seconds);
    await broker.runSchedules();
    return ((stack.noted('sweeper').at(-1) as number) ?? 0) - broker.now();
  };
  for (const seconds of [6_000, -6_000]) expect(Math.abs((await clocks(seconds)) - seconds)).toBeLessThan(60);
  expect(() => broker.skew('nothing', 1)).toThrow('no name of a function holds nothing: sweeper');
});
