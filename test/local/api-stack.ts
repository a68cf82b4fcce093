import { request as send } from 'node:http';
import { AwsClient } from 'aws4fetch';
import { functionOf, type Resources, type SmallStack, startSmall } from './small-stack.ts';

/** A resource of the API of the tests: its logical id, its parent's (the root's where absent), and its methods. */
type Part = {
  readonly id: string;
  readonly parent?: string;
  readonly part: string;
  readonly methods?: readonly string[];
  readonly authorization?: 'NONE';
};

/** `/things/{id}` and what is below it, for signed requests; `/open/{rest+}` for anybody. */
const parts: readonly Part[] = [
  { id: 'things', part: 'things' },
  { id: 'thing', parent: 'things', part: '{id}', methods: ['GET'] },
  { id: 'files', parent: 'thing', part: 'files' },
  // Before its sibling: what is found must not hang on the order of the template.
  { id: 'file', parent: 'files', part: '{path+}', methods: ['ANY', 'DELETE'] },
  { id: 'list', parent: 'files', part: 'list', methods: ['GET'] },
  { id: 'pages', parent: 'thing', part: 'pages' },
  { id: 'all', parent: 'pages', part: '{all+}', methods: ['ANY'] },
  { id: 'one', parent: 'pages', part: '{one}', methods: ['GET'] },
  { id: 'open', part: 'open' },
  { id: 'rest', parent: 'open', part: '{rest+}', methods: ['ANY'], authorization: 'NONE' },
];

/** Starts the stack; its function is in a VPC, and notes every event. */
export function startApi(): Promise<SmallStack> {
  const VpcConfig = { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] };
  return startSmall({
    ...functionOf('worker', [], { VpcConfig }),
    ...Object.assign({}, ...parts.map(resourceOf)),
    permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { Ref: 'worker' },
        Principal: 'apigateway.amazonaws.com',
        SourceArn: { 'Fn::Sub': 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/live/*/*' },
      },
    },
  });
}

function resourceOf({ id, parent, part, methods = [], authorization }: Part): Resources {
  const RestApiId = { Ref: 'Api' };
  const ParentId = parent === undefined ? { 'Fn::GetAtt': ['Api', 'RootResourceId'] } : { Ref: parent };
  const Uri = {
    'Fn::Sub': ['arn:x:/functions/${arn}/invocations', { arn: { 'Fn::GetAtt': ['worker', 'Arn'] } }],
  };
  const routes = methods.map((HttpMethod) => [
    `${id}${HttpMethod}`,
    {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        ...{ RestApiId, ResourceId: { Ref: id }, HttpMethod, AuthorizationType: authorization ?? 'AWS_IAM' },
        Integration: { Type: 'AWS_PROXY', Uri },
      },
    },
  ]);
  return {
    [id]: { Type: 'AWS::ApiGateway::Resource', Properties: { RestApiId, ParentId, PathPart: part } },
    ...Object.fromEntries(routes),
  };
}

/** A request to the API; `path` is sent as it is, and signed as `signedPath` or the same. */
export type Asked = {
  readonly method?: string;
  readonly path: string;
  readonly signedPath?: string;
  readonly role?: string;
  /** What the function answers; status 200 when absent. */
  readonly answer?: object;
};

/** Sends a request, with a path that no URL would leave as it is, and answers the status. */
export async function ask({ broker }: SmallStack, asked: Asked): Promise<number> {
  const { method = 'GET', path, signedPath = path, role, answer = { statusCode: 200 } } = asked;
  const { origin, pathname } = new URL(broker.url);
  const signed =
    role === undefined
      ? {}
      : await signedHeaders(broker.credentialsFor(role, 'test'), method, broker.url + signedPath);
  const headers = { ...signed, answer: JSON.stringify(answer) };
  return new Promise((resolve, reject) => {
    const request = send(origin, { method, path: pathname + path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once('error', reject).end();
  });
}

async function signedHeaders(
  credentials: ReturnType<SmallStack['broker']['credentialsFor']>,
  method: string,
  url: string,
): Promise<Record<string, string>> {
  const client = new AwsClient({ ...credentials, service: 'execute-api', region: 'eu-central-1' });
  return Object.fromEntries((await client.sign(url, { method })).headers);
}
