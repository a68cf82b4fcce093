import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { longestPayload } from '../../local/aws/lambda-invoke.ts';
import { functionOf, type SmallStack, startSmall } from './small-stack.ts';

let stack: SmallStack;
const FunctionName = 'worker';
const arn = 'arn:aws:lambda:eu-central-1:111122223333:function:worker';
const named = 'arn:aws:iam::111122223333:role/named';

const mayInvoke = (FunctionName: unknown, Principal: string, rest: object = {}) => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { Action: 'lambda:InvokeFunction', FunctionName, Principal, ...rest },
});

beforeAll(async () => {
  stack = await startSmall({
    ...functionOf('worker', []),
    ...functionOf('hasty', [], { Timeout: 1 }),
    ...functionOf('patient', []),
    ...functionOf('single', [], { ReservedConcurrentExecutions: 1 }),
    ...functionOf('caller', [{ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arn }]),
    Named: mayInvoke({ Ref: 'patient' }, named),
  });
  stack.broker.createRole('named', []);
});
afterEach(() => stack.broker.crash(''));
afterAll(() => stack.stop());

const clientOf = (role: string) => {
  const { region, endpoint, credentialsFor } = stack.broker;
  return new LambdaClient({ region, endpoint, credentials: credentialsFor(role, 'test'), maxAttempts: 1 });
};
const invoke = async (event: unknown, rest: Partial<InvokeCommandInput> = {}, role = 'tester') => {
  const Payload = typeof event === 'string' ? event : JSON.stringify(event);
  const command = new InvokeCommand({ FunctionName, Payload, ...rest });
  const reply = await clientOf(role).send(command);
  return { ...reply, Payload: reply.Payload?.transformToString() };
};
const refusal = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });

describe('an invocation', () => {
  test('runs the function with the payload and answers what it answers', async () => {
    const answer = await invoke({ word: 'answer {"a":["ü",1,null]}', more: [1] });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect([answer.Payload, answer.FunctionError]).toEqual(['{"a":["ü",1,null]}', undefined]);
    expect(stack.noted('worker')).toContainEqual({ word: 'answer {"a":["ü",1,null]}', more: [1] });
  });

  test.each([
    ['name', FunctionName],
    ['ARN', arn],
    ['end of an ARN', '111122223333:function:worker'],
  ])('knows the function by its %s', async (_, name) => {
    expect((await invoke({ word: 'answer 1' }, { FunctionName: name })).Payload).toBe('1');
  });

  test('without a payload is one of an empty object, and an answer of nothing is null', async () => {
    expect((await invoke('')).Payload).toBe('null');
    expect(stack.noted('worker').at(-1)).toEqual({});
  });

  test('that throws is a success of the call with the error in it', async () => {
    const { StatusCode, FunctionError, Payload = '' } = await invoke({ word: 'fail' });
    expect([StatusCode, FunctionError]).toEqual([200, 'Unhandled']);
    expect(JSON.parse(Payload)).toEqual({ errorType: 'Error', errorMessage: 'told to' });
  });

  test('that takes too long, or dies, is one with an error too', async () => {
    const slow = await invoke({ word: 'hang' }, { FunctionName: 'hasty' });
    expect(slow.FunctionError).toBe('Unhandled');
    expect(slow.Payload).toContain('Task timed out after 1 seconds');
    const begun = stack.nextInvocation('patient');
    const dying = invoke({ word: 'hang' }, { FunctionName: 'patient' });
    await begun;
    await stack.broker.crash('patient');
    expect(await dying).toMatchObject({ FunctionError: 'Unhandled' });
  });

  test('that answers what JSON cannot hold, or more than 6 MB, is one with an error too', async () => {
    const typeOf = async (word: string) => {
      const { FunctionError, Payload = '' } = await invoke({ word });
      return [FunctionError, JSON.parse(Payload).errorType];
    };
    expect(await typeOf('odd')).toEqual(['Unhandled', 'Runtime.MarshalError']);
    expect(await typeOf(`long ${longestPayload - 1}`)).toEqual([
      'Unhandled',
      'Function.ResponseSizeTooLarge',
    ]);
    const longest = await invoke({ word: `long ${longestPayload - 2}` });
    expect([longest.FunctionError, longest.Payload?.length]).toEqual([undefined, longestPayload]);
  });

  test('is throttled while as many run as may', async () => {
    const begun = stack.nextInvocation('single');
    const first = invoke({ word: 'hang' }, { FunctionName: 'single' });
    await begun;
    await expect(invoke({}, { FunctionName: 'single' })).rejects.toMatchObject(
      refusal('TooManyRequestsException', 429),
    );
    await stack.broker.crash('single');
    await first;
    expect((await invoke({}, { FunctionName: 'single' })).StatusCode).toBe(200);
  });

  test('takes 6 MB and not a byte more', async () => {
    const padded = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    expect((await invoke(padded(longestPayload))).StatusCode).toBe(200);
    await expect(invoke(padded(longestPayload + 1))).rejects.toMatchObject(
      refusal('RequestTooLargeException', 413),
    );
  });

  test.each([
    ['a payload that is no JSON', { Payload: 'no JSON' }, 'InvalidRequestContentException', 400],
    ['an asynchronous one', { InvocationType: 'Event' }, 'InvalidParameterValueException', 400],
    ['a dry run', { InvocationType: 'DryRun' }, 'InvalidParameterValueException', 400],
    ['its log', { LogType: 'Tail' }, 'InvalidParameterValueException', 400],
    ['a client context', { ClientContext: 'e30=' }, 'InvalidParameterValueException', 400],
    ['a tenant', { TenantId: 'one' }, 'InvalidParameterValueException', 400],
    ['a durable execution', { DurableExecutionName: 'one' }, 'InvalidParameterValueException', 400],
    ['a version', { Qualifier: '7' }, 'InvalidParameterValueException', 400],
    ['an alias in the name', { FunctionName: 'worker:live' }, 'ValidationException', 400],
    ['what does not exist', { FunctionName: 'gone' }, 'ResourceNotFoundException', 404],
  ] as const)('is refused for %s, and nothing runs', async (_, input, name, status) => {
    const before = stack.noted('worker').length;
    await expect(invoke({}, input)).rejects.toMatchObject(refusal(name, status));
    expect(stack.noted('worker')).toHaveLength(before);
  });

  test('of one named type that is emulated is as one without', async () => {
    const plain = { InvocationType: 'RequestResponse', LogType: 'None' } as const;
    expect((await invoke({ word: 'answer 1' }, plain)).Payload).toBe('1');
  });
});

