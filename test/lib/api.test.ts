import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesizedStack } from './assembly.ts';

const only = <T>(record: Record<string, T>): T => {
  const [value, ...others] = Object.values(record);
  if (value === undefined || others.length > 0) throw new Error('not exactly one');
  return value;
};

describe('the access log', () => {
  const stage = only(resourcesOf('AWS::ApiGateway::Stage'));
  const { DestinationArn, Format } = stage.Properties['AccessLogSetting'] as Record<string, unknown>;

  it('holds who called what and how it ended: no header, query, body or id', () => {
    expect(JSON.parse(String(Format))).toEqual({
      request_id: '$context.requestId',
      time: '$context.requestTimeEpoch',
      method: '$context.httpMethod',
      resource: '$context.resourcePath',
      status: '$context.status',
      source_ip: '$context.identity.sourceIp',
      caller: '$context.identity.userArn',
      latency_ms: '$context.responseLatency',
      response_bytes: '$context.responseLength',
    });
  });

  it('goes to a log group of the stack, written with a role that outlives it', () => {
    expect(JSON.stringify(DestinationArn)).toContain('BrokerAccessLogLogs');
    const [account, setting] = Object.entries(synthesizedStack().template.Resources).find(
      ([, each]) => (each as { Type: string }).Type === 'AWS::ApiGateway::Account',
    ) as [string, { DeletionPolicy: string }];
    expect(stage.DependsOn).toContain(account);
    expect(setting.DeletionPolicy).toBe('Retain');
    expect(resourcesOf('AWS::IAM::Role')['Broker/AccessLog/Role']?.DeletionPolicy).toBe('Retain');
  });

  it('is all that is logged of requests: the gateway writes no payloads', () => {
    const settings = stage.Properties['MethodSettings'] as Record<string, unknown>[];
    expect(settings.length).toBeGreaterThan(0);
    for (const each of settings) expect(each).not.toMatchObject({ DataTraceEnabled: true });
    for (const each of settings) expect(each).not.toHaveProperty('LoggingLevel');
  });
});

describe('the throttles', () => {
  type MethodSetting = { HttpMethod: string; ResourcePath: string; ThrottlingRateLimit: number };
  const settings = only(resourcesOf('AWS::ApiGateway::Stage')).Properties[
    'MethodSettings'
  ] as MethodSetting[];
  // `/v1/leases` is written `/~1v1~1leases` in a stage's settings.
  const rateOf = (method: string, path: string) =>
    settings.find(({ HttpMethod, ResourcePath }) => {
      return HttpMethod === method && ResourcePath.replace(/^\/~1/, '/').replaceAll('~1', '/') === path;
    })?.ThrottlingRateLimit ?? Number.NaN;

  const routes = Object.keys(resourcesOf('AWS::ApiGateway::Method')).map((path) =>
    path.replace(/^Broker\/Api\/Default(.*)\/([A-Z]+)$/, '$2 $1'),
  );

  it('are for routes that there are', () => {
    const own = settings.filter(({ ResourcePath }) => ResourcePath !== '/*');
    expect(own.length).toBeGreaterThan(5);
    for (const { HttpMethod, ResourcePath } of own)
      expect(routes).toContain(`${HttpMethod} ${ResourcePath.replaceAll('~1', '/').replace('//', '/')}`);
  });

  it('leave half of the STS calls of the account to others, who share its 600 a second', () => {
    const minting = rateOf('POST', '/v1/leases') + rateOf('POST', '/v1/leases/{id}/credentials');
    expect(2 * minting).toBeLessThanOrEqual(300);
  });

  it('are lower for who signs nothing than for agents', () => {
    const open = ['/.well-known/jwks.json', '/.well-known/openid-configuration'];
    for (const path of open) expect(rateOf('GET', path)).toBeLessThan(rateOf('*', '/*'));
  });

  it('leave room for more heartbeats than for anything else, as a lost one may kill an agent', () => {
    const others = settings.filter(({ ResourcePath }) => !ResourcePath.endsWith('heartbeat'));
    const most = Math.max(...others.map(({ ThrottlingRateLimit }) => ThrottlingRateLimit));
    expect(rateOf('POST', '/v1/leases/{id}/heartbeat')).toBeGreaterThan(most);
  });

  it('leave half of the requests that the account has in a region to its other APIs', () => {
    const rates = routes.map((route) => {
      const [method = '', path = ''] = route.split(' ');
      return rateOf(method, path) || rateOf('*', '/*');
    });
    expect(rates.reduce((sum, rate) => sum + rate, 0)).toBeLessThanOrEqual(5_000);
  });
});

describe('every function and the stage', () => {
  it('are traced', () => {
    for (const { Properties } of Object.values(resourcesOf('AWS::Lambda::Function')))
      expect(Properties['TracingConfig']).toEqual({ Mode: 'Active' });
    expect(only(resourcesOf('AWS::ApiGateway::Stage')).Properties['TracingEnabled']).toBe(true);
  });

  it('log for three months', () => {
    const groups = Object.values(resourcesOf('AWS::Logs::LogGroup'));
    const functions = Object.values(resourcesOf('AWS::Lambda::Function'));
    expect(groups).toHaveLength(functions.length + 1);
    for (const { Properties } of groups) expect(Properties['RetentionInDays']).toBe(90);
  });
});

describe('cdk-nag', () => {
  it('ran in this run: what it found is acknowledged, and without that there would be no assembly', () => {
    const acknowledged = synthesizedStack().findMetadataByType('aws:cdk:acknowledged-rules');
    const ids = acknowledged.flatMap(({ data }) => Object.keys(data as object));
    expect(ids).toContainEqual(expect.stringContaining('AwsSolutions-APIG6'));
    expect(ids).toContainEqual(expect.stringContaining('AwsSolutions-IAM5['));
  });
});
