import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Asked, ask, startApi } from './api-stack.ts';
import type { SmallStack } from './small-stack.ts';

let stack: SmallStack;
const arn = 'arn:aws:execute-api:eu-central-1:111122223333:';
const invoke = (resource: string) => ({
  Effect: 'Allow' as const,
  Action: 'execute-api:Invoke',
  Resource: `${arn}${resource}`,
});

beforeAll(async () => {
  stack = await startApi();
  stack.broker.createRole('everything', [invoke('*')]);
  await ask(stack, { role: 'everything', path: '/things/1' });
  const api = /(\w+)\/live/.exec(stack.broker.decisions.at(-1)?.resource ?? '')?.[1];
  stack.broker.createRole('reader', [invoke(`${api}/live/GET/things/1/files/*`)]);
  const secret = { ...invoke(`${api}/live/*/things/1/files/secret/*`), Effect: 'Deny' as const };
  stack.broker.createRole('without-secrets', [invoke('*'), secret]);
});
afterAll(() => stack.stop());

/** The event of a request that reached the function. */
async function eventOf(asked: Asked) {
  expect(await ask(stack, { role: 'everything', ...asked })).toBe(200);
  return stack.noted('worker').at(-1) as Record<string, unknown> & { requestContext: { path: string } };
}

describe('a greedy parameter', () => {
  test.each([
    ['one segment', 'POST', 'a', 'a'],
    ['all segments that follow', 'PUT', 'a/b/c.json', 'a/b/c.json'],
    ['an escaped slash as it was sent', 'PATCH', 'a%2Fb/c', 'a%2Fb/c'],
    ['an escaped question mark as it was sent', 'POST', 'a%3Fb=c', 'a%3Fb=c'],
    ['an escaped percent sign as it was sent', 'POST', 'a%252Fb', 'a%252Fb'],
    ['escaped control characters as they were sent', 'POST', 'a%00b%1Fc', 'a%00b%1Fc'],
    ['what looks like dots within a segment', 'POST', '..a/b../.c', '..a/b../.c'],
    ['what only clients of URLs take for more', 'OPTIONS', "a;b=c,d@e:f!$&'()*+~", "a;b=c,d@e:f!$&'()*+~"],
  ])('takes %s', async (_, method, sent, path) => {
    const event = await eventOf({ method, path: `/things/1/files/${sent}` });
    expect(event).toMatchObject({
      resource: '/things/{id}/files/{path+}',
      httpMethod: method,
      path: `/things/1/files/${sent}`,
      pathParameters: { id: '1', path },
      queryStringParameters: null,
    });
    expect(event.requestContext.path).toBe(`/live/things/1/files/${sent}`);
  });

  test('leaves the query to the parameters of the query, which are decoded', async () => {
    const event = await eventOf({ method: 'POST', path: '/things/1/files/a?b=c%2Fd&b=e+f&g' });
    expect(event).toMatchObject({
      pathParameters: { id: '1', path: 'a' },
      queryStringParameters: { b: 'e f', g: '' },
      multiValueQueryStringParameters: { b: ['c/d', 'e f'], g: [''] },
    });
  });

  test('takes at least one segment', async () => {
    expect(await ask(stack, { role: 'everything', path: '/things/1/files' })).toBe(403);
  });

  test('has the value that was sent where the resource asks for no signature', async () => {
    expect(await ask(stack, { method: 'DELETE', path: '/open/a/b%20c' })).toBe(200);
    expect(stack.noted('worker').at(-1)).toMatchObject({ pathParameters: { rest: 'a/b%20c' } });
  });
});

