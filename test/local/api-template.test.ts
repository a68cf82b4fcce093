import { expect, test } from 'vitest';
import { loadTemplate } from '../../local/template/load.ts';

const place = { account: '111122223333', region: 'eu-central-1', stack: 'test' };
const Api = { Type: 'AWS::ApiGateway::RestApi', Properties: {} };
const root = { 'Fn::GetAtt': ['Api', 'RootResourceId'] };
const part = (PathPart: string, ParentId: object = root) => ({
  Type: 'AWS::ApiGateway::Resource',
  Properties: { RestApiId: { Ref: 'Api' }, ParentId, PathPart },
});
const load = (resources: Record<string, { Type: string; Properties: Record<string, unknown> }>) =>
  loadTemplate({ Resources: { Api, ...resources } }, place, (key) => key);

test('a resource below a greedy parameter aborts: nothing would reach it', () => {
  const resources = { Rest: part('{rest+}'), Below: part('below', { Ref: 'Rest' }) };
  expect(() => load(resources)).toThrow('Below: a greedy parameter is the last part of a path');
});

test.each([
  'a/b',
  '{}',
  '{a',
  '{a+b}',
  'a{b}',
  '{a}{b}',
  '{a*}',
  '',
  '..a b',
])('the path part %j aborts', (text) => {
  expect(() => load({ Part: part(text) })).toThrow(`Part: the path part ${text} is not emulated`);
});

test.each(['get', 'TRACE', ''])('a route for the method %j aborts', (HttpMethod) => {
  const Uri = 'arn:x:/functions/arn:aws:lambda:eu-central-1:111122223333:function:f/invocations';
  const Properties = {
    ...{ RestApiId: { Ref: 'Api' }, ResourceId: root, HttpMethod, AuthorizationType: 'AWS_IAM' },
    Integration: { Type: 'AWS_PROXY', Uri },
  };
  expect(() => load({ Route: { Type: 'AWS::ApiGateway::Method', Properties } })).toThrow(
    `Route: the method ${HttpMethod} is not emulated`,
  );
});

const key = (properties: object) => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] };
  return { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: policy, ...properties } } };
};

test.each([
  [{}, 'SYMMETRIC_DEFAULT'],
  [{ EnableKeyRotation: true, PendingWindowInDays: 7, Description: 'x' }, 'SYMMETRIC_DEFAULT'],
  [{ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' }, 'SYMMETRIC_DEFAULT'],
  [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, 'ECC_NIST_P256'],
])('a key with %j is one of %s', (properties, spec) => {
  expect(load(key(properties)).keys).toMatchObject([{ spec }]);
});

test.each([
  [{ KeySpec: 'ECC_NIST_P256' }, 'ECC_NIST_P256 for ENCRYPT_DECRYPT'],
  [{ KeyUsage: 'SIGN_VERIFY' }, 'SYMMETRIC_DEFAULT for SIGN_VERIFY'],
  [{ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }, 'RSA_2048 for ENCRYPT_DECRYPT'],
  [{ MultiRegion: true }, 'the property MultiRegion is not emulated'],
  [{ Enabled: false }, 'the property Enabled is not emulated'],
  [{ Origin: 'EXTERNAL' }, 'the property Origin is not emulated'],
])('a key with %j aborts', (properties, reason) => {
  expect(() => load(key(properties))).toThrow(reason);
});
