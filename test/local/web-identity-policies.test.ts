import {
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
  STSClient,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import type { PolicyStatement } from '../../local/iam/document.ts';
import type { Place } from '../../local/iam/place.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, stsOf } from './account.ts';

let account: Account;
beforeAll(async () => {
  account = await newAccount();
});
afterAll(() => account.stop());

const asked = { Audience: ['https://broker.example'], SigningAlgorithm: 'ES384' };

async function tokenFrom(sts: STSClient, input: Partial<GetWebIdentityTokenCommandInput> = {}) {
  const { WebIdentityToken = '' } = await sts.send(new GetWebIdentityTokenCommand({ ...asked, ...input }));
  return WebIdentityToken;
}

/** A client of a role of its own that holds these statements. */
function stsWith(...statements: PolicyStatement[]): STSClient {
  addRole(account, 'limited', ...statements);
  return stsOf(account, 'limited');
}

const when = (Condition: NonNullable<PolicyStatement['Condition']>): PolicyStatement => ({
  ...allow('sts:GetWebIdentityToken'),
  Condition,
});

describe('what policies say of GetWebIdentityToken holds', () => {
  const Tags = [{ Key: 'mayfly-binding', Value: 'abc' }];
  const both = ['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken'];
  const here = 'https://broker.example';

  test.each<[string, PolicyStatement[], Partial<GetWebIdentityTokenCommandInput>, 'allowed' | 'denied']>([
    ['nothing is allowed', [], {}, 'denied'],
    ['the token is allowed', [allow('sts:GetWebIdentityToken')], {}, 'allowed'],
    ['tags are not', [allow('sts:GetWebIdentityToken')], { Tags }, 'denied'],
    ['tags are allowed alone', [allow('sts:TagGetWebIdentityToken')], { Tags }, 'denied'],
    ['both are allowed', [allow(both)], { Tags }, 'allowed'],
    [
      'the audience is the one allowed',
      [when({ 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': here } })],
      {},
      'allowed',
    ],
    [
      'one of the audiences is another',
      [when({ 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': here } })],
      { Audience: [here, 'https://other.example'] },
      'denied',
    ],
    [
      'any audience is enough',
      [when({ 'ForAnyValue:StringEquals': { 'sts:IdentityTokenAudience': here } })],
      { Audience: ['https://other.example', here] },
      'allowed',
    ],
    [
      'the algorithm is the one allowed',
      [when({ StringEquals: { 'sts:SigningAlgorithm': 'ES384' } })],
      {},
      'allowed',
    ],
    [
      'the algorithm is another',
      [when({ StringEquals: { 'sts:SigningAlgorithm': 'ES384' } })],
      { SigningAlgorithm: 'RS256' },
      'denied',
    ],
    [
      'the duration is short enough',
      [when({ NumericLessThanEquals: { 'sts:DurationSeconds': '60' } })],
      { DurationSeconds: 60 },
      'allowed',
    ],
    [
      'the duration is the one of a request that names none',
      [when({ NumericLessThanEquals: { 'sts:DurationSeconds': '60' } })],
      {},
      'denied',
    ],
    [
      'the subject is the principal of AWS',
      [when({ StringEquals: { 'sts:SubjectMode': 'AWSIdentity' } })],
      {},
      'allowed',
    ],
    [
      'the subject must be another',
      [when({ StringEquals: { 'sts:SubjectMode': 'OriginIdentity' } })],
      {},
      'denied',
    ],
    [
      'the tag has another value',
      [
        allow('sts:GetWebIdentityToken'),
        {
          ...allow('sts:TagGetWebIdentityToken'),
          Condition: { StringEquals: { 'aws:RequestTag/mayfly-binding': 'other' } },
        },
      ],
      { Tags },
      'denied',
    ],
    [
      'the tags are the ones allowed',
      [
        allow('sts:GetWebIdentityToken'),
        {
          ...allow('sts:TagGetWebIdentityToken'),
          Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['mayfly-binding'] } },
        },
      ],
      { Tags },
      'allowed',
    ],
    [
      'there is a tag beside the ones allowed',
      [
        allow('sts:GetWebIdentityToken'),
        {
          ...allow('sts:TagGetWebIdentityToken'),
          Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['mayfly-binding'] } },
        },
      ],
      { Tags: [...Tags, { Key: 'other', Value: 'x' }] },
      'denied',
    ],
  ])('%s', async (_, statements, input, expected) => {
    const answer = tokenFrom(stsWith(...statements), input);
    if (expected === 'allowed') await expect(answer).resolves.toBeTruthy();
    else await expect(answer).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('a condition on where credentials were delivered to', () => {
  const elsewhere = { StringNotEquals: { 'aws:Ec2InstanceSourceVpc': 'vpc-1' } };
  const other = { ArnNotEquals: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:eu-central-1:1:function:x' } };
  const denying = (Condition: PolicyStatement['Condition']): PolicyStatement => ({
    Effect: 'Deny',
    Action: 'sts:GetWebIdentityToken',
    Resource: '*',
    ...(Condition && { Condition }),
  });
  const instanceArn = 'arn:aws:ec2:eu-central-1:111122223333:instance/i-1';

  test.each<[string, Place | undefined, PolicyStatement['Condition'], boolean]>([
    ['lets the VPC through', { instanceArn, vpc: 'vpc-1', privateIp: '10.0.0.1' }, elsewhere, true],
    ['stops another VPC', { instanceArn, vpc: 'vpc-2', privateIp: '10.0.0.1' }, elsewhere, false],
    ['stops what has no place', undefined, elsewhere, false],
    ['lets the function through', { functionArn: 'arn:aws:lambda:eu-central-1:1:function:x' }, other, true],
    ['stops another function', { functionArn: 'arn:aws:lambda:eu-central-1:1:function:y' }, other, false],
  ])('%s', async (_, place, Condition, passes) => {
    addRole(account, 'placed', allow('sts:GetWebIdentityToken'), denying(Condition));
    const session = account.iam.openServiceSession('placed', 'session', 3_600, account.account, place);
    const answer = tokenFrom(new STSClient(clientConfig(account, credentialsOf(session))));
    if (passes) await expect(answer).resolves.toBeTruthy();
    else await expect(answer).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