describe('who may invoke', () => {
  test('is decided on the function by the identity policy, and noted', async () => {
    const [calls, decisions] = [stack.broker.calls.length, stack.broker.decisions.length];
    expect((await invoke({ word: 'answer 1' }, {}, 'caller-role')).Payload).toBe('1');
    const other = invoke({}, { FunctionName: 'patient' }, 'caller-role');
    await expect(other).rejects.toMatchObject(refusal('AccessDeniedException', 403));
    const { broker } = stack;
    expect(broker.calls.slice(calls)).toMatchObject([
      { service: 'lambda', operation: 'Invoke', role: 'caller-role', status: 200 },
      { service: 'lambda', operation: 'Invoke', role: 'caller-role', status: 403 },
    ]);
    const decided = broker.decisions
      .slice(decisions)
      .map((each) => [each.action, each.resource, each.allowed]);
    expect(decided).toEqual([
      ['lambda:InvokeFunction', arn, true],
      ['lambda:InvokeFunction', arn.replace('worker', 'patient'), false],
    ]);
  });

  test('may be said by the function itself, for its own invocation only', async () => {
    expect((await invoke({}, { FunctionName: 'patient' }, 'named')).StatusCode).toBe(200);
    await expect(invoke({}, {}, 'named')).rejects.toMatchObject(refusal('AccessDeniedException', 403));
    const question = { action: 'lambda:InvokeFunction', resource: arn.replace('worker', 'patient') };
    expect((await stack.broker.mayDo({ role: 'named' }, question)).allowed).toBe(true);
  });

  test('who may not is not told whether a function exists', async () => {
    await expect(invoke({}, { FunctionName: 'gone' }, 'named')).rejects.toMatchObject(
      refusal('AccessDeniedException', 403),
    );
  });

  test('no role of another account may, whatever its own policy allows', async () => {
    const { broker } = stack;
    broker.createRole('foreign', [{ Effect: 'Allow', Action: 'lambda:*', Resource: '*' }], '999988887777');
    const { region, endpoint } = broker;
    const credentials = broker.credentialsFor('foreign', 'test', '999988887777');
    const client = new LambdaClient({ region, endpoint, credentials, maxAttempts: 1 });
    await expect(client.send(new InvokeCommand({ FunctionName: arn }))).rejects.toMatchObject(
      refusal('AccessDeniedException', 403),
    );
  });
});

test('an answer that is lost on the way leaves a function that ran', async () => {
  const before = stack.noted('worker').length;
  const stop = stack.broker.intercept(async ({ service }, phase) =>
    service === 'lambda' && phase === 'after' ? 'drop' : undefined,
  );
  await expect(invoke({})).rejects.toThrow();
  stop();
  expect(stack.noted('worker')).toHaveLength(before + 1);
});

test.each([
  ['everybody', mayInvoke('worker', '*')],
  ['an organization', mayInvoke('worker', '111122223333', { PrincipalOrgID: 'o-1' })],
  ['a source account', mayInvoke('worker', 'events.amazonaws.com', { SourceAccount: '111122223333' })],
  ['a role and a source', mayInvoke('worker', named, { SourceArn: arn })],
])('a template that lets %s invoke is refused', async (_, permission) => {
  await expect(startSmall({ ...functionOf('worker', []), permission })).rejects.toThrow(
    /not emulated|services only/,
  );
});

test('a broker that was stopped invokes nothing any more', async () => {
  const small = await startSmall(functionOf('worker', []));
  const { region, endpoint, credentialsFor, stopBroker } = small.broker;
  const credentials = credentialsFor('tester', 'test');
  await stopBroker();
  const client = new LambdaClient({ region, endpoint, credentials, maxAttempts: 1 });
  const call = client.send(new InvokeCommand({ FunctionName }));
  await expect(call).rejects.toMatchObject(refusal('ServiceException', 500));
  expect(small.noted('worker')).toEqual([]);
  await small.stop();
});
