import { createKmsKey } from '../../../local/aws/kms-keys.ts';
import { startIdentityProvider } from '../../../local/people/identity-provider.ts';
import { loadTemplate } from '../../../local/template/load.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, policy } from '../../local/account.ts';
import { nameOf, type QueueName, queueAttributes } from './sqs-queues.ts';
import { tableDefinitions } from './tables.ts';
import type { Account } from './target.ts';

/** The embedded AWS with the roles, tables, bucket and key of the cases. */
export async function embeddedAws(): Promise<Account> {
  const account = await newAccount();
  const keyArn = `arn:aws:kms:${account.region}:${account.account}:key/11111111-2222-3333-4444-555555555555`;
  const encryptionKeyArns = [
    keyArn.replaceAll('1111-', '2222-'),
    keyArn.replaceAll('1111-', '3333-'),
  ] as const;
  const root = { AWS: `arn:aws:iam::${account.account}:root` };
  const open = policy({ Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' });
  account.keys.set(keyArn, createKmsKey(keyArn, open));
  for (const arn of encryptionKeyArns) account.keys.set(arn, createKmsKey(arn, open, 'SYMMETRIC_DEFAULT'));
  const secret = {
    arn: `arn:aws:secretsmanager:${account.region}:${account.account}:secret:contract/one-AbCdEf`,
    name: 'contract/one',
  };
  account.secrets.create(secret.arn, 'first');
  account.secrets.rotate(secret.arn, 'second');
  addRole(
    account,
    'caller',
    allow([
      'sts:*',
      's3:*',
      'dynamodb:*',
      'kms:*',
      'iam:*',
      'sqs:*',
      'sns:*',
      'lambda:*',
      'secretsmanager:*',
    ]),
  );
  const worker = addRole(account, 'worker', allow(['sts:*', 's3:GetObject']));
  account.iam.putRole({ ...worker, path: '/', maxSession: 43_200 });
  addRole(account, 'short', allow('sts:*'));
  const nobody = addRole(account, 'nobody');
  for (const name of ['grant-0', 'grant-1', 'grant-2'])
    account.iam.putRole({ ...nobody, name, path: '/grants/' });
  const provider = await trustedProvider(account);
  account.buckets.set('contract', { objects: new Map(), policy: undefined });
  for (const table of tableDefinitions('things', 'events')) await account.createTable(table);
  const queues = createQueues(account);
  const topicArn = `arn:aws:sns:${account.region}:${account.account}:contract`;
  const topics = [{ name: 'contract', arn: topicArn }];
  account.topics.deploy({ topics, topicPolicies: [], subscriptions: [] });
  const session = account.iam.openServiceSession('caller', 'session', 3_600);
  return {
    name: 'embedded',
    config: { ...clientConfig(account, credentialsOf(session)), maxAttempts: 1 },
    things: 'things',
    events: 'events',
    bucket: 'contract',
    keyArn,
    encryptionKeyArns,
    secret,
    queues,
    topicArn,
    idToken: provider.token,
    async stop() {
      await provider.close();
      await account.stop();
    },
  };
}

/** A provider of tokens, whose alice may assume the role `federated`. */
async function trustedProvider(account: Awaited<ReturnType<typeof newAccount>>) {
  const provider = await startIdentityProvider(account.clock.now);
  const { arn } = account.providers.put(account.account, {
    issuer: provider.url,
    jwksUri: `${provider.url}/keys`,
    clientIds: ['mayfly'],
  });
  const trust = policy({
    Effect: 'Allow',
    Principal: { Federated: arn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${provider.url.replace('http://', '')}:sub`]: 'alice' } },
  });
  account.iam.changeRole({ ...addRole(account, 'federated'), trust });
  return provider;
}

/** The queues of the cases, by way of a template, which is how queues are made here. */
function createQueues(account: Awaited<ReturnType<typeof newAccount>>): Account['queues'] {
  const names = Object.keys(queueAttributes) as QueueName[];
  const Resources = Object.fromEntries(
    names.map((name) => {
      const attributes = Object.entries(queueAttributes[name]).map(([key, value]) => [
        key,
        value === 'true' ? true : value,
      ]);
      const Properties = { QueueName: nameOf(name), ...Object.fromEntries(attributes) };
      return [name, { Type: 'AWS::SQS::Queue', Properties }];
    }),
  );
  const { queues } = loadTemplate({ Resources }, { ...account, stack: 'contract' }, (key) => key);
  for (const definition of queues) account.queues.deploy(definition, undefined);
  const urls = names.map((name, i) => [name, queues[i]?.url ?? '']);
  return Object.fromEntries(urls) as Account['queues'];
}
