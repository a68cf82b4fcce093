import { apiMethod, apiResource, restApi, stage } from './api-resources.ts';
import { eventSourceMapping, rule } from './event-resources.ts';
import { key } from './key-resources.ts';
import { queue, queuePolicy } from './queue-resources.ts';
import {
  type Deploy,
  type Deployed,
  type Deploying,
  digest,
  document,
  functionArn,
  list,
  number,
  only,
  physicalName,
  policyOf,
  text,
} from './resource.ts';
import { subscription, topic, topicPolicy } from './topic-resources.ts';

/** The resource types that are emulated. Any other aborts the load, so that nothing is silently missing. */
export const resourceTypes: Readonly<Record<string, Deploy>> = {
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::KMS::Key': key,
  'AWS::IAM::Role': role,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Permission': permission,
  'AWS::Logs::LogGroup': logGroup,
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': queuePolicy,
  'AWS::SNS::Topic': topic,
  'AWS::SNS::TopicPolicy': topicPolicy,
  'AWS::SNS::Subscription': subscription,
  'AWS::Lambda::EventSourceMapping': eventSourceMapping,
  'AWS::Events::Rule': rule,
  'AWS::ApiGateway::RestApi': restApi,
  'AWS::ApiGateway::Resource': apiResource,
  'AWS::ApiGateway::Method': apiMethod,
  'AWS::ApiGateway::Deployment': (resource) => ({ ref: digest(resource, 6), attributes: {} }),
  'AWS::ApiGateway::Stage': stage,
};

function table(resource: Deploying): Deployed {
  const { properties, place, model } = resource;
  const name = text(properties, 'TableName') ?? physicalName(resource);
  const indexes = properties['GlobalSecondaryIndexes'];
  model.tables.push({
    TableName: name,
    KeySchema: properties['KeySchema'],
    AttributeDefinitions: properties['AttributeDefinitions'],
    ...(indexes !== undefined && { GlobalSecondaryIndexes: indexes }),
  });
  const arn = `arn:aws:dynamodb:${place.region}:${place.account}:table/${name}`;
  return { ref: name, attributes: { Arn: arn } };
}

function role(resource: Deploying): Deployed {
  const { properties, place, model } = resource;
  const name = text(properties, 'RoleName') ?? physicalName(resource);
  const path = text(properties, 'Path') ?? '/';
  const inline = list(properties['Policies']).map((policy) => {
    const { PolicyName, PolicyDocument } = policy as { PolicyName: string; PolicyDocument: unknown };
    return [PolicyName, document(resource, PolicyDocument)] as const;
  });
  model.roles.push({
    name,
    path,
    trust: policyOf(resource, 'AssumeRolePolicyDocument'),
    inline: new Map(inline),
    managed: list(properties['ManagedPolicyArns']).map(String),
    boundary: text(properties, 'PermissionsBoundary'),
    maxSession: Number(properties['MaxSessionDuration'] ?? 3_600),
  });
  return { ref: name, attributes: { Arn: `arn:aws:iam::${place.account}:role${path}${name}` } };
}

function managedPolicy(resource: Deploying): Deployed {
  const { properties, place, model } = resource;
  const name = text(properties, 'ManagedPolicyName') ?? physicalName(resource);
  const arn = `arn:aws:iam::${place.account}:policy${text(properties, 'Path') ?? '/'}${name}`;
  model.managedPolicies.push({ arn, document: policyOf(resource, 'PolicyDocument') });
  return { ref: arn, attributes: {} };
}

/** AWS::Lambda::Function. A `VpcConfig` is taken and changes nothing: no network is emulated, every host is reached. */
function lambdaFunction(resource: Deploying): Deployed {
  const { logicalId, properties, place, model, asset } = resource;
  const name = text(properties, 'FunctionName') ?? physicalName(resource);
  const arn = `arn:aws:lambda:${place.region}:${place.account}:function:${name}`;
  const code = properties['Code'] as { S3Key?: string };
  const environment = properties['Environment'] as { Variables?: Record<string, string> } | undefined;
  model.functions.push({
    logicalId,
    name,
    arn,
    roleName: String(properties['Role']).split('/').at(-1) ?? '',
    environment: environment?.Variables ?? {},
    timeout: Number(properties['Timeout'] ?? 3),
    code: asset(code.S3Key ?? ''),
    handler: String(properties['Handler']),
    reserved: number(properties, 'ReservedConcurrentExecutions'),
  });
  return { ref: name, attributes: { Arn: arn } };
}

/** AWS::Lambda::Permission of a service, for one source, or of principals of IAM, for whatever they do. */
function permission(resource: Deploying): Deployed {
  only(resource, 'Action', 'FunctionName', 'Principal', 'SourceArn');
  const { properties, model, logicalId } = resource;
  if (properties['Action'] !== 'lambda:InvokeFunction')
    throw new Error('only lambda:InvokeFunction permissions');
  const principal = text(properties, 'Principal') ?? '';
  const sourceArn = text(properties, 'SourceArn');
  const service = principal.endsWith('.amazonaws.com');
  if (!service && !/^(\d{12}|arn:aws:(iam|sts)::\d{12}:.+)$/.test(principal))
    throw new Error(`${logicalId}: the principal ${principal} is not emulated`);
  if (!service && sourceArn !== undefined)
    throw new Error(`${logicalId}: a source is asked of services only`);
  model.permissions.push({
    functionArn: functionArn(resource, text(properties, 'FunctionName') ?? ''),
    principal,
    sourceArn,
  });
  return { ref: digest(resource, 32), attributes: {} };
}

function logGroup(resource: Deploying): Deployed {
  const { properties, place } = resource;
  const name = text(properties, 'LogGroupName') ?? physicalName(resource);
  return {
    ref: name,
    attributes: { Arn: `arn:aws:logs:${place.region}:${place.account}:log-group:${name}:*` },
  };
}
