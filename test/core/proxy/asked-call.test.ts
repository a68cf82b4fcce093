import { describe, expect, it } from 'vitest';
import {
  type AskedCall,
  bodyProblem,
  encodedQuery,
  pathProblem,
  queryProblem,
  textTypeOf,
} from '../../../core/proxy/asked-call.ts';

describe('the path of a call', () => {
  it.each([
    '/a',
    '/chat.postMessage',
    '/.well-known/x',
    '/a..b',
    '/a/@me/x:y=z,w~v_u-t',
    `/${'x'.repeat(1_023)}`,
  ])('%s can be read in one way', (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });

  it.each([
    ...['', '/', 'a', '/a/', '//a', '/a//b', '/.', '/..', '/a/..', '/a/../b', '/./a', '/a/...', '/../a'],
    ...['/a%2fb', '/%2e%2e/b', '/%61', '/a\\b', '/..\\b', '/a;b', '/a;/b', '/a?b', '/a#b', '/a b', '/a+b'],
    ...[
      '/a*',
      '/a$b',
      '/a&b',
      "/a'b",
      '/a"b',
      '/a<b',
      '/a|b',
      '/a^b',
      '/a`b',
      '/a{b}',
      '/[a]',
      '/(a)',
      '/a!',
    ],
    ...[
      '/a\r\nHost:evil',
      '/a\nb',
      '/a\tb',
      '/a\0b',
      '/a\x7fb',
      '/ä',
      '/a\u2044b',
      '/\uff0e\uff0e',
      '/a\u200bb',
    ],
    ...['http://evil.example/', '//evil.example/a', '@evil.example/a', ':80/a', `/${'x'.repeat(1_024)}`],
  ])('%j cannot', (path) => {
    expect(pathProblem(path)).toBeTypeOf('string');
  });
});

describe('the query of a call', () => {
  const names = ['channel', 'limit'];
  const problem = (...query: [string, string][]) => queryProblem(query, names);

  it('has the names that the capability has, each once, with values that can be printed', () => {
    expect(problem()).toBeUndefined();
    expect(problem(['channel', 'C 1&x=y#z'], ['limit', ''])).toBeUndefined();
    expect(problem(['channel', 'é\u{1f600}'])).toBeUndefined();
    expect(problem(['channel', 'x'.repeat(200)])).toBeUndefined();
  });

  it.each([
    ['a name that the capability has not', [['token', 'x']]],
    ['a name in another case', [['Channel', 'x']]],
    ['a name of every object', [['constructor', 'x']]],
    [
      'a name twice',
      [
        ['limit', '1'],
        ['limit', '2'],
      ],
    ],
    ['a value that is too long', [['limit', 'x'.repeat(201)]]],
    ['a value of several lines', [['limit', '1\r\nX: y']]],
    ['a value with a zero', [['limit', '1\0']]],
    ['a value that is written backwards', [['limit', '\u202e1']]],
    ['a value with half a character', [['limit', '\ud800']]],
  ] as [string, [string, string][]][])('may not have %s', (_, query) => {
    expect(problem(...query)).toBeTypeOf('string');
  });

  it('is encoded by us, in the order of names', () => {
    const query = [
      ['limit', '1 & 2'],
      ['channel', 'C=1#é+'],
    ] as const;
    expect(encodedQuery(query)).toBe('channel=C%3D1%23%C3%A9%2B&limit=1%20%26%202');
    expect(encodedQuery([])).toBe('');
  });
});

describe('the type of a body', () => {
  it.each([
    ['application/json', 'application/json'],
    ['Application/JSON; charset=UTF-8', 'application/json'],
    ['application/vnd.api+json; profile=x', 'application/vnd.api+json'],
    ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
    ['text/plain; charset="utf-8"', 'text/plain'],
  ])('%s is of text', (header, type) => {
    expect(textTypeOf(header)).toBe(type);
  });

  it.each([
    undefined,
    ...[
      '',
      'json',
      'text/html',
      'application/octet-stream',
      'multipart/form-data; boundary=x',
      'image/svg+xmlx',
    ],
    ...['application/json; charset=utf-16', 'text/plain; charset=utf-7', 'application/json, text/html'],
    ...['application/json\r\nX: y', 'application/json; boundary=x', 'message/http', 'application/+json'],
  ])('%j is not', (header) => {
    expect(textTypeOf(header)).toBeUndefined();
  });
});

describe('the body of a call', () => {
  const problem = (body: string, type: string | undefined = 'application/json', method = 'POST') => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const asked: AskedCall = { method, path: '/a', query: [], headers, body };
    return bodyProblem(asked, { largest_request: 20 });
  };

  it('is text, and exactly as many bytes as the capability says', () => {
    expect(problem('')).toBeUndefined();
    expect(problem(`"${'x'.repeat(18)}"`)).toBeUndefined();
    expect(problem(`"${'é'.repeat(9)}"`)).toBeUndefined();
    expect(problem('a=b', 'application/x-www-form-urlencoded', 'DELETE')).toBeUndefined();
  });

  it.each([
    ['a byte too many', `"${'x'.repeat(19)}"`, 'application/json', 'POST'],
    ['a character of two bytes too many', `"${'é'.repeat(9)}x"`, 'application/json', 'POST'],
    ['no type', '{}', '', 'POST'],
    ['a type of bytes', '{}', 'application/octet-stream', 'POST'],
    ['no JSON though it says so', '{"a":', 'application/json', 'POST'],
    ['a request behind it', '{}\r\nGET / HTTP/1.1', 'application/json', 'POST'],
    ['a zero', 'a\0b', 'text/plain', 'POST'],
    ['a method that has none', '{}', 'application/json', 'GET'],
    ['a method that only asks', '{}', 'application/json', 'HEAD'],
  ])('may not have %s', (_, body, type, method) => {
    expect(problem(body, type, method)).toBeTypeOf('string');
  });
});
