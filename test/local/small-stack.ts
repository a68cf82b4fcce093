import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type LocalBroker, type StartOptions, start } from '../../local/start.ts';

/** Resources of a template by logical id. */
export type Resources = Record<string, { Type: string; Properties: Record<string, unknown> }>;

/** A small stack at work: a local broker, what its functions logged, and a client of queues that may do everything. */
export type SmallStack = {
  readonly broker: LocalBroker;
  readonly reports: readonly string[];
  /** What each invocation of a function noted as it began, oldest first. */
  noted(functionName: string): unknown[];
  /** Resolves when the next invocation of a function has begun. */
  nextInvocation(functionName: string): Promise<void>;
  readonly sqs: SQSClient;
  url(queueName: string): string;
  stop(): Promise<void>;
};

/**
 * A function that notes its event in a file, which no reader can be too early for as with a log, and then does what the first body, or the rule's input, says: `fail`, `hang`, or
 * answer what follows `answer `, so many characters (`long`) or what is no JSON (`odd`). `now` makes it note its own clock.
 * It answers what a request of the API says in its header `answer`.
 */
const obedient = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
const file = join(import.meta.dirname, process.env.AWS_LAMBDA_FUNCTION_NAME);
export async function handler(event) {
  const [record] = event.Records ?? [];
  const word = record ? record.body : event.word;
  const clock = Date.now() / 1000 + Number(process.env.MAYFLY_CLOCK_OFFSET ?? 0);
  appendFileSync(file, JSON.stringify(word === 'now' ? clock : event) + '\\n');
  console.log('begun');
  if (word === 'fail') throw new Error('told to');
  if (word === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  if (word?.startsWith('long ')) return 'x'.repeat(Number(word.slice(5)));
  if (word === 'odd') return 1n;
  if (word?.startsWith('answer ')) return JSON.parse(word.slice(7));
  if (event.headers?.answer) return JSON.parse(event.headers.answer);
}
`;

/** A function of this stack and its role, which holds these statements. */
export function functionOf(name: string, statements: object[], properties: object = {}): Resources {
  const Version = '2012-10-17';
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const Policies =
    statements.length > 0 ? [{ PolicyName: 'own', PolicyDocument: { Version, Statement: statements } }] : [];
  return {
    [`${name}Role`]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: `${name}-role`,
        AssumeRolePolicyDocument: { Version, Statement: [trust] },
        Policies,
      },
    },
    [name]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: name,
        Code: { S3Key: 'obedient.zip' },
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': [`${name}Role`, 'Arn'] },
        Timeout: 10,
        ...properties,
      },
    },
  };
}

/** What Lambda's poller needs of a queue. */
export function mayConsume(queue: string) {
  const Action = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
  return { Effect: 'Allow', Action, Resource: { 'Fn::GetAtt': [queue, 'Arn'] } };
}

/** A mapping of a queue to a function. */
export function mappingOf(queue: string, name: string, properties: object = {}): Resources {
  const EventSourceArn = { 'Fn::GetAtt': [queue, 'Arn'] };
  return {
    [`${queue}To${name}`]: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn, FunctionName: { Ref: name }, ...properties },
    },
  };
}

/** Starts a template of these resources with an API, which every stack has. */
export async function startSmall(resources: Resources, options: StartOptions = {}): Promise<SmallStack> {
  const assembly = assemblyOf(resources);
  const reports: string[] = [];
  const waiting: { name: string; resolve: () => void }[] = [];
  const onLog = (name: string) => {
    for (const each of waiting.filter((other) => other.name === name)) {
      waiting.splice(waiting.indexOf(each), 1);
      each.resolve();
    }
  };
  const report = (line: string) => reports.push(line);
  const remove = () => rmSync(assembly, { recursive: true, force: true });
  const broker = await start({ assembly, schedules: false, report, onLog, ...options }).catch((error) => {
    remove();
    throw error;
  });
  broker.createRole('tester', [
    { Effect: 'Allow', Action: ['sqs:*', 'sns:*', 'lambda:*', 'iam:*'], Resource: '*' },
  ]);
  const { region, endpoint } = broker;
  const credentials = broker.credentialsFor('tester', 'test');
  return {
    broker,
    reports,
    noted: (name) => linesOf(join(assembly, 'obedient', name)),
    nextInvocation: (name) => new Promise((resolve) => waiting.push({ name, resolve })),
    sqs: new SQSClient({ region, endpoint, credentials, maxAttempts: 1 }),
    url: (queueName) => `${endpoint}/${broker.account}/${queueName}`,
    async stop() {
      await broker.stop();
      remove();
    },
  };
}

function assemblyOf(resources: Resources): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-small-'));
  const json = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value));
  const stage = { RestApiId: { Ref: 'Api' }, StageName: 'live' };
  const Resources = {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: {} },
    Stage: { Type: 'AWS::ApiGateway::Stage', Properties: stage },
    ...resources,
  };
  json('manifest.json', { artifacts: { small: { type: 'aws:cloudformation:stack' } } });
  json('small.template.json', { Resources });
  json('small.assets.json', { files: { obedient: { source: { path: 'obedient' } } } });
  mkdirSync(join(folder, 'obedient'));
  writeFileSync(join(folder, 'obedient', 'index.mjs'), obedient);
  return folder;
}

function linesOf(file: string): unknown[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}