describe('of the resources that match', () => {
  test.each([
    ['a literal one comes before a greedy one', 'GET', 'files/list', '/things/{id}/files/list'],
    ['a parameter comes before a greedy one', 'GET', 'pages/a', '/things/{id}/pages/{one}'],
    ['a greedy one takes what no other does', 'GET', 'pages/a/b', '/things/{id}/pages/{all+}'],
    ['a method of its own is as good as ANY', 'DELETE', 'files/a', '/things/{id}/files/{path+}'],
  ])('%s', async (_, method, path, resource) => {
    expect(await eventOf({ method, path: `/things/1/${path}` })).toMatchObject({ resource });
  });

  test.each([
    ['the literal one', 'DELETE', 'files/list'],
    ['the parameter', 'POST', 'pages/a'],
  ])('the most specific one is taken even where it lacks the method: %s', async (_, method, path) => {
    const before = stack.noted('worker').length;
    expect(await ask(stack, { role: 'everything', method, path: `/things/1/${path}` })).toBe(403);
    expect(stack.noted('worker')).toHaveLength(before);
  });

  test('none has a method that API Gateway does not know', async () => {
    expect(await ask(stack, { role: 'everything', method: 'PURGE', path: '/things/1/files/a/b' })).toBe(403);
  });
});

describe('a path is refused', () => {
  test.each([
    ['with a doubled slash after the stage', '//things/1/files/a'],
    ['with a doubled slash within', '/things//1/files/a'],
    ['with a doubled slash in a greedy parameter', '/things/1/files/a//b'],
    ['with a slash at its end', '/things/1/files/a/'],
    ['with nothing for a greedy parameter', '/things/1/files/'],
    ['with an escape that is none', '/things/1/files/%zz'],
    ['with a percent sign at its end', '/things/1/files/a%'],
    ['with an escape that is no UTF-8', '/things/1/files/%ff'],
    ['with a character that a URL does not hold', '/things/1/files/a|b'],
    ['with a backslash', '/things/1/files/a\\b'],
    ['with a brace', '/things/1/files/{path+}'],
    ['whose literal part is escaped', '/%74hings/1/files/a'],
    ['below no stage', '/../other/things/1/files/a'],
  ])('%s', async (_, path) => {
    const before = stack.noted('worker').length;
    expect(await ask(stack, { role: 'everything', method: 'POST', path })).toBe(403);
    expect(stack.noted('worker')).toHaveLength(before);
  });

  test.each([
    ['/open/x/../things', '/open/things'],
    ['/things/1/files/../../2', '/things/2'],
    ['/things/1/files/%2e%2E/a', '/things/1/files/a'],
    ['/things/1/files/.%2e/a', '/things/1/files/a'],
    ['/things/1/files/./a', '/things/1/files/a'],
    ['/things/1/files/%2E', '/things/1/files'],
    ['/things/1/files/..', '/things/1'],
    ['//things/1/files/a', '/things/1/files/a'],
  ])('%s, which the signature for %s would be good for', async (path, signedPath) => {
    const before = stack.noted('worker').length;
    expect(await ask(stack, { role: 'everything', path, signedPath })).toBe(403);
    expect(stack.noted('worker')).toHaveLength(before);
  });
});

describe('IAM is asked', () => {
  const asked = () => stack.broker.decisions.at(-1)?.resource.replace(/^.*\/live/, 'live');

  test('for the method and the path of the request, not for ANY and the pattern', async () => {
    expect(await ask(stack, { role: 'reader', path: '/things/1/files/a/b' })).toBe(200);
    expect(asked()).toBe('live/GET/things/1/files/a/b');
    expect(await ask(stack, { role: 'reader', method: 'POST', path: '/things/1/files/a/b' })).toBe(403);
    expect(asked()).toBe('live/POST/things/1/files/a/b');
    expect(await ask(stack, { role: 'reader', path: '/things/2/files/a' })).toBe(403);
  });

  test.each([
    'secret/key',
    'secret%2Fkey',
    '%73ecret/key',
  ])('of a path either way it may be read: %s', async (path) => {
    expect(await ask(stack, { role: 'without-secrets', path: `/things/1/files/${path}` })).toBe(403);
    expect(await ask(stack, { role: 'everything', path: `/things/1/files/${path}` })).toBe(200);
  });
});

test('an answer with headers of several values is refused, as they would be lost', async () => {
  const answer = { statusCode: 200, multiValueHeaders: { 'set-cookie': ['a', 'b'] } };
  expect(await ask(stack, { path: '/open/a', answer })).toBe(502);
  expect(stack.reports.at(-1)).toContain('multiValueHeaders');
});
