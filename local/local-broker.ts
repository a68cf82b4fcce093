import type { EpochSeconds } from '../core/time.ts';
import type { ItemValue } from './aws/attribute-value.ts';
import type { Call, Interceptor } from './aws/endpoint.ts';
import type { Notification, Subscription } from './aws/sns-topics.ts';
import type { MessageCounts } from './aws/sqs-message.ts';
import type { Fate, SentMessage } from './aws/sqs-queues.ts';
import type { Decided } from './iam/authorize.ts';
import type { PolicyDocument } from './iam/document.ts';
import type { Verdict } from './iam/evaluate.ts';
import type { Permission } from './iam/withhold.ts';
import type { Question } from './judge.ts';
import type { Template } from './template/load.ts';

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
  /** Whether rules fire by themselves as the clock goes on; true when absent. */
  readonly schedules?: boolean;
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

/** What credentials are delivered to: a Lambda function by its name, or an instance of EC2 by its id, in a VPC. */
export type Runtime =
  | { readonly lambda: string }
  | { readonly instance: string; readonly vpc: string; readonly privateIp?: string };

/** What a role has beside its name and permissions; without it the path `/`, and only EC2 may assume it. */
export type RoleShape = { readonly path?: string; readonly trust?: PolicyDocument['Statement'] };

/** A key attribute of a table: its name where it is text, or its name and its type. */
export type KeyAttribute = string | { readonly name: string; readonly type: 'S' | 'N' };

/** The primary key of a table. */
export type TableKeys = { readonly partition: KeyAttribute; readonly sort?: KeyAttribute };

/** An item as plain values; a set is one of texts or of numbers. */
export type TableItem = Readonly<Record<string, ItemValue>>;

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
  /** Everything that was published to a topic, oldest first. Nothing is delivered. */
  readonly notifications: readonly Notification[];
  /** The emulated time. */
  now(): EpochSeconds;
  /** Moves the clock of IAM, STS, queues, schedules and functions forward by whole seconds. */
  advance(seconds: number): void;
  /** Moves one function's own clock, the one whose name holds this text, ahead of all others or behind them. */
  skew(functionName: string, seconds: number): void;
  /** Seconds after which what is written to a role from now on counts in decisions; none until it is called. */
  propagation(seconds: number): void;
  /** Makes a role outside the stack, such as an agent's own, with these inline statements; `account` may be another. */
  createRole(
    name: string,
    statements: PolicyDocument['Statement'],
    account?: string,
    shape?: RoleShape,
  ): void;
  /** Credentials such as AWS delivers to code that runs under a role. */
  credentialsFor(roleName: string, sessionName: string, account?: string): LocalCredentials;
  /** Credentials such as Lambda or EC2 deliver there: what they sign says where they are from. */
  credentialsIn(runtime: Runtime, roleName: string, account?: string): LocalCredentials;
  /** Who issues the tokens of sts:GetWebIdentityToken of an account: below it are its keys. */
  webIdentityIssuer(account?: string): string;
  /** Says whether an account has enabled sts:GetWebIdentityToken; each has until it is said. */
  outboundFederation(enabled: boolean, account?: string): void;
  /**
   * Registers an OpenID Connect provider with IAM, or changes it: tokens of this issuer for one of these audiences may
   * assume roles that trust it. Answers its ARN. The keys are read at `jwksUri`, wherever the issuer is.
   */
  trustIssuer(issuer: string, jwksUri: string, clientIds: readonly string[], account?: string): string;
  /** Takes one permission away from a role of the account; answers how to give it back. It counts at once. */
  withhold(permission: Permission): () => void;
  /** What IAM would decide; nothing is done or recorded. Throws when action or resource do not exist in IAM. */
  mayDo(who: { role: string } | { accessKeyId: string }, question: Question): Promise<Verdict>;
  /** Makes a bucket, or gives one that exists another policy; throws when the policy is none. */
  createBucket(name: string, policy?: string): void;
  /** Encrypts a bucket with a KMS key, made if there is none, as SSE-KMS does; `bucketKey` as S3 Bucket Keys do. */
  encryptBucket(name: string, keyArn: string, bucketKey?: boolean): void;
  putObject(bucket: string, key: string, body: string): void;
  /** Makes a table outside the stack, such as a system of record, with these items; throws when there is one. */
  createTable(name: string, keys: TableKeys, items?: readonly TableItem[]): Promise<void>;
  /** Puts an item into a table, without asking IAM; throws when the table does not take it. */
  putItem(table: string, item: TableItem): Promise<void>;
  /**
   * Makes a secret with this text. The ARN is the caller's to choose, with the six characters that AWS adds, as the
   * systems of a deployment name it; throws where it is none of this account and region, or the name is taken.
   */
  createSecret(arn: string, text: string): void;
  /** Gives a secret another text, as a rotation does: AWSCURRENT becomes AWSPREVIOUS; throws where there is none. */
  rotateSecret(arn: string, text: string): void;
  /** Lets things go wrong; answers how to stop it. */
  intercept(interceptor: Interceptor): () => void;
  /** Decides what becomes of each message that is sent; answers how to stop it. */
  onMessage(decide: (message: SentMessage) => Fate): () => void;
  /** How many messages are in the one queue whose name holds this text. */
  messages(queueName: string): MessageCounts;
  /** Tells the listener of each message as it is published to a topic; answers how to stop it. */
  onNotification(listener: (notification: Notification) => void): () => void;
  /** Whom the one topic whose name holds this text would tell. */
  subscriptions(topicName: string): readonly Subscription[];
  /** The name of the one function whose name holds this text. */
  functionName(text: string): string;
  /** Fires every enabled rule once, now; resolves when the invocations ended. */
  runSchedules(): Promise<void>;
  /**
   * Resolves when no message that could be delivered now waits and no delivery or scheduled invocation runs. What
   * comes back later, by its delay or because it failed, is not waited for.
   */
  settled(): Promise<void>;
  /** Ends every environment of the functions whose name holds this text; throws when there is none. */
  crash(functionName: string): Promise<void>;
  /** Synthesizes and deploys again, keeping tables, keys and queues. When that fails it throws and the old stays. */
  redeploy(): Promise<void>;
  /**
   * Stops what is the broker's: API, functions, schedules and the delivery of messages. STS, IAM, KMS, DynamoDB,
   * S3, SQS, SNS, Secrets Manager and Lambda's control stay up, as they would in AWS.
   */
  stopBroker(): Promise<void>;
  /** Stops everything. */
  stop(): Promise<void>;
};
