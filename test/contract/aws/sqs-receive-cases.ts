import { ChangeMessageVisibilityCommand, type ReceiveMessageCommandInput } from '@aws-sdk/client-sqs';
import { type Case, refused } from './case.ts';
import { on, type QueueName, receive, remove, send } from './sqs-queues.ts';
import type { Target } from './target.ts';

const invalid = refused('InvalidParameterValue');

const hide = ({ sqs, queues }: Target, queue: QueueName, seconds: number, ReceiptHandle = '') =>
  sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queues[queue],
      ReceiptHandle,
      VisibilityTimeout: seconds,
    }),
  );

const receives = (name: string, rest: Partial<ReceiveMessageCommandInput>, answers: unknown): Case =>
  on('standard', `ReceiveMessage ${name}`, (target) => receive(target, 'standard', rest), answers);

/** SQS API reference, ReceiveMessage, DeleteMessage, ChangeMessageVisibility. */
export const sqsReceiveCases: Case[] = [
  receives('gives nothing of an empty queue', {}, []),
  receives('refuses eleven messages', { MaxNumberOfMessages: 11 }, invalid),
  receives('refuses no messages', { MaxNumberOfMessages: 0 }, invalid),
  receives('refuses a visibility of more than twelve hours', { VisibilityTimeout: 43_201 }, invalid),
  on(
    'standard',
    'ReceiveMessage gives a message and what is known of it, and hides it',
    async (target) => {
      const { MessageId } = await send(target, 'standard', 'hello');
      const [message, ...others] = await receive(target, 'standard');
      const { Attributes = {}, Body, MD5OfBody } = message ?? {};
      return {
        same: message?.MessageId === MessageId,
        Body,
        MD5OfBody,
        names: Object.keys(Attributes)
          .filter((name) => name !== 'AWSTraceHeader')
          .sort(),
        count: Attributes.ApproximateReceiveCount,
        fresh: Math.abs(Date.now() - Number(Attributes.SentTimestamp)) < 600_000,
        others: others.length,
        again: await receive(target, 'standard'),
      };
    },
    {
      same: true,
      Body: 'hello',
      MD5OfBody: '5d41402abc4b2a76b9719d911017c592',
      names: ['ApproximateFirstReceiveTimestamp', 'ApproximateReceiveCount', 'SenderId', 'SentTimestamp'],
      count: '1',
      fresh: true,
      others: 0,
      again: [],
    },
  ),
  on(
    'standard',
    'ReceiveMessage tells only what is asked',
    async (target) => {
      await send(target, 'standard', 'x');
      const [message] = await receive(target, 'standard', {
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      });
      return message?.Attributes;
    },
    { ApproximateReceiveCount: '1' },
  ),
  on(
    'once',
    'ReceiveMessage gives a message that is visible again under another handle, counted',
    async (target) => {
      await send(target, 'once', 'x');
      const [first] = await receive(target, 'once');
      const [second] = await receive(target, 'once');
      return [
        second?.Attributes?.ApproximateReceiveCount,
        first?.ReceiptHandle !== second?.ReceiptHandle,
        first?.MessageId === second?.MessageId,
      ];
    },
    ['2', true, true],
  ),
  on(
    'standard',
    'DeleteMessage takes a message away, and once more without complaint',
    async (target) => {
      await send(target, 'standard', 'x');
      const [message] = await receive(target, 'standard', { VisibilityTimeout: 0 });
      await remove(target, 'standard', message?.ReceiptHandle);
      await remove(target, 'standard', message?.ReceiptHandle);
      return receive(target, 'standard');
    },
    [],
  ),
  on(
    'standard',
    'DeleteMessage refuses a handle that is none',
    (target) => remove(target, 'standard', 'made up'),
    refused('ReceiptHandleIsInvalid'),
  ),
  on(
    'standard',
    'ChangeMessageVisibility makes a message visible at once',
    async (target) => {
      await send(target, 'standard', 'back');
      const [message] = await receive(target, 'standard');
      await hide(target, 'standard', 0, message?.ReceiptHandle);
      return (await receive(target, 'standard')).map(({ Body }) => Body);
    },
    ['back'],
  ),
  on(
    'standard',
    'ChangeMessageVisibility refuses a message that is not in flight',
    async (target) => {
      await send(target, 'standard', 'x');
      const [message] = await receive(target, 'standard', { VisibilityTimeout: 0 });
      return hide(target, 'standard', 10, message?.ReceiptHandle);
    },
    refused('MessageNotInflight'),
  ),
  on(
    'standard',
    'ChangeMessageVisibility refuses more than twelve hours',
    async (target) => {
      await send(target, 'standard', 'x');
      const [message] = await receive(target, 'standard');
      return hide(target, 'standard', 43_201, message?.ReceiptHandle);
    },
    invalid,
  ),
];
