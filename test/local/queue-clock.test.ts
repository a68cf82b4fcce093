import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import type { QueueDefinition } from '../../local/aws/sqs-message.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount } from './account.ts';

let account: Account;
let sqs: SQSClient;

beforeEach(async () => {
  account = await newAccount();
  addRole(account, 'tester', allow('sqs:*'));
  const session = account.iam.openServiceSession('tester', 'session', 6 * 3_600);
  sqs = new SQSClient(clientConfig(account, credentialsOf(session)));
  deploy('jobs');
  deploy('jobs.fifo', { fifo: true, contentBasedDeduplication: true });
});
afterEach(() => account.stop());

const urlOf = (name: string) => `${account.endpoint}/111122223333/${name}`;
function deploy(name: string, rest: Partial<QueueDefinition> = {}): void {
  const definition: QueueDefinition = {
    name,
    arn: `arn:aws:sqs:eu-central-1:111122223333:${name}`,
    url: urlOf(name),
    fifo: false,
    contentBasedDeduplication: false,
    delay: 0,
    visibilityTimeout: 30,
    retention: 60,
    redrive: undefined,
    ...rest,
  };
  account.queues.deploy(definition, undefined);
}
const send = (MessageBody: string, rest: Partial<SendMessageCommandInput> = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: urlOf('jobs'), MessageBody, ...rest }));
const sendFifo = (MessageBody: string, MessageGroupId = 'a') =>
  send(MessageBody, { QueueUrl: urlOf('jobs.fifo'), MessageGroupId });
const receive = async (name = 'jobs') => {
  const command = new ReceiveMessageCommand({ QueueUrl: urlOf(name), MaxNumberOfMessages: 10 });
  return (await sqs.send(command)).Messages ?? [];
};
const bodies = async (name?: string) => (await receive(name)).map(({ Body }) => Body);

describe('on the second, and not before', () => {
  test('a delayed message can be received', async () => {
    await send('later', { DelaySeconds: 20 });
    account.clock.advance(19);
    expect(await bodies()).toEqual([]);
    account.clock.advance(1);
    expect(await bodies()).toEqual(['later']);
  });

  test('a received message that nobody deleted can be received again', async () => {
    await send('again');
    await receive();
    account.clock.advance(29);
    expect(await bodies()).toEqual([]);
    account.clock.advance(1);
    expect(await bodies()).toEqual(['again']);
  });

  test('a message is forgotten when its retention ends', async () => {
    await send('old');
    account.clock.advance(59);
    expect(account.queues.counts(queue())).toMatchObject({ visible: 1 });
    account.clock.advance(1);
    expect(await bodies()).toEqual([]);
  });

  test('a deduplication id counts anew after five minutes', async () => {
    deploy('jobs.fifo', { fifo: true, contentBasedDeduplication: true, retention: 3_600 });
    const first = await sendFifo('same');
    account.clock.advance(299);
    expect((await sendFifo('same')).MessageId).toBe(first.MessageId);
    account.clock.advance(1);
    expect((await sendFifo('same')).MessageId).not.toBe(first.MessageId);
  });

  const queue = () => account.queues.all()[0] ?? expect.unreachable();
});

describe('a FIFO queue', () => {
  test('numbers its messages upwards', async () => {
    const [one, two] = [await sendFifo('one'), await sendFifo('two')];
    expect(BigInt(two.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(one.SequenceNumber ?? 0));
  });

  test('gives what is due though later messages of the group are not', async () => {
    deploy('jobs.fifo', { fifo: true, contentBasedDeduplication: true, delay: 10 });
    await sendFifo('one');
    account.clock.advance(6);
    await sendFifo('two');
    account.clock.advance(4);
    expect(await bodies('jobs.fifo')).toEqual(['one']);
  });

  test('does not delete what its handle has lost to the next receiver', async () => {
    await sendFifo('slow');
    const [message] = await receive('jobs.fifo');
    account.clock.advance(30);
    const { ReceiptHandle } = message ?? {};
    await expect(
      sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf('jobs.fifo'), ReceiptHandle })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    expect(await bodies('jobs.fifo')).toEqual(['slow']);
  });
});

test('a standard queue does not delete by the handle of an earlier receipt, and says nothing', async () => {
  await send('slow');
  const [message] = await receive();
  account.clock.advance(30);
  await receive();
  const { ReceiptHandle } = message ?? {};
  await sqs.send(new DeleteMessageCommand({ QueueUrl: urlOf('jobs'), ReceiptHandle }));
  account.clock.advance(29);
  expect(account.queues.all().map((queue) => account.queues.counts(queue).inFlight)).toEqual([1, 0]);
});

test.each<[string, () => Promise<unknown>]>([
  [
    'long polling',
    () => sqs.send(new ReceiveMessageCommand({ QueueUrl: urlOf('jobs'), WaitTimeSeconds: 1 })),
  ],
  [
    'message attributes',
    () => send('x', { MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } } }),
  ],
])('%s, which is not emulated, is refused instead of ignored', async (_, call) => {
  await expect(call()).rejects.toMatchObject({ name: 'UnsupportedOperation' });
});
