import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallParts } from './call-event.ts';
import { chatToken, problemOf, proxiedWorld } from './proxied-world.ts';

const proxied = await proxiedWorld();
const { chat, ask, calls, lease } = proxied;
afterAll(() => proxied.close());
beforeEach(() => {
  chat.heard.length = 0;
  chat.fail();
});

type Attempt = readonly [name: string, parts: CallParts];
const at = (name: string, path: string): Attempt => [`${name}: ${path.slice(0, 60)}`, { path }];

const paths: readonly Attempt[] = [
  at('another method of the API', '/users.list'),
  at('another case', '/Chat.PostMessage'),
  at('another case of a letter', '/chat.postmessage'),
  at('a slash at the end', '/chat.postMessage/'),
  at('a segment more', '/chat.postMessage/x'),
  at('a segment before', '/x/chat.postMessage'),
  at('a way out', '/../admin'),
  at('a way out and back in', '/x/../chat.postMessage'),
  at('a way to where it is', '/./chat.postMessage'),
  at('dots at the end', '/chat.postMessage/..'),
  at('three dots', '/.../chat.postMessage'),
  at('dots that are encoded', '/%2e%2e/admin'),
  at('dots that are encoded twice', '/%252e%252e/admin'),
  at('a slash that is encoded', '/chat.postMessage%2f..%2fadmin'),
  at('a letter that is encoded', '/chat.post%4dessage'),
  at('a dot that is encoded', '/chat%2epostMessage'),
  at('an encoding that is broken', '/chat.postMessage%'),
  at('a zero that is encoded', '/chat.postMessage%00'),
  at('a line that is encoded', '/chat.postMessage%0d%0aX:%20y'),
  at('two slashes', '//chat.postMessage'),
  at('two slashes at the end', '/chat.postMessage//'),
  at('a backslash', '/..\\admin'),
  at('a backslash at the end', '/chat.postMessage\\'),
  at('path parameters', '/chat.postMessage;a=b'),
  at('path parameters that are dots', '/..;/admin'),
  at('a query in the path', '/chat.postMessage?token=x'),
  at('a fragment', '/chat.postMessage#x'),
  at('a line of its own', '/chat.postMessage HTTP/1.1\r\nHost: evil.example'),
  at('a line feed', '/chat.postMessage\nX: y'),
  at('a space', '/chat.postMessage x'),
  at('a zero', '/chat.postMessage\0'),
  at('letters of another script', '/сhat.postMessage'),
  at('dots of another script', '/\u2025/admin'),
  at('dots in full width', '/\uff0e\uff0e/admin'),
  at('a slash of another script', '/chat.postMessage\u2215x'),
  at('a letter of no width', '/chat.post\u200bMessage'),
  at('another address', '/http://evil.example/'),
  at('another host', '//evil.example/chat.postMessage'),
  at('a user before another host', '/@evil.example/chat.postMessage'),
  at('a port', '/:22/chat.postMessage'),
  at('no end', `/${'chat.postMessage'.repeat(100)}`),
  at('the name of a parameter', '/customers/${customer_id}/notes/1'),
];

const put = (path: string): CallParts => ({ method: 'PUT', path, body: '{}' });
const parameters: readonly Attempt[] = [
  ['another customer', put('/customers/globex/notes/1')],
  ['a customer that begins alike', put('/customers/acme2/notes/1')],
  ['a customer in another case', put('/customers/ACME/notes/1')],
  ['no customer', put('/customers//notes/1')],
  ['dots for a customer', put('/customers/../notes/1')],
  ['dots behind a customer', put('/customers/acme/../globex/notes/1')],
  ['all customers', put('/customers/*/notes/1')],
  ['a note without a number', put('/customers/acme/notes/')],
  ['a note of a longer number', put('/customers/acme/notes/12345')],
  ['a note of letters', put('/customers/acme/notes/1a')],
  ['a note of digits of another script', put('/customers/acme/notes/１')],
  ['a note that goes on', put('/customers/acme/notes/1/2')],
  ['all notes', put('/customers/acme/notes/[0-9]')],
];

const methods: readonly Attempt[] = [
  ...[
    'GET',
    'HEAD',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'post',
    'Post',
    'PROPFIND',
    'POST ',
  ],
  ...['POST\r\nX: y', '', 'ANY', '__proto__'],
].map((method) => [`the method ${JSON.stringify(method)}`, { method, body: null }]);

const headers: readonly Attempt[] = [
  ['two types', { headers: { 'Content-Type': ['application/json', 'text/plain'] } }],
  [
    'two types in two cases',
    { headers: { 'Content-Type': ['application/json'], 'content-type': ['text/plain'] } },
  ],
  ['two proofs', { headers: { dpop: ['x'] } }],
  ['two results', { headers: { 'mayfly-attestation': ['x'] } }],
  ['two lists of types', { headers: { Accept: ['a/b', 'c/d'] } }],
];

const bodies: readonly Attempt[] = [
  ['no type', { headers: { 'Content-Type': [] } }],
  ['bytes', { headers: { 'Content-Type': ['application/octet-stream'] } }],
  ['parts', { headers: { 'Content-Type': ['multipart/form-data; boundary=x'] } }],
  ['a page', { headers: { 'Content-Type': ['text/html'] } }],
  ['another encoding', { headers: { 'Content-Type': ['application/json; charset=utf-16'] } }],
  ['no JSON', { body: '{"channel":' }],
  ['two JSONs', { body: '{}{}' }],
  ['a request behind it', { body: '{}\r\n\r\nGET /admin HTTP/1.1\r\nHost: evil\r\n\r\n' }],
  ['a zero', { body: '{"a":"\0"}' }],
  ['a byte too many', { body: `"${'x'.repeat(16_383)}"` }],
  ['a body where there is none', { method: 'GET', path: '/conversations.history', body: '{}' }],
];

