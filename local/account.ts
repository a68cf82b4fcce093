import { type DynamoDb, startDynamoDb } from './aws/dynamodb.ts';
import { type Call, createEndpoint, type Interceptor } from './aws/endpoint.ts';
import { createIam } from './aws/iam.ts';
import { createKms } from './aws/kms.ts';
import type { KmsKeys } from './aws/kms-keys.ts';
import { createLambda } from './aws/lambda.ts';
import { type Buckets, createS3 } from './aws/s3.ts';
import { Secrets } from './aws/secrets.ts';
import { createSecretsManager } from './aws/secrets-manager.ts';
import { createSns } from './aws/sns.ts';
import { type Notification, Topics } from './aws/sns-topics.ts';
import { createSqs } from './aws/sqs.ts';
import { Queues } from './aws/sqs-queues.ts';
import { createSts } from './aws/sts.ts';
import { WebIdentityIssuers } from './aws/web-identity-issuers.ts';
import { type Clock, createClock } from './clock.ts';
import { Concurrency } from './functions/concurrency.ts';
import { Functions } from './functions/functions.ts';
import { listen } from './http/serve.ts';
import { type Authorizer, createAuthorizer, type Decided } from './iam/authorize.ts';
import { OidcProviders } from './iam/oidc-providers.ts';
import { IamStore } from './iam/store.ts';

/** Where everything local runs. */
export type AccountPlace = { readonly account: string; readonly region: string };

/** An AWS account in one region: its IAM, its services and their endpoint. */
export type Account = AccountPlace & {
  readonly clock: Clock;
  readonly iam: IamStore;
  readonly authorizer: Authorizer;
  readonly keys: KmsKeys;
  readonly buckets: Buckets;
  readonly secrets: Secrets;
  readonly queues: Queues;
  readonly topics: Topics;
  readonly concurrency: Concurrency;
  readonly functions: Functions;
  /** Who issues web identity tokens, of every account. */
  readonly issuers: WebIdentityIssuers;
  /** Whose tokens may open sessions, of every account. */
  readonly providers: OidcProviders;
  readonly createTable: DynamoDb['createTable'];
  readonly putItem: DynamoDb['putItem'];
  /** Address of the endpoint of all services. */
  readonly endpoint: string;
  /** Every call that reached a service, oldest first. */
  readonly calls: readonly Call[];
  /** Every authorization decision, oldest first. */
  readonly decisions: readonly Decided[];
  /** Everything that was published to a topic, oldest first. */
  readonly notifications: readonly Notification[];
  /** Lets things go wrong; answers how to stop it. */
  intercept(interceptor: Interceptor): () => void;
  stop(): Promise<void>;
};

/** Most calls, decisions and notifications that are remembered: a broker that runs all day must not fill the memory. */
const remembered = 20_000;

/** Starts an empty account; `onDecided` hears every authorization decision, `report` every fault of the emulation. */
export async function startAccount(
  { account, region }: AccountPlace,
  onDecided: (decided: Decided) => void,
  report: (line: string) => void,
  clock: Clock = createClock(),
): Promise<Account> {
  const iam = new IamStore(account, clock);
  const calls: Call[] = [];
  const decisions: Decided[] = [];
  const notifications: Notification[] = [];
  const interceptors = new Set<Interceptor>();
  const authorizer = createAuthorizer(iam, clock, region, (decided) => {
    remember(decisions, decided);
    onDecided(decided);
  });
  const keys: KmsKeys = new Map();
  const buckets: Buckets = new Map();
  const secrets = new Secrets({ account, region }, clock);
  const queues = new Queues(clock);
  const topics = new Topics(clock);
  topics.onNotification((notification) => remember(notifications, notification));
  const concurrency = new Concurrency(() => queues.changed());
  const functions = new Functions();
  const issuers = new WebIdentityIssuers(() => endpoint.url);
  const providers = new OidcProviders();
  const tableArn = (name: string) => `arn:aws:dynamodb:${region}:${account}:table/${name}`;
  const dynamo = await startDynamoDb(authorizer, tableArn);
  const services = {
    sts: createSts({ iam, clock, authorizer, region, issuers, providers }),
    iam: createIam({ iam, authorizer }),
    lambda: createLambda({ concurrency, functions, authorizer, account, region }),
    kms: createKms(keys, authorizer, { account, region }),
    s3: createS3(buckets, authorizer, region),
    secretsmanager: createSecretsManager(secrets, authorizer, { account, region }),
    sqs: createSqs(queues, authorizer, region),
    sns: createSns(topics, authorizer),
    dynamodb: dynamo.service,
  };
  const intercept: Interceptor = async (call, phase) => {
    for (const interceptor of interceptors) if ((await interceptor(call, phase)) === 'drop') return 'drop';
    return undefined;
  };
  const onCall = (call: Call) => remember(calls, call);
  const endpoint = await listen(
    createEndpoint({ iam, clock, region, services, intercept, onCall }),
    (error) => report(`endpoint: ${error}`),
  );
  return {
    account,
    region,
    clock,
    iam,
    authorizer,
    keys,
    buckets,
    secrets,
    queues,
    topics,
    concurrency,
    functions,
    issuers,
    providers,
    createTable: dynamo.createTable,
    putItem: dynamo.putItem,
    endpoint: endpoint.url,
    calls,
    decisions,
    notifications,
    intercept: (interceptor) => {
      interceptors.add(interceptor);
      return () => interceptors.delete(interceptor);
    },
    async stop() {
      await endpoint.close();
      await dynamo.stop();
    },
  };
}

function remember<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length > remembered) items.splice(0, remembered / 2);
}
