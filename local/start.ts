import { publicUrlVariable } from '../core/settings.ts';
import { createGateway } from './api/gateway.ts';
import { startDynamoDb } from './aws/dynamodb.ts';
import { type Call, createEndpoint, type Interceptor } from './aws/endpoint.ts';
import { createKms, createKmsKey, type KmsKeys } from './aws/kms.ts';
import { type Buckets, createS3 } from './aws/s3.ts';
import { createSts } from './aws/sts.ts';
import { createClock } from './clock.ts';
import { createFunctionHost, type FunctionHost, type HostWorld } from './functions/host.ts';
import { listen } from './http/serve.ts';
import { createAuthorizer, type Decided } from './iam/authorize.ts';
import { type PolicyDocument, parsePolicy } from './iam/document.ts';
import { IamStore } from './iam/store.ts';
import { localPlace, synthesize } from './synthesize.ts';
import { loadTemplate, readAssembly, type Template } from './template/load.ts';
import type { FunctionDefinition } from './template/model.ts';

export type { Call, Interceptor, PassingCall } from './aws/endpoint.ts';
export type { Decided } from './iam/authorize.ts';

/** How to start. Without `assembly` the CDK app is synthesized first, with `context`. */
export type StartOptions = {
  /** Folder of a cloud assembly that is already there. */
  readonly assembly?: string;
  /** CDK context, such as `{ policies: 'demo/policies' }`. */
  readonly context?: Readonly<Record<string, string>>;
  /** Changes the template before it is loaded: what a test takes away must be missed. */
  readonly alter?: (template: Template) => void;
  /** Port of the API; a free one when absent. */
  readonly port?: number;
  /** Told what a person running this should see: refusals of the functions' own calls, crashes. */
  readonly report?: (line: string) => void;
  /** Told every line that a function logs. */
  readonly onLog?: (functionName: string, line: string) => void;
};

/** Keys as an SDK takes them. */
export type LocalCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
};

/** A running broker and the AWS around it. */
export type LocalBroker = {
  /** Address of the API, without a trailing slash. */
  readonly url: string;
  /** Address for `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Every call that reached a service, oldest first. */
  readonly calls: readonly Call[];
  /** Every authorization decision, oldest first. */
  readonly decisions: readonly Decided[];
  /** Moves the clock of IAM, STS and the functions forward by whole seconds. */
  advance(seconds: number): void;
  /** Makes a role outside the stack, such as an agent's own, with these inline statements. */
  createRole(name: string, statements: PolicyDocument['Statement']): void;
  /** Credentials such as AWS delivers to code that runs under a role. */
  credentialsFor(roleName: string, sessionName: string): LocalCredentials;
  createBucket(name: string, policy?: string): void;
  putObject(bucket: string, key: string, body: string): void;
  /** Lets things go wrong; answers how to stop it. */
  intercept(interceptor: Interceptor): () => void;
  /** Ends every environment of the functions whose name holds this text. */
  crash(functionName: string): Promise<void>;
  /** Stops what is the broker's: API and functions. STS, IAM, KMS, DynamoDB and S3 stay up, as they would in AWS. */
  stopBroker(): Promise<void>;
  /** Stops everything. */
  stop(): Promise<void>;
};

/** Seconds that credentials delivered to functions and agents live, as Lambda's and EC2's do. */
const deliveredSeconds = 6 * 3_600;

