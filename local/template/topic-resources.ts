import {
  type Deployed,
  type Deploying,
  digest,
  list,
  only,
  physicalName,
  policyOf,
  text,
} from './resource.ts';

/**
 * AWS::SNS::Topic, a standard one. It may be encrypted with the key that SNS itself has in the account, which
 * whoever may publish may use by way of SNS; messages are not encrypted here.
 */
export function topic(resource: Deploying): Deployed {
  only(resource, 'TopicName', 'DisplayName', 'FifoTopic', 'KmsMasterKeyId');
  const { properties, place, model, logicalId } = resource;
  if (properties['FifoTopic'] === true) throw new Error(`${logicalId}: FIFO topics are not emulated`);
  const ownKey = 'alias/aws/sns';
  const keys = [undefined, ownKey, `arn:aws:kms:${place.region}:${place.account}:${ownKey}`];
  if (!keys.includes(text(properties, 'KmsMasterKeyId')))
    throw new Error(`${logicalId}: only ${ownKey} as a topic's key`);
  const name = text(properties, 'TopicName') ?? physicalName(resource);
  if (!/^[\w-]{1,256}$/.test(name)) throw new Error(`${logicalId}: ${name} is no name of a standard topic`);
  const arn = `arn:aws:sns:${place.region}:${place.account}:${name}`;
  model.topics.push({ name, arn });
  return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
}

/** AWS::SNS::TopicPolicy. */
export function topicPolicy(resource: Deploying): Deployed {
  only(resource, 'Topics', 'PolicyDocument');
  const { properties, model } = resource;
  const arns = list(properties['Topics']).map(String);
  model.topicPolicies.push({ arns, policy: policyOf(resource, 'PolicyDocument') });
  return { ref: '', attributes: {} };
}

const endpoints = { https: /^https:\/\/[^\s/]+/, email: /^[^\s@]+@[^\s@]+$/ } as const;

/** AWS::SNS::Subscription of a web or mail address, to which nothing is delivered. */
export function subscription(resource: Deploying): Deployed {
  only(resource, 'TopicArn', 'Protocol', 'Endpoint');
  const { properties, model, logicalId } = resource;
  const protocol = text(properties, 'Protocol');
  if (protocol !== 'https' && protocol !== 'email')
    throw new Error(`${logicalId}: subscriptions by ${protocol} are not emulated`);
  const [topicArn, endpoint] = [text(properties, 'TopicArn') ?? '', text(properties, 'Endpoint') ?? ''];
  if (!endpoints[protocol].test(endpoint))
    throw new Error(`${logicalId}: ${endpoint} is no address for ${protocol}`);
  model.subscriptions.push({ topicArn, protocol, endpoint });
  return { ref: `${topicArn}:${digest(resource, 32)}`, attributes: {} };
}
