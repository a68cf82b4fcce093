import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it } from 'vitest';
import { toRequest } from '../../../lambda/http/request.ts';
import { type Route, serve } from '../../../lambda/http/serve.ts';
import { eventOf } from './events.ts';

const resource = '/v1/leases/{id}/proxy/{capability}/{path+}';
const silent = new Logger({ serviceName: 'test', logLevel: 'SILENT' });
const parameters = { id: 'L-1', capability: 'chat', path: 'a/b.c' };
const answers =
  (name: string): Route =>
  async ({ method }) => ({ status: 200, body: `${name} ${method}`, asText: true });

describe('a route for any method', () => {
  const handler = serve({ [`ANY ${resource}`]: answers('any'), [`PUT ${resource}`]: answers('put') }, silent);
  const ask = async (method: string, at = resource) =>
    (await handler(eventOf({ method, resource: at, path: '/v1/leases/L-1/proxy/chat/a/b.c', parameters })))
      .body;

  it.each(['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS'])('serves %s, which it is told', async (method) => {
    expect(await ask(method)).toBe(`any ${method}`);
  });

  it('leaves methods to routes of their own', async () => {
    expect(await ask('PUT')).toBe('put PUT');
  });

  it('serves no other resource, and no method called ANY', async () => {
    expect(await ask('GET', '/v1/leases/{id}')).toContain('method_not_allowed');
    const one = serve({ 'GET /v1/leases/{id}': answers('get') }, silent);
    const event = eventOf({ method: 'ANY', resource: '/v1/leases/{id}', path: '/v1/leases/L-1' });
    expect((await one(event)).body).toContain('method_not_allowed');
  });
});

describe('the path of a request to a parameter that takes all the rest', () => {
  const pathOf = (path: string, rest: string) =>
    toRequest(eventOf({ path, resource, parameters: { ...parameters, path: rest } })).path;

  it('is all of it, with nothing of what stands before the API', () => {
    const path = '/v1/leases/L-1/proxy/chat/a/b.c';
    expect(pathOf(path, 'a/b.c')).toBe(path);
    expect(pathOf(`/base/of/domain${path}`, 'a/b.c')).toBe(path);
    expect(pathOf('/v1/leases/L-1/proxy/chat/a', 'a')).toBe('/v1/leases/L-1/proxy/chat/a');
  });

  it('is another than the parameter says where they do not agree', () => {
    expect(pathOf('/v1/leases/L-1/proxy/chat/a', 'a/b')).not.toContain('/chat/a/b');
    expect(pathOf('/v1/leases/L-1/proxy/chat/a/b', 'a')).not.toBe('/v1/leases/L-1/proxy/chat/a');
  });
});
