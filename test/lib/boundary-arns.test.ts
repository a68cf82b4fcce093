import { describe, expect, it } from 'vitest';
import { resolve } from '../../local/template/intrinsics.ts';
import { resourcesOf, synthesizedStack } from './assembly.ts';

const here = 'eu-central-1:111122223333';

/** The ARNs of a resource that CloudFormation called `name`, and of what belongs to it, by type. */
const arnsOf: Readonly<Record<string, (name: string) => readonly string[]>> = {
  'AWS::DynamoDB::GlobalTable': (name) =>
    ['', '/index/due', '/stream/2026-11-23T18:00:00.000', '/backup/01548148148148-b900c3f8'].map(
      (below) => `arn:aws:dynamodb:${here}:table/${name}${below}`,
    ),
  'AWS::KMS::Key': (name) => [`arn:aws:kms:${here}:key/${name}`],
  'AWS::Lambda::Function': (name) =>
    ['', ':$LATEST', ':live'].map((below) => `arn:aws:lambda:${here}:function:${name}${below}`),
  'AWS::Lambda::EventSourceMapping': (name) => [`arn:aws:lambda:${here}:event-source-mapping:${name}`],
  'AWS::SQS::Queue': (name) => [`arn:aws:sqs:${here}:${name}`, `arn:aws:sqs:${here}:${name}.fifo`],
  'AWS::SNS::Topic': (name) => [`arn:aws:sns:${here}:${name}`],
  'AWS::Events::Rule': (name) => [`arn:aws:events:${here}:rule/${name}`],
  'AWS::CloudWatch::Alarm': (name) => [`arn:aws:cloudwatch:${here}:alarm:${name}`],
  'AWS::Logs::LogGroup': (name) =>
    ['', ':*', ':log-stream:2026'].map((below) => `arn:aws:logs:${here}:log-group:${name}${below}`),
  'AWS::ApiGateway::RestApi': (name) => [
    `arn:aws:execute-api:${here}:${name}/live/POST/v1/leases`,
    `arn:aws:apigateway:eu-central-1::/restapis/${name}`,
    `arn:aws:apigateway:eu-central-1::/restapis/${name}/stages/live`,
  ],
};

/** Parts of one of those, or denied as whole services. */
const parts =
  /^AWS::(IAM::(Role|ManagedPolicy)|Lambda::Permission|SQS::QueuePolicy|SNS::TopicPolicy|Logs::MetricFilter|ApiGateway::(Resource|Method|Deployment|Stage|Account)|CDK::Metadata)$/;

type Resource = { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> };
const resources: Readonly<Record<string, Resource>> = synthesizedStack().template.Resources;

/** The property by which a template names a resource itself, by type. */
const naming: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Events::Rule': 'Name',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

/** As CloudFormation names what has no name: stack, logical id, something unique (user guide, name type). */
function nameOf(logicalId: string): string {
  const { Type = '', Properties = {} } = resources[logicalId] ?? {};
  return String(Properties[naming[Type] ?? ''] ?? `mayfly-${logicalId}-1A2B3C4D5E6F`);
}

type Statement = { readonly Effect: string; readonly Action: string | string[]; readonly Resource: string[] };

/** The Denies of a boundary, once deployed. */
function deniesOf({ Properties = {} }: Resource): readonly Statement[] {
  const references = {
    // What is named by reference is, of most types, a name; of a topic it is the ARN.
    ref: (name: string) =>
      name === 'AWS::Partition'
        ? 'aws'
        : resources[name]?.Type === 'AWS::SNS::Topic'
          ? `arn:aws:sns:${here}:${nameOf(name)}`
          : nameOf(name),
    attribute: (id: string) => arnsOf[resources[id]?.Type ?? '']?.(nameOf(id))[0] ?? 'none',
  };
  const { Statement } = resolve(Properties['PolicyDocument'], references) as { Statement: Statement[] };
  return Statement.filter(({ Effect }) => Effect === 'Deny');
}

/** What a boundary denies whatever is done with it. */
function deniedBy(boundary: Resource): readonly string[] {
  return deniesOf(boundary).flatMap(({ Action, Resource }) => (Action === '*' ? Resource : []));
}

function matches(pattern: string, arn: string): boolean {
  const literals = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`).test(arn);
}

const boundaries = Object.entries(resourcesOf('AWS::IAM::ManagedPolicy')).filter(([path]) =>
  path.endsWith('/Boundary'),
);

describe('the boundary', () => {
  it('is there for each agent type, and judged with all that the stack holds', () => {
    expect(boundaries.length).toBeGreaterThan(1);
    const unknown = Object.values(resources).filter(({ Type }) => !arnsOf[Type] && !parts.test(Type));
    expect(unknown).toEqual([]);
  });

  it.each(
    boundaries,
  )('%s denies every table, queue, topic, key, function, rule, alarm, log and API of the stack', (_, boundary) => {
    const denied = deniedBy(boundary);
    const ours = Object.entries(resources).flatMap(([id, { Type }]) => arnsOf[Type]?.(nameOf(id)) ?? []);
    expect(ours.length).toBeGreaterThan(50);
    expect(ours.filter((arn) => !denied.some((pattern) => matches(pattern, arn)))).toEqual([]);
  });

  it.each([
    `arn:aws:dynamodb:${here}:table/orders`,
    `arn:aws:sqs:${here}:mayfly-orders`,
    `arn:aws:sqs:${here}:orders-TimerQueue`,
    `arn:aws:sns:${here}:mayfly-orders`,
    `arn:aws:lambda:${here}:function:mayfly-report`,
    `arn:aws:logs:${here}:log-group:/aws/lambda/mayfly-report`,
    `arn:aws:cloudwatch:${here}:alarm:orders`,
    `arn:aws:cloudformation:${here}:stack/mayfly-orders/1`,
  ])('leaves what is not of the stack to the ceiling: %s', (arn) => {
    for (const [, boundary] of boundaries)
      expect(deniedBy(boundary).filter((pattern) => matches(pattern, arn))).toEqual([]);
  });

  it('leaves at least half of its 6,144 characters to the ceiling', () => {
    for (const [path, boundary] of boundaries)
      expect(JSON.stringify(deniesOf(boundary)).length, path).toBeLessThan(6_144 / 2);
  });

  it('denies all of STS but who am I and narrowing oneself', () => {
    // Service authorization reference, STS; the last one is newer than it.
    const actions =
      `AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage
      GetAccessKeyInfo GetCallerIdentity GetDelegatedAccessToken GetFederationToken GetServiceBearerToken
      GetSessionToken GetWebIdentityToken SetContext SetSourceIdentity TagGetWebIdentityToken TagSession
      GetScopedCredentials`.split(/\s+/);
    for (const [, boundary] of boundaries) {
      const denied = deniesOf(boundary).flatMap(({ Action }) => (Action === '*' ? [] : Action));
      const left = actions.filter((action) => !denied.some((each) => matches(each, `sts:${action}`)));
      expect(left).toEqual(['GetCallerIdentity', 'GetScopedCredentials']);
    }
  });
});
