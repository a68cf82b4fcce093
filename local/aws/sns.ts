import { AwsFault } from '../fault.ts';
import type { Authorizer } from '../iam/authorize.ts';
import { element, text } from './query-protocol.ts';
import type { Service } from './service.ts';
import { attributeBytes, messageAttributes } from './sns-attributes.ts';
import { answerSns, invalidParameter, refuseSns } from './sns-fault.ts';
import type { Notification, Topics } from './sns-topics.ts';

/**
 * Limits of Publish (SNS API reference): bytes of message and attributes together where the topic says nothing
 * else, and characters of a subject.
 */
export const publishLimits = { bytes: 262_144, subject: 100 } as const;

/** SNS over the query protocol: Publish to standard topics. Nothing is delivered. */
export function createSns(topics: Topics, authorizer: Authorizer): Service {
  return {
    async handle(request, session) {
      const form = new URLSearchParams(request.body.toString());
      const operation = form.get('Action') ?? '';
      const resource = operation === 'Publish' ? targetOf(form) : (text(form, 'TopicArn') ?? '*');
      const topic = topics.get(resource);
      const action = `sns:${operation.replace(/Batch$/, '')}`;
      await authorizer.demand(session, { action, resource, resourcePolicy: topic?.policy });
      if (operation !== 'Publish')
        throw new AwsFault('InvalidAction', `Could not find operation ${operation} for version 2010-03-31`);
      if (!topic) throw new AwsFault('NotFound', 'Topic does not exist', 404);
      return answerSns(operation, element('MessageId', topics.publish(topic, messageOf(form))));
    },
    refuse: refuseSns,
  };
}

/** The topic that a message is for; phones and the endpoints of applications are not emulated. */
function targetOf(form: URLSearchParams): string {
  const [target, ...others] = ['TopicArn', 'TargetArn', 'PhoneNumber'].filter((name) => form.has(name));
  if (target === undefined || others.length > 0)
    throw invalidParameter('TopicArn or TargetArn Reason: exactly one of them is needed');
  if (target === 'PhoneNumber')
    throw invalidParameter('PhoneNumber Reason: messages to phones are not emulated');
  const arn = form.get(target) ?? '';
  if (!/^arn:aws:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(arn))
    throw invalidParameter(`${target} Reason: ${arn} is no ARN of a standard topic`);
  return arn;
}

/** What is published; throws for what SNS does not take and for what is not emulated. */
function messageOf(form: URLSearchParams): Omit<Notification, 'topic' | 'at'> {
  for (const name of ['MessageStructure', 'MessageGroupId', 'MessageDeduplicationId'])
    if (form.has(name)) throw invalidParameter(`${name} Reason: it is not emulated for standard topics`);
  const message = form.get('Message') ?? '';
  if (message === '') throw invalidParameter('Empty message');
  const attributes = messageAttributes(form);
  if (Buffer.byteLength(message) + attributeBytes(attributes) > publishLimits.bytes)
    throw invalidParameter('Message too long');
  return {
    subject: subjectOf(form),
    message,
    attributes: Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
  };
}

/** Text without line breaks and control characters (SNS API reference, Publish: Subject). */
function subjectOf(form: URLSearchParams): string | undefined {
  const subject = form.get('Subject');
  if (subject === null) return undefined;
  if (subject === '' || [...subject].length > publishLimits.subject || /[\p{Cc}\u2028\u2029]/u.test(subject))
    throw invalidParameter('Subject');
  return subject;
}
