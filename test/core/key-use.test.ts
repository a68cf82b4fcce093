import { describe, expect, it } from 'vitest';
import { keyCondition, keyUseOf, mergeKeyUses } from '../../core/policy/key-use.ts';

const key = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const arn = (service: string, rest: string) => `arn:aws:${service}:eu-central-1:111122223333:${rest}`;

describe('a key that a service uses for the agent', () => {
  it.each([
    [
      's3:GetObject',
      'arn:aws:s3:::b/k',
      ['kms:Decrypt'],
      'aws:s3:arn',
      ['arn:aws:s3:::b', 'arn:aws:s3:::b/k'],
    ],
    [
      's3:PutObject',
      'arn:aws:s3:::b/k',
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      'aws:s3:arn',
      ['arn:aws:s3:::b', 'arn:aws:s3:::b/k'],
    ],
    ['sqs:ReceiveMessage', arn('sqs', 'q'), ['kms:Decrypt'], 'aws:sqs:arn', [arn('sqs', 'q')]],
    [
      'sqs:SendMessage',
      arn('sqs', 'q'),
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      'aws:sqs:arn',
      [arn('sqs', 'q')],
    ],
    [
      'sns:Publish',
      arn('sns', 't'),
      ['kms:Decrypt', 'kms:GenerateDataKey'],
      'aws:sns:topicArn',
      [arn('sns', 't')],
    ],
    [
      'secretsmanager:GetSecretValue',
      arn('secretsmanager', 'secret:s-AbCdEf'),
      ['kms:Decrypt'],
      'SecretARN',
      [arn('secretsmanager', 'secret:s-AbCdEf')],
    ],
    [
      'ssm:GetParameter',
      arn('ssm', 'parameter/p'),
      ['kms:Decrypt'],
      'PARAMETER_ARN',
      [arn('ssm', 'parameter/p')],
    ],
    ['dynamodb:GetItem', arn('dynamodb', 'table/t'), ['kms:Decrypt'], 'aws:dynamodb:tableName', ['t']],
  ])('by %s on %s is used for %j with %s', (action, resource, actions, name, values) => {
    const service = action.split(':')[0];
    expect(keyUseOf(key, { actions: [action], resources: [resource] })).toEqual({
      key,
      actions,
      via: `${service}.eu-central-1.amazonaws.com`,
      context: { name, values },
    });
  });

  it('is reached in the region and partition of the key', () => {
    const chinese = key.replace('arn:aws:', 'arn:aws-cn:').replace('eu-central-1', 'cn-north-1');
    const use = keyUseOf(chinese, { actions: ['s3:GetObject'], resources: ['arn:aws-cn:s3:::b/k'] });
    expect(use.via).toBe('s3.cn-north-1.amazonaws.com.cn');
  });

  it('is nobody’s whose encryption context is not known', () => {
    const wanted = { actions: ['lambda:InvokeFunction'], resources: [arn('lambda', 'function:f')] };
    expect(() => keyUseOf(key, wanted)).toThrow('lambda');
  });

  it('stands once for several resources of one service and the same use', () => {
    const use = (name: string, action = 's3:GetObject') =>
      keyUseOf(key, { actions: [action], resources: [`arn:aws:s3:::b/${name}`] });
    const merged = mergeKeyUses([use('1'), use('2'), use('1')]);
    expect(merged).toHaveLength(1);
    expect(merged[0]?.context.values).toEqual(['arn:aws:s3:::b', 'arn:aws:s3:::b/1', 'arn:aws:s3:::b/2']);
    expect(mergeKeyUses([use('1'), use('2', 's3:PutObject')])).toHaveLength(2);
  });

  it('is compared as a pattern only in a ceiling', () => {
    const of = (resource: string) =>
      keyCondition(keyUseOf(key, { actions: ['sqs:SendMessage'], resources: [arn('sqs', resource)] }));
    expect(Object.keys(of('q'))).toEqual(['StringEquals']);
    expect(of('q-*')).toEqual({
      StringEquals: { 'kms:ViaService': 'sqs.eu-central-1.amazonaws.com' },
      StringLike: { 'kms:EncryptionContext:aws:sqs:arn': arn('sqs', 'q-*') },
    });
  });
});