/** Deploys the template into an embedded AWS on this machine and serves it. */
export async function start(options: StartOptions = {}): Promise<LocalBroker> {
  const { region, account } = localPlace;
  const report = options.report ?? (() => {});
  const made = options.assembly === undefined ? await synthesize(options.context) : undefined;
  const { stack, template, asset } = readAssembly(options.assembly ?? made?.folder ?? '');
  options.alter?.(template);
  const model = loadTemplate(template, { account, region, stack }, asset);

  const clock = createClock();
  const iam = new IamStore(account, clock);
  const calls: Call[] = [];
  const decisions: Decided[] = [];
  const interceptors = new Set<Interceptor>();
  const functionRoles = new Set(model.functions.map(({ roleName }) => roleName));
  const authorizer = createAuthorizer(iam, clock, region, (decided) => {
    decisions.push(decided);
    const { role = '', action, resource, allowed, why } = decided;
    if (!allowed && functionRoles.has(role))
      report(`AccessDenied: ${role} may not perform ${action} on ${resource}: ${why}`);
  });

  for (const { arn, document } of model.managedPolicies) iam.managedPolicies.set(arn, document);
  for (const role of model.roles) iam.putRole(role);
  const keys: KmsKeys = new Map(model.keys.map(({ arn, policy }) => [arn, createKmsKey(arn, policy)]));
  const buckets: Buckets = new Map();
  const dynamo = await startDynamoDb(
    authorizer,
    (name) => `arn:aws:dynamodb:${region}:${account}:table/${name}`,
  );
  for (const table of model.tables) await dynamo.createTable(table);
  const endpoint = await listen(
    createEndpoint({
      iam,
      region,
      services: {
        sts: createSts({ iam, clock, authorizer }),
        kms: createKms(keys, authorizer),
        s3: createS3(buckets, authorizer),
        dynamodb: dynamo.service,
      },
      intercept: async (call, phase) => {
        for (const interceptor of interceptors)
          if ((await interceptor(call, phase)) === 'drop') return 'drop';
        return undefined;
      },
      onCall: (call) => calls.push(call),
    }),
    (error) => report(`endpoint: ${error}`),
  );

  const functions = new Map<string, FunctionHost>();
  const [api, ...otherApis] = model.apis;
  const stage = model.stages.find(({ apiId }) => apiId === api?.id);
  if (!api || otherApis.length > 0 || !stage)
    throw new Error('a template with one API and one stage is needed');
  const gateway = await listen(
    createGateway({
      api,
      stage: stage.name,
      account,
      region,
      routes: model.routes,
      permissions: model.permissions,
      functions,
      iam,
      authorizer,
      report,
    }),
    (error) => report(`gateway: ${error}`),
    options.port,
  );
  const url = `${gateway.url}/${stage.name}`;
  const world: HostWorld = {
    clock,
    region,
    endpoint: endpoint.url,
    openSession: ({ roleName, name }) => iam.openServiceSession(roleName, name.slice(-64), deliveredSeconds),
    onLog: options.onLog ?? (() => {}),
  };
  for (const definition of model.functions)
    functions.set(definition.arn, createFunctionHost(withPublicUrl(definition, url), world));

  const crash = async (text: string) => {
    const meant = [...functions.values()].filter(({ definition }) => definition.name.includes(text));
    await Promise.all(meant.map((host) => host.crash()));
  };
  const stopBroker = async () => {
    await gateway.close();
    await crash('');
  };
  return {
    url,
    endpoint: endpoint.url,
    region,
    account,
    outputs: model.outputs,
    calls,
    decisions,
    advance: clock.advance,
    createRole: (name, statements) => {
      const trust = parsePolicy(JSON.stringify({ Statement: [ec2Trust] }));
      if (!trust) throw new Error('unreachable: the trust policy is a constant');
      const inline = new Map([['inline', { Version: '2012-10-17', Statement: statements }]]);
      iam.putRole({ name, path: '/', trust, inline, managed: [], boundary: undefined, maxSession: 3_600 });
    },
    credentialsFor: (roleName, sessionName) => {
      const session = iam.openServiceSession(roleName, sessionName, deliveredSeconds);
      const { accessKeyId, secretAccessKey, sessionToken } = session;
      return { accessKeyId, secretAccessKey, sessionToken };
    },
    createBucket: (name, policy) => {
      buckets.set(name, {
        objects: new Map(),
        policy: policy === undefined ? undefined : parsePolicy(policy),
      });
    },
    putObject: (bucket, key, body) => {
      const stored = { body: Buffer.from(body), type: 'application/json', modified: new Date() };
      buckets.get(bucket)?.objects.set(key, stored);
    },
    intercept: (interceptor) => {
      interceptors.add(interceptor);
      return () => interceptors.delete(interceptor);
    },
    crash,
    stopBroker,
    async stop() {
      await stopBroker();
      await endpoint.close();
      await dynamo.stop();
      made?.remove();
    },
  };
}

const ec2Trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };

/** The one setting that a local run overrides, and only where the template sets it: the address of the API. */
function withPublicUrl(definition: FunctionDefinition, url: string): FunctionDefinition {
  const { environment } = definition;
  return Object.hasOwn(environment, publicUrlVariable)
    ? { ...definition, environment: { ...environment, [publicUrlVariable]: url } }
    : definition;
}
