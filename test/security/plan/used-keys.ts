/** One use of a key that a task's capabilities need: by which service, and for which resource. */
export type UsedKey = {
  readonly action: 'kms:Decrypt' | 'kms:GenerateDataKey';
  readonly key: string;
  readonly via: string;
  /** Name and value of the encryption context that the service sets. */
  readonly context: { readonly name: string; readonly value: string };
};

const arn = 'arn:aws:kms:eu-central-1:111122223333:key/';

/** The keys of the policies under proof. */
export const keys = {
  builds: `${arn}1234abcd-12ab-34cd-56ef-1234567890ab`,
  first: `${arn}11111111-12ab-34cd-56ef-1234567890ab`,
  second: `${arn}22222222-12ab-34cd-56ef-1234567890ab`,
} as const;

/** What each service calls the resource in the encryption context (KMS developer guide; each service's guide). */
const contexts = {
  s3: 'aws:s3:arn',
  sqs: 'aws:sqs:arn',
  sns: 'aws:sns:topicArn',
  secretsmanager: 'SecretARN',
} as const;

type Service = keyof typeof contexts;

function uses(service: Service, key: string, writes: boolean, values: readonly string[]): UsedKey[] {
  const actions = ['kms:Decrypt', ...(writes ? (['kms:GenerateDataKey'] as const) : [])] as const;
  return actions.flatMap((action) =>
    values.map((value) => ({
      action,
      key,
      via: `${service}.eu-central-1.amazonaws.com`,
      context: { name: contexts[service], value },
    })),
  );
}

/** An object or, with an S3 Bucket Key, its bucket. */
const object = (bucket: string, key: string) => [`arn:aws:s3:::${bucket}/${key}`, `arn:aws:s3:::${bucket}`];
const inAccount = (service: string, name: string) => [`arn:aws:${service}:eu-central-1:111122223333:${name}`];

/** Written by hand, so that the proof does not repeat what it proves. */
const byCapability: Readonly<Record<string, readonly UsedKey[]>> = {
  'release_agent.read_build': uses(
    's3',
    keys.builds,
    false,
    object('acme-builds', 'pay-api/0123456789abcdef0123456789abcdef01234567.tar'),
  ),
  'order_agent.take_work': uses('sqs', keys.first, false, inAccount('sqs', 'work-acme-eu')),
  'order_agent.send_result': uses('sqs', keys.first, true, inAccount('sqs', 'results-acme-eu')),
  'order_agent.announce': uses('sns', keys.second, true, inAccount('sns', 'done-acme-eu')),
  'order_agent.read_secret': uses(
    'secretsmanager',
    keys.second,
    false,
    inAccount('secretsmanager', 'secret:acme-eu/api-AbCdEf'),
  ),
  'order_agent.read_archive': uses('s3', keys.first, false, object('acme-archive', 'acme-eu/4711.json')),
  'courier_agent.take': uses('sqs', keys.first, false, inAccount('sqs', 'acme-eu')),
  'courier_agent.fetch': uses('s3', keys.second, false, object('acme-in', 'acme-eu')),
  'courier_agent.store': uses('s3', keys.first, true, object('acme-out', 'acme-eu')),
  'order_agent.write_report': uses('s3', keys.first, true, object('acme-reports', 'acme-eu/4711.json')),
};

/** The key uses of these capabilities. */
export function keyUsesOf(agentType: string, capabilities: readonly string[]): UsedKey[] {
  return capabilities.flatMap((name) => byCapability[`${agentType}.${name}`] ?? []);
}
