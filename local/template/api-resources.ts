import { anyMethod } from '../api/routes.ts';
import type { PolicyDocument } from '../iam/document.ts';
import { type Deployed, type Deploying, digest, list, type Place, policyOf } from './resource.ts';

/** AWS::ApiGateway::RestApi. */
export function restApi(resource: Deploying): Deployed {
  const { properties, place, model, paths } = resource;
  const id = digest(resource, 10);
  paths.set(`${id}-root`, '');
  const policy = properties['Policy'] === undefined ? undefined : policyOf(resource, 'Policy');
  model.apis.push({ id, policy: policy && withFullArns(policy, place, id) });
  return { ref: id, attributes: { RootResourceId: `${id}-root`, RestApiId: id } };
}

/** AWS::ApiGateway::Resource: a part of a path; `{name}` is any segment, `{name+}` all that follow, one at least. */
export function apiResource(resource: Deploying): Deployed {
  const { properties, paths } = resource;
  const parent = paths.get(String(properties['ParentId']));
  if (parent === undefined) throw new Error(`${resource.logicalId}: its parent is not a resource of an API`);
  if (parent.endsWith('+}'))
    throw new Error(`${resource.logicalId}: a greedy parameter is the last part of a path`);
  const part = String(properties['PathPart']);
  if (!/^([\w.:-]+|\{\w+\+?\})$/.test(part))
    throw new Error(`${resource.logicalId}: the path part ${part} is not emulated`);
  const id = digest(resource, 6);
  paths.set(id, `${parent}/${part}`);
  return { ref: id, attributes: {} };
}

/** AWS::ApiGateway::Method: a route to a function; ANY stands for every method that its resource does not have. */
export function apiMethod(resource: Deploying): Deployed {
  const { properties, model, paths } = resource;
  const integration = properties['Integration'] as { Type?: string; Uri?: string } | undefined;
  const functionArn = /\/functions\/(arn:[^/]+)\/invocations$/.exec(integration?.Uri ?? '')?.[1];
  const authorization = properties['AuthorizationType'];
  const method = String(properties['HttpMethod']);
  if (method !== 'ANY' && !anyMethod.has(method))
    throw new Error(`${resource.logicalId}: the method ${method} is not emulated`);
  if (integration?.Type !== 'AWS_PROXY' || !functionArn)
    throw new Error(`${resource.logicalId}: only AWS_PROXY integrations with functions`);
  if (authorization !== 'AWS_IAM' && authorization !== 'NONE')
    throw new Error(`${resource.logicalId}: the authorization ${authorization} is not emulated`);
  model.routes.push({
    apiId: String(properties['RestApiId']),
    method,
    resource: paths.get(String(properties['ResourceId'])) || '/',
    authorization,
    functionArn,
  });
  return { ref: digest(resource, 6), attributes: {} };
}

/** AWS::ApiGateway::Stage. */
export function stage({ properties, model }: Deploying): Deployed {
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
