import { describe, expect, inject, test } from 'vitest';
import { resolve } from '../../local/template/intrinsics.ts';
import { loadTemplate, readAssembly, type Template } from '../../local/template/load.ts';

const place = { account: '111122223333', region: 'eu-central-1', stack: 'test' };
const references = {
  ref: (name: string) => `<${name}>`,
  attribute: (id: string, name: string) => `<${id}.${name}>`,
};

describe('intrinsic functions', () => {
  test.each([
    [{ Ref: 'A' }, '<A>'],
    [{ 'Fn::GetAtt': ['A', 'Arn'] }, '<A.Arn>'],
    [{ 'Fn::GetAtt': 'A.Nested.Arn' }, '<A.Nested.Arn>'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'B' }]] }, 'a-<B>'],
    [{ 'Fn::Split': ['/', 'a/b'] }, ['a', 'b']],
    [{ 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b'] }] }, 'b'],
    [{ 'Fn::Sub': 'a ${B} ${C.Arn} ${!literal}' }, 'a <B> <C.Arn> ${literal}'],
    [{ 'Fn::Sub': ['${x}', { x: { Ref: 'B' } }] }, '<B>'],
    [{ deep: [{ Ref: 'A' }] }, { deep: ['<A>'] }],
  ])('resolve %j', (value, expected) => {
    expect(resolve(value, references)).toEqual(expected);
  });

  test('that are not emulated abort instead of passing as plain objects', () => {
    expect(() => resolve({ 'Fn::ImportValue': 'x' }, references)).toThrow('Fn::ImportValue is not emulated');
  });
});

describe('a template', () => {
  const load = (template: Template) => loadTemplate(template, place, (key) => key);

  test('with a resource type that is not emulated aborts', () => {
    const template = { Resources: { Machine: { Type: 'AWS::EC2::Instance' } } };
    expect(() => load(template)).toThrow('Machine of type AWS::EC2::Instance is not emulated');
  });

  test('that refers to what is not there aborts', () => {
    const Properties = { Description: { Ref: 'Gone' } };
    const template = { Resources: { Logs: { Type: 'AWS::Logs::LogGroup', Properties } } };
    expect(() => load(template)).toThrow('Gone');
  });

  test('that refers in a circle aborts', () => {
    const refersTo = (name: string) => ({ Type: 'AWS::Logs::LogGroup', Properties: { x: { Ref: name } } });
    expect(() => load({ Resources: { A: refersTo('B'), B: refersTo('A') } })).toThrow('depends on itself');
  });

  test('of the app loads: every route has a function that the API may invoke', () => {
    const { stack, template, asset } = readAssembly(inject('assembly'));
    const model = loadTemplate(template, { ...place, stack }, asset);
    expect(model.routes.map(({ method, resource }) => `${method} ${resource}`).sort()).toEqual([
      'ANY /v1/leases/{id}/proxy/{capability}/{path+}',
      'DELETE /v1/leases/{id}',
      'GET /.well-known/jwks.json',
      'GET /.well-known/openid-configuration',
      'GET /v1/approvals',
      'GET /v1/leases',
      'GET /v1/leases/{id}',
      'POST /v1/attestations',
      'POST /v1/challenges',
      'POST /v1/introspections',
      'POST /v1/leases',
      'POST /v1/leases/{id}/approval',
      'POST /v1/leases/{id}/credentials',
      'POST /v1/leases/{id}/delegations',
      'POST /v1/leases/{id}/heartbeat',
      'POST /v1/quarantines',
      'POST /v1/revocations',
    ]);
    const functions = new Set(model.functions.map(({ arn }) => arn));
    for (const { functionArn } of model.routes) expect(functions).toContain(functionArn);
    expect(model.outputs['Url']).toMatch(/^https:\/\/.*\.amazonaws\.com\/live$/);
  });
});