const read = (query: CallParts['query'] & {}): CallParts => ({
  method: 'GET',
  path: '/conversations.history',
  body: null,
  query,
});
const queries: readonly Attempt[] = [
  ['a name that the capability has not', read({ token: ['x'] })],
  ['a name in another case', read({ CHANNEL: ['x'] })],
  ['a name beside the one that it has', read({ channel: ['x'], limit: ['1'] })],
  ['a name twice', read({ channel: ['x', 'y'] })],
  ['a name that holds another', read({ 'channel=x&token': ['y'] })],
  ['a name of a list', read({ 'channel[]': ['x'] })],
  ['an empty name', read({ '': ['x'] })],
  ['a value of two lines', read({ channel: ['x\r\nX: y'] })],
  ['a value with a zero', read({ channel: ['x\0'] })],
  ['a value without end', read({ channel: ['x'.repeat(201)] })],
  [
    'a value that its proof does not name',
    { ...read({ channel: ['x'] }), claims: { query_hash: undefined } },
  ],
  ['a value that its proof names otherwise', { ...read({ channel: ['x'] }), claims: { query_hash: 'x' } }],
  ['no value though its proof names one', { ...read({}), claims: { query_hash: 'x' } }],
];

const others: readonly Attempt[] = [
  ['a capability of nobody', { capability: 'nothing' }],
  ['a capability that makes no calls', { capability: 'read_invoice' }],
  ['a capability of every object', { capability: 'constructor' }],
  ['a capability and a path in one', { capability: 'post_message/x' }],
  ['a lease that there is not', { lease: 'L-AAAAAAAAAAAAAAAA' }],
  ['a lease that is none', { lease: 'limit#hour' }],
  ['a proof of another path', { claims: { htu: 'https://broker.example/live/v1/leases' } }],
  ['a proof of another method', { claims: { htm: 'GET' } }],
  ['a proof of another body', { claims: { request_hash: 'x' } }],
  ['a proof of another result', { claims: { ath: 'x' } }],
  ['no result', { headers: { 'Mayfly-Attestation': [] } }],
  ['no proof', { headers: { DPoP: [] } }],
  ['another principal', { user: 'AROATHIEF12345678:session-1' }],
];

const attempts = { paths, parameters, methods, headers, bodies, queries, others };

describe.each(Object.entries(attempts))('a call is refused, and nothing is sent, with odd %s', (_, table) => {
  it.each(table)('%s', async (_, parts) => {
    const before = (await calls.read(lease.id)).total;
    const answer = await ask(parts);
    const { status, code } = problemOf(answer);
    expect({ status, isRefusal: status >= 400 && status < 500 && code !== 'server_error' }).toEqual({
      status,
      isRefusal: true,
    });
    expect(JSON.stringify(answer)).not.toContain(chatToken);
    expect(chat.heard).toEqual([]);
    expect((await calls.read(lease.id)).total).toBe(before);
  });
});

describe('the tables of attempts', () => {
  it('are as long as they were', () => {
    const count = Object.values(attempts).flat().length;
    expect(count).toBeGreaterThanOrEqual(110);
    for (const table of Object.values(attempts)) expect(table.length).toBeGreaterThanOrEqual(5);
  });

  it('stand beside calls that are made', async () => {
    expect((await ask()).statusCode).toBe(200);
    expect((await ask(read({ channel: ['C1'] }))).statusCode).toBe(200);
    expect((await ask(put('/customers/acme/notes/1'))).statusCode).toBe(404);
    expect((await ask({ body: `"${'x'.repeat(16_382)}"` })).statusCode).toBe(400);
    expect(chat.heard).toHaveLength(4);
  });
});

describe('headers that would make another request of it', () => {
  const smuggled: Readonly<Record<string, readonly string[]>> = {
    ...{
      Host: ['evil.example'],
      Connection: ['close, X-Secret'],
      'X-Secret': ['x'],
      'Content-Length': ['0'],
    },
    ...{
      'Transfer-Encoding': ['chunked'],
      TE: ['trailers'],
      Trailer: ['X'],
      Upgrade: ['h2c'],
      Expect: ['100-continue'],
    },
    ...{ 'X-HTTP-Method-Override': ['DELETE'], 'X-Original-URL': ['/admin'], Forwarded: ['for=x'] },
    ...{
      'X-Forwarded-Host': ['evil.example'],
      'X-Forwarded-For': ['127.0.0.1'],
      Authorization: ['Bearer mine'],
    },
    ...{
      Cookie: ['session=1'],
      'Proxy-Authorization': ['Basic x'],
      'Keep-Alive': ['timeout=1'],
      Range: ['bytes=0-'],
    },
    ...{
      'Accept-Encoding': ['gzip'],
      'Content-Encoding': ['gzip'],
      Origin: ['https://evil.example'],
      Via: ['x'],
    },
    ...{
      'X-Amz-Security-Token': ['x'],
      'X-Amz-Date': ['x'],
      'Mayfly-Other': ['x'],
      Referer: ['x'],
      'User-Agent': ['x'],
    },
  };

  it.each(Object.entries(smuggled))('%s does not go out', async (name, values) => {
    expect((await ask({ headers: { [name]: [...values] } })).statusCode).toBe(200);
    const [{ rawHeaders, method, target } = { rawHeaders: [] }] = chat.heard;
    expect(`${method} ${target}`).toBe('POST /api/chat.postMessage');
    expect(rawHeaders).toHaveLength(14);
    for (const value of values) expect(rawHeaders.filter((each) => each === value)).toEqual([]);
  });
});
