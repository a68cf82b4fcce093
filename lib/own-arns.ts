import { CfnResource, type Stack } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';

/** ARNs of one resource and everything below it. */
type ArnsOf = (resource: CfnResource) => string[];

/**
 * What grant roles are kept from, by type. Generated names end in something unique, so a `*` behind one adds
 * only what belongs to it: indexes, streams and backups, versions and aliases, log streams. Where there are many of
 * a type, one pattern is for all: their ARNs would leave a boundary little room for the ceiling of its agent type.
 */
const kept: Readonly<Record<string, ArnsOf>> = {
  'AWS::DynamoDB::GlobalTable': (table) => [`${arn(table)}*`],
  'AWS::KMS::Key': (key) => [arn(key)],
  'AWS::Lambda::Function': (fn) => [
    isNamed(fn) ? `${arn(fn)}*` : placed(fn, 'lambda', `function:${fn.stack.stackName}-*Function*`),
  ],
  'AWS::Lambda::EventSourceMapping': (mapping) => [
    placed(mapping, 'lambda', `event-source-mapping:${mapping.ref}`),
  ],
  'AWS::SQS::Queue': (queue) => [placed(queue, 'sqs', `${queue.stack.stackName}-*Queue*`)],
  'AWS::SNS::Topic': (topic) => [topic.ref],
  'AWS::Events::Rule': (rule) => [arn(rule)],
  'AWS::CloudWatch::Alarm': (alarm) => [placed(alarm, 'cloudwatch', `alarm:${alarm.stack.stackName}-*`)],
  'AWS::Logs::LogGroup': (logs) => [placed(logs, 'logs', `log-group:${logs.stack.stackName}-*Logs*`)],
  'AWS::ApiGateway::RestApi': (api) => [
    placed(api, 'execute-api', `${api.ref}/*`),
    `arn:${api.stack.partition}:apigateway:${api.stack.region}::/restapis/${api.ref}*`,
  ],
};

/*
 * Patterns rest on how CloudFormation names what has no name of its own: stack, logical id and something unique, with
 * hyphens between (CloudFormation user guide, name type).
 */

/** Types that need no ARN of their own, each with the reason. */
const covered: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'iam and sts are denied as a whole',
  'AWS::IAM::ManagedPolicy': 'iam is denied as a whole',
  'AWS::Lambda::Permission': 'a part of its function',
  'AWS::SQS::QueuePolicy': 'a part of its queue',
  'AWS::SNS::TopicPolicy': 'a part of its topic',
  'AWS::Logs::MetricFilter': 'a part of its log group',
  'AWS::ApiGateway::Resource': 'a part of its API',
  'AWS::ApiGateway::Method': 'a part of its API',
  'AWS::ApiGateway::Deployment': 'a part of its API',
  'AWS::ApiGateway::Stage': 'a part of its API',
  'AWS::ApiGateway::Account': 'a setting of the account, not of the broker',
};

/**
 * ARNs of the stack and of all that it holds so far, for grant roles to be kept from. Throws on a type it does
 * not know, so that nothing new is forgotten: add it here, or say why it needs no protection.
 */
export function ownArns(stack: Stack): string[] {
  const resources = stack.node.findAll().flatMap((node) => {
    if (!CfnResource.isCfnResource(node) || Object.hasOwn(covered, node.cfnResourceType)) return [];
    const arnsOf = kept[node.cfnResourceType];
    if (!arnsOf) throw new Error(`${node.node.path}: lib/own-arns.ts does not know ${node.cfnResourceType}`);
    return arnsOf(node);
  });
  return [...new Set([itself(stack), ...resources])];
}

/**
 * The stack: CloudFormation changes it with the role that deployed it, whoever asks (CloudFormation user guide,
 * service role), so permission to update it is every permission of that role.
 */
function itself({ partition, region, account, stackName }: Stack): string {
  return `arn:${partition}:cloudformation:${region}:${account}:stack/${stackName}/*`;
}

function isNamed(fn: CfnResource): boolean {
  return CfnFunction.isCfnFunction(fn) && fn.stack.resolve(fn.functionName) !== undefined;
}

function arn(resource: CfnResource): string {
  return resource.getAtt('Arn').toString();
}

function placed({ stack }: CfnResource, service: string, resource: string): string {
  return `arn:${stack.partition}:${service}:${stack.region}:${stack.account}:${resource}`;
}
