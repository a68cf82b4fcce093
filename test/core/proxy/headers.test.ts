import { describe, expect, it } from 'vitest';
import { headersBack, headersOut } from '../../../core/proxy/headers.ts';

const base = 'https://chat.example/api';
const asked = (headers: Record<string, string>, body = '{}') => ({
  method: 'POST',
  path: '/a',
  query: [],
  headers,
  body,
});

describe('headers of an agent', () => {
  it('go out where they are about what is asked for', () => {
    const headers = {
      accept: 'application/json, text/plain;q=0.5',
      'accept-language': 'de',
      'content-type': 'application/json',
      'idempotency-key': 'key-0001',
      'if-match': '"1"',
    };
    expect(headersOut(asked(headers), 'Authorization')).toEqual({ ...headers, 'user-agent': 'mayfly' });
  });

  it.each([
    ...['authorization', 'proxy-authorization', 'cookie', 'host', 'dpop', 'mayfly-attestation', 'x-amz-date'],
    ...['x-amz-security-token', 'connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
    ...['content-length', 'expect', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'],
    ...[
      'x-http-method-override',
      'x-method-override',
      'x-original-url',
      'x-rewrite-url',
      'origin',
      'referer',
    ],
    ...[
      'accept-encoding',
      'range',
      'if-none-match',
      'user-agent',
      'content-encoding',
      '__proto__',
      'constructor',
    ],
  ])('%s stays with the broker', (name) => {
    expect(headersOut(asked({ [name]: 'x' }), 'Authorization')).toEqual({ 'user-agent': 'mayfly' });
  });

  it('never stand where the secret goes, whatever its header is called', () => {
    expect(headersOut(asked({ accept: 'x', 'if-match': '"1"' }), 'Accept')).not.toHaveProperty('accept');
    expect(headersOut(asked({ 'if-match': '"1"' }), 'IF-MATCH')).not.toHaveProperty('if-match');
  });

  it.each([
    ['a line of its own', { accept: 'a\r\nHost: evil' }],
    ['what is no list of types', { accept: '<script>' }],
    ['a key that is too short', { 'idempotency-key': 'x' }],
    ['no end', { accept: 'a'.repeat(201) }],
  ])('with %s do not go out', (_, headers) => {
    expect(headersOut(asked(headers), 'Authorization')).toEqual({ 'user-agent': 'mayfly' });
  });

  it('say no type of a body that is not there', () => {
    expect(headersOut(asked({ 'content-type': 'text/plain' }, ''), 'X')).not.toHaveProperty('content-type');
  });
});

describe('headers of an answer', () => {
  it('come back where they are about the answer', () => {
    const headers = {
      'content-type': ['application/json; charset=utf-8'],
      'retry-after': ['30'],
      etag: ['W/"abc"'],
      'last-modified': ['Tue, 24 Nov 2026 10:00:00 GMT'],
      'x-ratelimit-remaining': ['4'],
      'ratelimit-policy': ['"default";q=100;w=10'],
      link: [`<${base}/a?page=2>; rel="next", <${base}/a?page=9>; rel="last"`],
    };
    const single = Object.fromEntries(Object.entries(headers).map(([name, [value]]) => [name, value]));
    expect(headersBack(headers, base)).toEqual(single);
  });

  it.each([
    ...['set-cookie', 'location', 'server', 'www-authenticate', 'access-control-allow-origin', 'refresh'],
    ...['content-encoding', 'transfer-encoding', 'content-length', 'connection', 'content-disposition'],
    ...['mayfly-proxied', 'dpop-nonce', 'x-amzn-requestid', 'x-request-id', 'strict-transport-security'],
    ...['content-security-policy', 'clear-site-data', 'x-ratelimit-', '__proto__', 'toString'],
  ])('%s does not', (name) => {
    expect(headersBack({ [name]: ['x'] }, base)).toEqual({});
  });

  it.each([
    ['a page elsewhere', 'link', '<https://evil.example/a>; rel="next"'],
    [
      'a page elsewhere beside one of its own',
      'link',
      `<${base}/a>; rel="next", <//evil.example>; rel="last"`,
    ],
    ['a host that begins alike', 'link', '<https://chat.example/apix>; rel="next"'],
    ['no page at all', 'link', 'rel="next"'],
    ['a page of markup', 'content-type', 'text/html'],
    ['a control character', 'etag', '"a\u0001"'],
    ['words instead of a date', 'retry-after', '<b>'],
  ])('do not come back with %s', (_, name, value) => {
    expect(headersBack({ [name]: [value] }, base)).toEqual({});
  });

  it('do not come back when they came twice', () => {
    expect(headersBack({ etag: ['"a"', '"b"'] }, base)).toEqual({});
  });
});
