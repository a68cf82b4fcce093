/** A KMS key that a service uses on the agent's behalf when the agent calls that service, and nobody else may. */
export type KeyUse = {
  readonly key: string;
  /** `kms:Decrypt`, and `kms:GenerateDataKey` where something is written. */
  readonly actions: readonly string[];
  /** Value of `kms:ViaService`. */
  readonly via: string;
  /** Key of the encryption context that the service sets, and the values that stand for the resources. */
  readonly context: { readonly name: string; readonly values: readonly string[] };
};

/** How a service binds ciphertext to a resource: the context key, and its values for the resource's ARN. */
type Binding = { readonly context: string; readonly values: (arn: string) => readonly string[] };

const arnItself = (arn: string) => [arn];

/**
 * Services whose encryption context is known (KMS developer guide, encryption context; the encryption page of
 * each service). With an S3 Bucket Key the context is the bucket, so both are admitted: S3 has authorized the
 * object before it asks KMS, and nobody but S3 may ask.
 */
const bindings: Readonly<Record<string, Binding>> = {
  s3: { context: 'aws:s3:arn', values: (arn) => [arn, arn.split('/')[0] ?? arn] },
  sqs: { context: 'aws:sqs:arn', values: arnItself },
  sns: { context: 'aws:sns:topicArn', values: arnItself },
  ssm: { context: 'PARAMETER_ARN', values: arnItself },
  secretsmanager: { context: 'SecretARN', values: arnItself },
  dynamodb: { context: 'aws:dynamodb:tableName', values: (arn) => [arn.split('/')[1] ?? ''] },
};

/** Services that `through: { kms: … }` can be said of. */
export const servicesWithKeys: readonly string[] = Object.keys(bindings);

/** Verbs of actions that make new ciphertext; multipart uploads and queues need Decrypt beside (S3, SQS guides). */
const writes = /:(Put|Send|Publish|Create|Update|Upload|BatchWrite|Replicate)/i;

/** The key use of a capability's actions on resources of one service; throws for a service without a binding. */
export function keyUseOf(
  key: string,
  { actions, resources }: { readonly actions: readonly string[]; readonly resources: readonly string[] },
): KeyUse {
  const service = serviceOf(resources[0] ?? '');
  const binding = Object.hasOwn(bindings, service) ? bindings[service] : undefined;
  if (!binding) throw new Error(`nothing is known of how ${service} uses keys`);
  const [, partition = '', , region = ''] = key.split(':');
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const generates = actions.some((action) => writes.test(action));
  return {
    key,
    actions: ['kms:Decrypt', ...(generates ? ['kms:GenerateDataKey'] : [])],
    via: `${service}.${region}.${suffix}`,
    context: { name: binding.context, values: [...new Set(resources.flatMap(binding.values))].sort() },
  };
}

/** The service of an ARN. */
export function serviceOf(arn: string): string {
  return arn.split(':')[2] ?? '';
}

/** Merges the uses of one key by one service for the same actions, so that each needs one statement. */
export function mergeKeyUses(uses: readonly KeyUse[]): KeyUse[] {
  const merged = new Map<string, KeyUse>();
  for (const use of uses) {
    const id = [use.key, use.via, ...use.actions].join(' ');
    const values = [...(merged.get(id)?.context.values ?? []), ...use.context.values];
    merged.set(id, { ...use, context: { ...use.context, values: [...new Set(values)].sort() } });
  }
  return [...merged.values()];
}

/**
 * The condition under which a key use is allowed: through the service and for these resources. Values with a
 * `*`, which only a ceiling has, are compared as patterns.
 */
export function keyCondition({ via, context }: KeyUse): Record<string, Record<string, string | string[]>> {
  const patterns = context.values.some((value) => value.includes('*'));
  const values = context.values.length === 1 ? (context.values[0] ?? '') : [...context.values];
  const contextKey = `kms:EncryptionContext:${context.name}`;
  return patterns
    ? { StringEquals: { 'kms:ViaService': via }, StringLike: { [contextKey]: values } }
    : { StringEquals: { 'kms:ViaService': via, [contextKey]: values } };
}
