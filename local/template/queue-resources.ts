import type { QueueDefinition } from '../aws/sqs-message.ts';
import {
  type Deployed,
  type Deploying,
  list,
  number,
  only,
  physicalName,
  policyOf,
  text,
} from './resource.ts';

/** AWS::SQS::Queue, with the defaults of its CloudFormation page. Messages are not encrypted here. */
export function queue(resource: Deploying): Deployed {
  only(
    resource,
    'QueueName',
    'FifoQueue',
    'ContentBasedDeduplication',
    'DelaySeconds',
    'VisibilityTimeout',
    'MessageRetentionPeriod',
    'RedrivePolicy',
    'RedriveAllowPolicy',
    'SqsManagedSseEnabled',
  );
  const { properties, place, model, logicalId } = resource;
  const fifo = properties['FifoQueue'] === true;
  const name = text(properties, 'QueueName') ?? `${physicalName(resource)}${fifo ? '.fifo' : ''}`;
  if (name.endsWith('.fifo') !== fifo) throw new Error(`${logicalId}: the names of FIFO queues end in .fifo`);
  const arn = `arn:aws:sqs:${place.region}:${place.account}:${name}`;
  const endpoint = place.endpoint ?? `https://sqs.${place.region}.amazonaws.com`;
  const url = `${endpoint}/${place.account}/${name}`;
  model.queues.push({
    name,
    arn,
    url,
    fifo,
    contentBasedDeduplication: properties['ContentBasedDeduplication'] === true,
    delay: number(properties, 'DelaySeconds') ?? 0,
    visibilityTimeout: number(properties, 'VisibilityTimeout') ?? 30,
    retention: number(properties, 'MessageRetentionPeriod') ?? 345_600,
    redrive: redriveOf(resource, fifo),
  });
  return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
}

/** The dead-letter queue of a FIFO queue must be one too (SQS developer guide, dead-letter queues). */
function redriveOf({ properties, logicalId }: Deploying, fifo: boolean): QueueDefinition['redrive'] {
  const policy = properties['RedrivePolicy'] as Record<string, unknown> | undefined;
  if (!policy) return undefined;
  const deadLetterArn = text(policy, 'deadLetterTargetArn');
  const maxReceives = number(policy, 'maxReceiveCount') ?? 0;
  if (deadLetterArn === undefined || maxReceives < 1)
    throw new Error(`${logicalId}: a redrive policy names a queue and a count of at least one`);
  if (deadLetterArn.endsWith('.fifo') !== fifo)
    throw new Error(`${logicalId}: its dead-letter queue is of the other kind`);
  return { deadLetterArn, maxReceives };
}

/** AWS::SQS::QueuePolicy. */
export function queuePolicy(resource: Deploying): Deployed {
  only(resource, 'Queues', 'PolicyDocument');
  const { properties, model } = resource;
  model.queuePolicies.push({
    urls: list(properties['Queues']).map(String),
    policy: policyOf(resource, 'PolicyDocument'),
  });
  return { ref: '', attributes: {} };
}
