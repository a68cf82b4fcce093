import type { EpochSeconds } from '../core/time.ts';
import { type Account, startAccount } from './account.ts';
import type { Call, Interceptor } from './aws/endpoint.ts';
import { createKmsKey } from './aws/kms.ts';
import { type Deployment, deliveredSeconds, deploy, onlyApi } from './deployment.ts';
import { listen } from './http/serve.ts';
import type { Decided } from './iam/authorize.ts';
import { type PolicyDocument, parsePolicy } from './iam/document.ts';
import type { Verdict } from './iam/evaluate.ts';
import { type Permission, withhold } from './iam/withhold.ts';
import { createJudge, type Question } from './judge.ts';
import { localPlace, synthesize } from './synthesize.ts';
import { loadTemplate, readAssembly, type Template } from './template/load.ts';
import type { Model } from './template/model.ts';

export type { Call, Interceptor, PassingCall } from './aws/endpoint.ts';
export type { Decided } from './iam/authorize.ts';
export type { Permission } from './iam/withhold.ts';

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
  /** Every call that reached a service, oldest first. */
  readonly calls: readonly Call[];
  /** Every authorization decision, oldest first. */
  readonly decisions: readonly Decided[];
  /** The emulated time. */
  now(): EpochSeconds;
  /** Moves the clock of IAM, STS and the functions forward by whole seconds. */
  advance(seconds: number): void;
  /** Makes a role outside the stack, such as an agent's own, with these inline statements; `account` may be another. */
  createRole(name: string, statements: PolicyDocument['Statement'], account?: string): void;
  /** Credentials such as AWS delivers to code that runs under a role. */
  credentialsFor(roleName: string, sessionName: string, account?: string): LocalCredentials;
  /** Takes one permission away from a role of the account; answers how to give it back. It counts at once. */
  withhold(permission: Permission): () => void;
  /** What IAM would decide; nothing is done or recorded. Throws when action or resource do not exist in IAM. */
  mayDo(who: { role: string } | { accessKeyId: string }, question: Question): Promise<Verdict>;
  /** Makes a bucket, or gives one that exists another policy; throws when the policy is none. */
  createBucket(name: string, policy?: string): void;
  /** Encrypts a bucket with a KMS key, made if there is none, as SSE-KMS does; `bucketKey` as S3 Bucket Keys do. */
  encryptBucket(name: string, keyArn: string, bucketKey?: boolean): void;
  putObject(bucket: string, key: string, body: string): void;
  /** Lets things go wrong; answers how to stop it. */
  intercept(interceptor: Interceptor): () => void;
  /** Ends every environment of the functions whose name holds this text. */
  crash(functionName: string): Promise<void>;
  /** Synthesizes and deploys again, keeping tables and keys. When that fails it throws and the old stays. */
  redeploy(): Promise<void>;
  /** Stops what is the broker's: API and functions. STS, IAM, KMS, DynamoDB and S3 stay up, as they would in AWS. */
  stopBroker(): Promise<void>;
  /** Stops everything. */
  stop(): Promise<void>;
};

/** Deploys the template into an embedded AWS on this machine and serves it. */
export async function start(options: StartOptions = {}): Promise<LocalBroker> {
  const report = options.report ?? (() => {});
  const onLog = options.onLog ?? (() => {});
  const deployed = { tables: new Set<string>(), roles: new Set<string>() };
  let loaded = await load(options);
  const account = await startAccount(
    localPlace,
    (decided) => reportRefusal(decided, loaded.model, report),
    report,
  );
  let current: Deployment;
  const gateway = await listen(
    (request) => current.respond(request),
    (error) => report(`gateway: ${error}`),
    options.port,
  );
  const url = `${gateway.url}/${onlyApi(loaded.model).stage}`;
  current = await deploy(account, loaded.model, deployed, url, onLog, report);
  const stopBroker = async () => {
    await gateway.close();
    await current.crash('');
  };
  return {
    ...controls(account, url),
    mayDo: createJudge(account, () => onlyApi(loaded.model).api),
    crash: (functionName) => current.crash(functionName),
    async redeploy() {
      const [oldLoaded, oldDeployment] = [loaded, current];
      const next = await load(options);
      current = await deploy(account, next.model, deployed, url, onLog, report);
      loaded = next;
      await oldDeployment.crash('');
      oldLoaded.remove();
    },
    stopBroker,
    async stop() {
      await stopBroker();
      await account.stop();
      loaded.remove();
    },
  };
}

