import type { Request } from '../judge.ts';
import type { Subject } from '../subjects.ts';
import { keys, type UsedKey } from '../used-keys.ts';
import { keyRequest } from './circumstances.ts';
import { home, type NearMiss } from './near-miss.ts';

const services = ['s3', 'sqs', 'sns', 'secretsmanager', 'dynamodb', 'ssm', 'lambda', 'ebs'];
const unused = 'arn:aws:kms:eu-central-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab';

/** What nobody asked a key for, whoever calls. */
const others = [
  'kms:CreateGrant',
  'kms:Encrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:GenerateDataKeyPair',
  'kms:DescribeKey',
  'kms:GetKeyPolicy',
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
];

/** Keys used by whom, for what or how they are not to be. */
export function keyMisuse(subject: Subject): NearMiss[] {
  return [
    ...subject.keys.flatMap((use) => misusesOf(use, subject)),
    ...mixedUp(subject.keys).map((use) => named(keyRequest(use), `${use.via} for ${use.context.value}`)),
  ];
}

function misusesOf(use: UsedKey, subject: Subject): NearMiss[] {
  const right = keyRequest(use);
  const [service = '', region = ''] = use.via.split('.');
  const contextKey = `kms:EncryptionContext:${use.context.name}`;
  const context = (changed: Record<string, string>) => ({
    ...right,
    context: { ...right.context, ...changed },
  });
  const through = (via: string) => context({ 'kms:ViaService': via });
  const without = (name: string) => ({
    ...right,
    context: Object.fromEntries(Object.entries(right.context ?? {}).filter(([key]) => key !== name)),
  });
  const { value } = use.context;
  return [
    named({ ...without('kms:ViaService'), network: home(subject) }, 'directly, with the right context'),
    named({ action: use.action, resource: use.key, network: home(subject) }, 'directly'),
    ...services
      .filter((each) => each !== service)
      .map((each) => named(through(`${each}.${region}.amazonaws.com`), `through ${each}`)),
    named(through(`${service}.us-east-1.amazonaws.com`), 'through the service in another region'),
    named(through(`${service}.${region}.amazonaws.com.cn`), 'through the service of another partition'),
    named(without(contextKey), 'without a context'),
    named(context({ [contextKey]: `${value}x` }), 'another context'),
    named(context({ [contextKey]: value.slice(0, -1) }), 'the beginning of the context'),
    named(context({ [contextKey]: value.toUpperCase() }), 'the context in capitals'),
    named(
      {
        ...without(contextKey),
        context: { 'kms:ViaService': use.via, 'kms:EncryptionContext:other': value },
      },
      'the value under another name',
    ),
    named({ ...right, resource: unused }, 'another key'),
    named({ ...right, resource: use.key.replace('eu-central-1', 'us-east-1') }, 'the key of another region'),
    ...others.map((action) => named({ ...right, action }, 'something else with the key')),
  ];
}

/** Every mixture of what uses are made of. */
function mixedUp(uses: readonly UsedKey[]): UsedKey[] {
  return Object.values(keys).flatMap((key) =>
    (['kms:Decrypt', 'kms:GenerateDataKey'] as const).flatMap((action) =>
      uses.flatMap(({ via }) => uses.map(({ context }) => ({ action, key, via, context }))),
    ),
  );
}

function named(request: Request, how: string): NearMiss {
  return { name: `${request.action} on ${request.resource} (${how})`, request };
}
