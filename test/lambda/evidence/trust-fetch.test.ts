import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { trustFetch } from '../../../lambda/evidence/trust-fetch.ts';
import { loopback, sendJson } from '../../../local/people/loopback.ts';

let answer: (response: ServerResponse) => void = () => {};
let asked: Readonly<Record<string, unknown>> = {};
const source = await loopback((request, response) => {
  asked = { method: request.method, ...request.headers };
  answer(response);
});
const elsewhere = await loopback((_, response) => sendJson(response, { keys: [] }));
afterAll(() => Promise.all([source.close(), elsewhere.close()]));

const fetched = () => trustFetch(`${source.url}/keys`);

beforeEach(() => {
  source.requests.length = 0;
  elsewhere.requests.length = 0;
});

describe('a source of trust', () => {
  it('is asked for JSON as it is, once, over a connection that is not kept', async () => {
    answer = (response) => sendJson(response, { keys: ['one'] });
    expect(await fetched()).toEqual({ keys: ['one'] });
    expect(source.requests).toEqual(['GET /keys']);
    expect(asked).toEqual({
      method: 'GET',
      host: source.url.replace('http://', ''),
      accept: 'application/json',
      'accept-encoding': 'identity',
      connection: 'close',
    });
  });

  it.each(['localhost', '127.0.0.1'])('on this machine is asked without encryption at %s', async (host) => {
    answer = (response) => sendJson(response, { a: 1 });
    const url = `${source.url.replace('127.0.0.1', host)}/keys`;
    const resolve = () => Promise.reject(new Error('no name server is asked'));
    expect(await trustFetch(url, { resolve })).toEqual({ a: 1 });
  });

  it('may say that its encoding is none', async () => {
    answer = (response) => response.writeHead(200, { 'Content-Encoding': 'Identity' }).end('{}');
    expect(await fetched()).toEqual({});
  });

  it('may answer exactly as much as is read', async () => {
    answer = (response) => response.end(`{"a":"${'x'.repeat(65_528)}"}`);
    expect(JSON.stringify(await fetched())).toHaveLength(65_536);
  });
});

describe('a source that answers what it should not is refused', () => {
  const gzipped = gzipSync(`{"filler":"${'x'.repeat(50_000_000)}"}`);
  it.each<[string, string, (response: ServerResponse) => unknown]>([
    ['500', 'status 500', (response) => sendJson(response, {}, 500)],
    ['503', 'status 503', (response) => sendJson(response, {}, 503)],
    ['404', 'status 404', (response) => sendJson(response, {}, 404)],
    ['304', 'status 304', (response) => response.writeHead(304).end()],
    ['201', 'status 201', (response) => sendJson(response, {}, 201)],
    ['204', 'status 204', (response) => response.writeHead(204).end()],
    ['206', 'status 206', (response) => sendJson(response, {}, 206)],
    ['a page', 'no JSON object', (response) => response.end('<!doctype html><html>Sign in</html>')],
    ['nothing', 'no JSON object', (response) => response.end()],
    ['half of its JSON', 'no JSON object', (response) => response.end('{"keys":[{"kty":"EC"')],
    ['a list', 'no JSON object', (response) => response.end('[]')],
    ['a text', 'no JSON object', (response) => response.end('"keys"')],
    ['null', 'no JSON object', (response) => response.end('null')],
    ['two objects', 'no JSON object', (response) => response.end('{}{}')],
    ['a member twice', 'a member twice', (response) => response.end('{"keys":[1],"keys":[2]}')],
    [
      'a member twice inside',
      'a member twice',
      (response) => response.end('{"keys":[{"kid":"a","k\\u0069d":"b"}]}'),
    ],
    [
      'bytes that are no text',
      'no JSON object',
      (response) => response.end(Buffer.from('{"a":"\xff"}', 'latin1')),
    ],
    ['lists without end', 'no JSON object', (response) => response.end('['.repeat(65_000))],
    ['a byte too many', 'larger than 65536', (response) => response.end(`{"a":"${'x'.repeat(65_529)}"}`)],
    [
      'a bomb in gzip',
      'an encoding that it was not asked for',
      (response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipped),
    ],
    [
      'a bomb in two encodings',
      'an encoding that it was not asked for',
      (response) => response.writeHead(200, { 'Content-Encoding': 'identity, gzip' }).end(gzipped),
    ],
    [
      'headers without end',
      'Header overflow',
      (response) => response.writeHead(200, { X: 'x'.repeat(20_000) }).end('{}'),
    ],
    [
      'the announcement of a gigabyte',
      'larger than 65536',
      (response) => response.writeHead(200, { 'Content-Length': 1e9 }).flushHeaders(),
    ],
    ['a hang-up', 'socket hang up', (response) => response.destroy()],
    ['a hang-up half way', 'aborted', (response) => response.write('{"keys":', () => response.destroy())],
    [
      'less than it announced',
      'aborted',
      (response) => response.writeHead(200, { 'Content-Length': 100 }).write('{}', () => response.destroy()),
    ],
  ])('%s', async (_, says, answers) => {
    answer = (response) => void answers(response);
    await expect(fetched()).rejects.toThrow(says);
  });

  it('an error without end, which is not listened to', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = (response) => response.writeHead(500).on('close', resolve).flushHeaders();
    });
    await expect(trustFetch(`${source.url}/keys`, { patience: 600_000 })).rejects.toThrow('status 500');
    await closed;
  });

  it.each([301, 302, 303, 307, 308])('a redirect %i, wherever it leads', async (status) => {
    const places = ['http://169.254.169.254/latest/meta-data/', `${elsewhere.url}/keys`, '/other', '/keys'];
    for (const place of places) {
      answer = (response) => response.writeHead(status, { Location: place }).end('{}');
      await expect(fetched()).rejects.toThrow(`status ${status}`);
    }
    expect(source.requests).toEqual(places.map(() => 'GET /keys'));
    expect(elsewhere.requests).toEqual([]);
  });

  it.each([
    ['a gigabyte that it announces', { 'Content-Length': 1e9 }],
    ['a gigabyte that it does not announce', {}],
  ])('%s', async (_, headers) => {
    let sent = 0;
    const chunk = Buffer.alloc(65_536, ' ');
    const closed = new Promise<void>((resolve) => {
      answer = (response) => {
        const more = () => {
          while (!response.destroyed && sent < 1e9) {
            sent += chunk.length;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
          if (!response.destroyed) response.end();
        };
        response.writeHead(200, headers).on('close', resolve);
        more();
      };
    });
    await expect(fetched()).rejects.toThrow('larger than 65536');
    await closed;
    expect(sent).toBeLessThan(1e8);
  });
});
