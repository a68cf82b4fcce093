import { type MessageAttributeValue, PublishCommand, type PublishCommandInput } from '@aws-sdk/client-sns';
import { type Case, refused } from './case.ts';
import type { Target } from './target.ts';

const kilobytes256 = 262_144;
const invalid = refused('InvalidParameterException');
const invalidValue = refused('InvalidParameterValueException');

const publish = ({ sns, topicArn }: Target, rest: Partial<PublishCommandInput>) =>
  sns.send(new PublishCommand({ TopicArn: topicArn, Message: 'x', ...rest }));

const publishes = (
  name: string,
  rest: Partial<PublishCommandInput>,
  answers: unknown = 'accepted',
): Case => ({
  name: `Publish ${name}`,
  run: (target) => publish(target, rest),
  answers,
});

/** One message attribute of this name. */
const attributed = (name: string, DataType: string, StringValue: string) => ({
  MessageAttributes: { [name]: { DataType, StringValue } satisfies MessageAttributeValue },
});

/** SNS API reference, Publish. */
const messages: Case[] = [
  {
    name: 'Publish tells the id of the message, and no sequence number for a standard topic',
    async run(target) {
      const { MessageId, SequenceNumber } = await publish(target, {});
      return [/^[0-9a-f-]{36}$/.test(MessageId ?? ''), SequenceNumber];
    },
    answers: [true, null],
  },
  {
    name: 'Publish takes the topic as target too',
    run: ({ sns, topicArn }) => sns.send(new PublishCommand({ TargetArn: topicArn, Message: 'x' })),
    answers: 'accepted',
  },
  publishes('takes 256 KiB', { Message: 'x'.repeat(kilobytes256) }),
  publishes('refuses a byte more than 256 KiB', { Message: 'x'.repeat(kilobytes256 + 1) }, invalid),
  publishes('counts bytes, not characters', { Message: 'é'.repeat(kilobytes256 / 2 + 1) }, invalid),
  publishes(
    'counts the attributes too',
    { Message: 'x'.repeat(kilobytes256 - 10), ...attributed('name', 'String', 'value') },
    invalid,
  ),
  publishes('refuses an empty message', { Message: '' }, invalid),
  publishes(
    'refuses a topic that does not exist',
    { TopicArn: 'arn:aws:sns:eu-central-1:111122223333:gone' },
    refused('NotFoundException', 404),
  ),
  publishes('refuses what is no ARN of a topic', { TopicArn: 'alerts' }, invalid),
  publishes('refuses a call without a topic', { TopicArn: undefined }, invalid),
];

const subjects: Case[] = [
  publishes('takes a subject of 100 characters', { Subject: 's'.repeat(100) }),
  publishes('takes a subject of other characters than ASCII', { Subject: 'Größe' }),
  publishes('refuses a subject of 101 characters', { Subject: 's'.repeat(101) }, invalid),
  publishes('refuses an empty subject', { Subject: '' }, invalid),
  publishes('refuses a subject of two lines', { Subject: 'one\ntwo' }, invalid),
  publishes('refuses a subject with a control character', { Subject: 'a\u0007b' }, invalid),
];

/** SNS developer guide, message attributes. */
const attributes: Case[] = [
  publishes('takes a text attribute', attributed('kind', 'String', 'text')),
  publishes('takes a number attribute', attributed('count', 'Number', '-1.5e3')),
  publishes('refuses a number that is none', attributed('count', 'Number', 'many'), invalidValue),
  publishes('refuses an attribute without a value', attributed('kind', 'String', ''), invalidValue),
  publishes('refuses an attribute of an unknown type', attributed('kind', 'Text', 'x'), invalidValue),
  publishes('refuses an attribute name with a space', attributed('a b', 'String', 'x'), invalidValue),
  publishes('refuses an attribute name that ends in a dot', attributed('kind.', 'String', 'x'), invalidValue),
];

/** What AWS takes and the embedded AWS refuses, because it would not heed it. */
const unheard: Case[] = [
  publishes('takes a list as an attribute', attributed('kinds', 'String.Array', '["a","b"]')),
  publishes('takes a message for each protocol', {
    Message: '{"default":"x"}',
    MessageStructure: 'json',
  }),
];

/** Every case of publishing. */
export const snsPublishCases: Case[] = [...messages, ...subjects, ...attributes, ...unheard];