/** The template as a model, and how to remove what was synthesized for it. */
async function load(options: StartOptions): Promise<{ model: Model; remove: () => void }> {
  const made = options.assembly === undefined ? await synthesize(options.context) : undefined;
  const { stack, template, asset } = readAssembly(options.assembly ?? made?.folder ?? '');
  options.alter?.(template);
  const model = loadTemplate(template, { ...localPlace, stack }, asset);
  return { model, remove: () => made?.remove() };
}

/** What the functions themselves were refused is a fault of the stack, and whoever runs it must see it. */
function reportRefusal(decided: Decided, { functions }: Model, report: (line: string) => void): void {
  const { role = '', action, resource, allowed, why } = decided;
  if (!allowed && functions.some(({ roleName }) => roleName === role))
    report(`AccessDenied: ${role} may not perform ${action} on ${resource}: ${why}`);
}

function controls({ iam, buckets, keys, ...account }: Account, url: string) {
  return {
    url,
    endpoint: account.endpoint,
    region: account.region,
    account: account.account,
    calls: account.calls,
    decisions: account.decisions,
    now: account.clock.now,
    advance: account.clock.advance,
    intercept: account.intercept,
    createRole(name: string, statements: PolicyDocument['Statement'], accountId = iam.account) {
      const policies = statements.length > 0 ? [['inline', { Version, Statement: statements }] as const] : [];
      const trust: PolicyDocument = { Version, Statement: [ec2Trust] };
      const rest = { managed: [], boundary: undefined, maxSession: 3_600, account: accountId };
      iam.putRole({ name, path: '/', trust, inline: new Map(policies), ...rest });
    },
    withhold: (permission: Permission) => withhold(iam, permission),
    credentialsFor(roleName: string, sessionName: string, accountId = iam.account): LocalCredentials {
      const session = iam.openServiceSession(roleName, sessionName, deliveredSeconds, accountId);
      const { accessKeyId, secretAccessKey, sessionToken } = session;
      return { accessKeyId, secretAccessKey, sessionToken };
    },
    createBucket(name: string, policyText?: string) {
      const policy = policyText === undefined ? undefined : parsePolicy(policyText);
      if (policyText !== undefined && !policy) throw new Error(`the policy of bucket ${name} is none`);
      buckets.set(name, { objects: new Map(), ...buckets.get(name), policy });
    },
    encryptBucket(name: string, keyArn: string, bucketKey = false) {
      const bucket = buckets.get(name);
      if (!bucket) throw new Error(`no bucket is called ${name}`);
      const key = keys.get(keyArn) ?? createKmsKey(keyArn, accountDecides(account.account));
      keys.set(keyArn, key);
      buckets.set(name, { ...bucket, encryption: { keyArn, keyPolicy: key.policy, bucketKey } });
    },
    putObject(bucketName: string, key: string, body: string) {
      const bucket = buckets.get(bucketName);
      if (!bucket) throw new Error(`no bucket is called ${bucketName}`);
      bucket.objects.set(key, { body: Buffer.from(body), type: 'application/json', modified: new Date() });
    },
  };
}

const Version = '2012-10-17';

/** The key policy of a new key: the account's own policies decide (KMS developer guide, default key policy). */
function accountDecides(account: string): PolicyDocument {
  const Principal = { AWS: `arn:aws:iam::${account}:root` };
  return { Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }] };
}

const ec2Trust = {
  Effect: 'Allow',
  Principal: { Service: 'ec2.amazonaws.com' },
  Action: 'sts:AssumeRole',
} as const;
