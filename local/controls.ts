import type { Account } from './account.ts';
import { createKmsKey } from './aws/kms-keys.ts';
import { type PolicyDocument, parsePolicy } from './iam/document.ts';
import { type Permission, withhold } from './iam/withhold.ts';
import { identityControls } from './identity-controls.ts';
import type { LocalBroker } from './local-broker.ts';
import { tableControls } from './table-controls.ts';

/** The controls of a local broker that are the account's: they do not depend on what is deployed. */
export type AccountControls = Omit<
  LocalBroker,
  | 'url'
  | 'mayDo'
  | 'skew'
  | 'functionName'
  | 'runSchedules'
  | 'settled'
  | 'crash'
  | 'redeploy'
  | 'stopBroker'
  | 'stop'
>;

/** The controls of an account. */
export function accountControls(account: Account): AccountControls {
  const { iam, queues, topics, clock, secrets } = account;
  return {
    endpoint: account.endpoint,
    region: account.region,
    account: account.account,
    calls: account.calls,
    decisions: account.decisions,
    notifications: account.notifications,
    now: clock.now,
    advance: clock.advance,
    intercept: account.intercept,
    propagation(seconds) {
      if (!Number.isSafeInteger(seconds) || seconds < 0)
        throw new RangeError('whole seconds, not below zero');
      iam.propagation = seconds;
    },
    withhold: (permission: Permission) => withhold(iam, permission),
    ...identityControls(account),
    ...bucketControls(account),
    ...tableControls(account),
    createSecret: (arn, text) => secrets.create(arn, text),
    rotateSecret: (arn, text) => secrets.rotate(arn, text),
    onMessage: (decide) => queues.onMessage(decide),
    messages(text) {
      const named = new Map(queues.all().map((queue) => [queue.definition.name, queue]));
      const queue = named.get(theOne('queue', [...named.keys()], text));
      if (!queue) throw new Error(`there is no queue ${text}`);
      return queues.counts(queue);
    },
    onNotification: (listener) => topics.onNotification(listener),
    subscriptions(text) {
      const named = new Map(topics.all().map(({ name, arn }) => [name, arn]));
      return topics.subscriptions(named.get(theOne('topic', [...named.keys()], text)) ?? '');
    },
  };
}

/** The one name that is this text, or else holds it; throws when there is none, or more. */
export function theOne(kind: string, names: readonly string[], text: string): string {
  if (names.includes(text)) return text;
  const [name, ...others] = names.filter((each) => each.includes(text));
  if (name === undefined) throw new Error(`no name of a ${kind} holds ${text}: ${names.join(', ')}`);
  if (others.length > 0) throw new Error(`${text} may mean each ${kind} of ${[name, ...others].join(', ')}`);
  return name;
}

function bucketControls({
  account,
  buckets,
  keys,
}: Account): Pick<AccountControls, 'createBucket' | 'encryptBucket' | 'putObject'> {
  return {
    createBucket(name, policyText) {
      const policy = policyText === undefined ? undefined : parsePolicy(policyText);
      if (policyText !== undefined && !policy) throw new Error(`the policy of bucket ${name} is none`);
      buckets.set(name, { objects: new Map(), ...buckets.get(name), policy });
    },
    encryptBucket(name, keyArn, bucketKey = false) {
      const bucket = buckets.get(name);
      if (!bucket) throw new Error(`no bucket is called ${name}`);
      const key = keys.get(keyArn) ?? createKmsKey(keyArn, accountDecides(account), 'SYMMETRIC_DEFAULT');
      keys.set(keyArn, key);
      buckets.set(name, { ...bucket, encryption: { keyArn, keyPolicy: key.policy, bucketKey } });
    },
    putObject(bucketName, key, body) {
      const bucket = buckets.get(bucketName);
      if (!bucket) throw new Error(`no bucket is called ${bucketName}`);
      bucket.objects.set(key, { body: Buffer.from(body), type: 'application/json', modified: new Date() });
    },
  };
}

/** The key policy of a new key: the account's own policies decide (KMS developer guide, default key policy). */
function accountDecides(account: string): PolicyDocument {
  const Principal = { AWS: `arn:aws:iam::${account}:root` };
  return { Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }] };
}
