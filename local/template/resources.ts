import { createHash } from 'node:crypto';
import { asPolicy, type PolicyDocument } from '../iam/document.ts';
import type { Model } from './model.ts';

/** Where a template is deployed. */
export type Place = { readonly account: string; readonly region: string; readonly stack: string };

/** A resource to deploy: its properties are resolved. */
export type Deploying = {
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly place: Place;
  readonly model: Model;
  /** Folder of an asset by its key in the staging bucket. */
  readonly asset: (key: string) => string;
  /** Path of an API resource by its id, and the place to note new ones. */
  readonly paths: Map<string, string>;
};

/** What `Ref` and `Fn::GetAtt` answer for a resource. */
export type Deployed = { readonly ref: string; readonly attributes: Readonly<Record<string, string>> };

/** One kind of resource: adds itself to the model. */
export type Deploy = (resource: Deploying) => Deployed;

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

function key(resource: Deploying): Deployed {
  const { properties, place, model } = resource;
  if (properties['KeySpec'] !== 'ECC_NIST_P256')
    throw new Error(`${resource.logicalId}: only ECC_NIST_P256 keys`);
  const id = digest(resource, 32).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  const arn = `arn:aws:kms:${place.region}:${place.account}:key/${id}`;
  model.keys.push({ arn, policy: policyOf(resource, 'KeyPolicy') });
  return { ref: id, attributes: { Arn: arn, KeyId: id } };
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
  });
  return { ref: name, attributes: { Arn: arn } };
}

function permission({ properties, model }: Deploying): Deployed {
  if (properties['Action'] !== 'lambda:InvokeFunction')
    throw new Error('only lambda:InvokeFunction permissions');
  model.permissions.push({
    functionArn: String(properties['FunctionName']),
    principal: String(properties['Principal']),
    sourceArn: text(properties, 'SourceArn'),
  });
  return { ref: '', attributes: {} };
}

function logGroup(resource: Deploying): Deployed {
  const { properties, place } = resource;
  const name = text(properties, 'LogGroupName') ?? physicalName(resource);
  return {
    ref: name,
    attributes: { Arn: `arn:aws:logs:${place.region}:${place.account}:log-group:${name}:*` },
  };
}

function restApi(resource: Deploying): Deployed {
  const { properties, place, model, paths } = resource;
  const id = digest(resource, 10);
  paths.set(`${id}-root`, '');
  const policy = properties['Policy'] === undefined ? undefined : policyOf(resource, 'Policy');
  model.apis.push({ id, policy: policy && withFullArns(policy, place, id) });
  return { ref: id, attributes: { RootResourceId: `${id}-root`, RestApiId: id } };
}

function apiResource(resource: Deploying): Deployed {
  const { properties, paths } = resource;
  const parent = paths.get(String(properties['ParentId']));
  if (parent === undefined) throw new Error(`${resource.logicalId}: its parent is not a resource of an API`);
  const id = digest(resource, 6);
  paths.set(id, `${parent}/${properties['PathPart']}`);
  return { ref: id, attributes: {} };
}

function apiMethod(resource: Deploying): Deployed {
  const { properties, model, paths } = resource;
  const integration = properties['Integration'] as { Type?: string; Uri?: string } | undefined;
  const functionArn = /\/functions\/(arn:[^/]+)\/invocations$/.exec(integration?.Uri ?? '')?.[1];
  const authorization = properties['AuthorizationType'];
  if (integration?.Type !== 'AWS_PROXY' || !functionArn)
    throw new Error(`${resource.logicalId}: only AWS_PROXY integrations with functions`);
  if (authorization !== 'AWS_IAM' && authorization !== 'NONE')
    throw new Error(`${resource.logicalId}: the authorization ${authorization} is not emulated`);
  model.routes.push({
    apiId: String(properties['RestApiId']),
    method: String(properties['HttpMethod']),
    resource: paths.get(String(properties['ResourceId'])) || '/',
    authorization,
    functionArn,
  });
  return { ref: digest(resource, 6), attributes: {} };
}

function stage({ properties, model }: Deploying): Deployed {
  const name = String(properties['StageName']);
  model.stages.push({ apiId: String(properties['RestApiId']), name });
  return { ref: name, attributes: {} };
}

/** API Gateway stores `execute-api:/stage/…` as full ARNs (API Gateway developer guide, resource policies). */
function withFullArns(policy: PolicyDocument, { account, region }: Place, apiId: string): PolicyDocument {
  const full = (arn: string) =>
    arn.replace(/^execute-api:\//, `arn:aws:execute-api:${region}:${account}:${apiId}/`);
  const Statement = policy.Statement.map((statement) => ({
    ...statement,
    Resource: list(statement.Resource).map((arn) => full(String(arn))),
  }));
  return { ...policy, Statement };
}

function policyOf(resource: Deploying, name: string): PolicyDocument {
  return document(resource, resource.properties[name]);
}

function document({ logicalId }: Deploying, value: unknown): PolicyDocument {
  const policy = asPolicy(value);
  if (!policy) throw new Error(`${logicalId} holds a policy that is none`);
  return policy;
}

function text(properties: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' ? value : undefined;
}

function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** A name as CloudFormation makes them: stack, logical id and something unique. */
function physicalName(resource: Deploying): string {
  const { place, logicalId } = resource;
  return `${place.stack}-${logicalId}-${digest(resource, 8)}`.slice(-64).replace(/^-+/, '');
}

function digest({ place, logicalId }: Deploying, characters: number): string {
  return createHash('sha256').update(`${place.stack}/${logicalId}`).digest('hex').slice(0, characters);
}
