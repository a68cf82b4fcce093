import type { Socket } from 'node:net';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Outbound } from '../../../lambda/outbound/outbound.ts';
import { sender } from '../../../lambda/outbound/send.ts';
import { rawServer } from './raw-server.ts';

let answer: (socket: Socket, heard: string) => void = () => {};
const server = await rawServer((socket, heard) => answer(socket, heard));
afterAll(() => server.close());
beforeEach(() => {
  server.heard.length = 0;
});

const says = (text: string) => (socket: Socket) => void socket.write(text);
const fine = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A request to the server on this machine, with what a test changes of it. */
function asking(changed: Partial<Outbound> = {}): Outbound {
  const plain = { method: 'GET', headers: {}, patience: 2_000, largest: 100, privateNetwork: true };
  return { url: `${server.url}/path`, ...plain, ...changed };
}

describe('a request', () => {
  it('is sent as it is, with its length and nothing of its own but what a connection needs', async () => {
    answer = says(fine);
    const body = '{"text":"hé"}';
    const sent = await sender()(asking({ method: 'DELETE', body, headers: { Accept: 'text/plain' } }));
    expect(sent).toEqual({ status: 200, headers: { 'content-length': ['2'] }, body: Buffer.from('ok') });
    const [head = '', rest] = server.heard.join('').split('\r\n\r\n');
    expect(head.split('\r\n').sort()).toEqual(
      [
        'DELETE /path HTTP/1.1',
        'Accept: text/plain',
        'Accept-Encoding: identity',
        'Content-Length: 14',
        `Host: ${server.url.replace('http://', '')}`,
        'Connection: close',
      ].sort(),
    );
    expect(Buffer.from(rest ?? '', 'latin1').toString()).toBe(body);
  });

  it('says that it has no body where one could be', async () => {
    answer = says(fine);
    await sender()(asking({ method: 'POST' }));
    expect(server.heard.join('')).toContain('\r\nContent-Length: 0\r\n');
  });

  it.each([
    ...['Host', 'Connection', 'content-length', 'Transfer-Encoding', 'TE', 'Trailer', 'Upgrade', 'Expect'],
    ...['Keep-Alive', 'Proxy-Authorization', 'Proxy-Connection', 'accept-encoding'],
  ])('may not set the header %s', async (name) => {
    await expect(sender()(asking({ headers: { [name]: 'x' } }))).rejects.toThrow('set by itself');
    expect(server.heard).toEqual([]);
  });

  it.each([
    ['a line of its own in a header', { headers: { A: 'b\r\nHost: evil' } }],
    ['a line of its own in the name of a header', { headers: { 'A: b\r\nC': 'd' } }],
    ['a bare line feed in a header', { headers: { A: 'b\nC: d' } }],
    ['a zero in a header', { headers: { A: 'b\0' } }],
    ['the method TRACE', { method: 'TRACE' }],
    ['the method CONNECT', { method: 'CONNECT' }],
    ['a method in lower case', { method: 'get' }],
    ['a line of its own in the method', { method: 'GET / HTTP/1.1\r\nHost: evil\r\n\r\nGET' }],
    ['a password', { url: 'http://user:secret@127.0.0.1/' }],
    ['no address', { url: 'nothing' }],
  ])('with %s is not sent, and nothing of it is told', async (_, changed) => {
    const error = await sender()(asking(changed)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toMatch(/evil|secret/);
    expect(server.heard).toEqual([]);
  });
});

describe('this machine is asked without encryption', () => {
  it.each([
    ['where no private network is configured', { privateNetwork: false }, {}, 'private address'],
    ['where this is a function in Lambda', {}, { inLambda: true }, 'the function itself'],
  ])('never %s', async (_, changed, options, words) => {
    answer = says(fine);
    await expect(sender(options)(asking(changed))).rejects.toThrow(words);
    expect(server.heard).toEqual([]);
  });

  it.each([
    '127.0.0.1',
    '127.0.0.2',
    '::1',
    '::ffff:127.0.0.1',
  ])('nor by a name that leads to %s in Lambda', async (address) => {
    const send = sender({ inLambda: true, resolve: async () => [address] });
    await expect(send(asking({ url: 'https://chat.example/' }))).rejects.toThrow('the function itself');
  });

  it('is known to be in Lambda by its environment', async () => {
    process.env['AWS_LAMBDA_RUNTIME_API'] = '127.0.0.1:9001';
    const send = sender();
    delete process.env['AWS_LAMBDA_RUNTIME_API'];
    await expect(send(asking())).rejects.toThrow('the function itself');
  });
});

describe('an answer that could be read in two ways is none', () => {
  it.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\nok'],
    ['one length twice', 'Content-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
    ['a list of lengths', 'Content-Length: 2, 2\r\n\r\nok'],
    ['a length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['a length below nothing', 'Content-Length: -2\r\n\r\nok'],
    ['a length in words', 'Content-Length: two\r\n\r\nok'],
    ['a length with a sign', 'Content-Length: +2\r\n\r\nok'],
    ['a chunk of a size that is none', 'Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', 'Transfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n'],
    ['a chunk of a size without end', `Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(17)}\r\nok`],
    ['chunks with bare line feeds', 'Transfer-Encoding: chunked\n\n2\nok\n0\n\n'],
    ['a header with a zero', 'X: a\0b\r\nContent-Length: 2\r\n\r\nok'],
    ['a header with a carriage return', 'X: a\rb\r\nContent-Length: 2\r\n\r\nok'],
    ['a header with a control character', 'X: a\x07b\r\nContent-Length: 2\r\n\r\nok'],
    ['a header whose name has a space', 'X y: a\r\nContent-Length: 2\r\n\r\nok'],
    ['a space before the colon', 'Content-Length : 2\r\n\r\nok'],
  ])('%s', async (_, rest) => {
    answer = says(`HTTP/1.1 200 OK\r\n${rest}`);
    const error = await sender()(asking({ patience: 300 })).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(Object.keys(error as Error)).not.toContain('rawPacket');
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['HTTP of tomorrow', 'HTTP/7.3 200 OK\r\n\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
  ])('%s', async (_, text) => {
    answer = says(text);
    await expect(sender()(asking({ patience: 300 }))).rejects.toThrow();
  });
});

describe('the body of an answer', () => {
  it('may be exactly as large as was said, and not a byte larger', async () => {
    answer = says(`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${'x'.repeat(100)}`);
    expect((await sender()(asking())).body).toHaveLength(100);
    answer = says(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n${'x'.repeat(101)}\r\n0\r\n\r\n`,
    );
    await expect(sender()(asking())).rejects.toThrow('larger than 100');
    answer = says('HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n');
    await expect(sender()(asking())).rejects.toThrow('larger than 100');
  });

  it('is none for HEAD, however long it would be', async () => {
    answer = says('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n');
    expect((await sender()(asking({ method: 'HEAD' }))).body).toHaveLength(0);
  });

  it('is read of every status, unless one only is wanted', async () => {
    answer = says('HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 2\r\n\r\nno');
    expect(await sender()(asking())).toMatchObject({ status: 302, body: Buffer.from('no') });
    await expect(sender({ only: 200 })(asking())).rejects.toThrow('status 302');
    expect(server.heard).toHaveLength(2);
  });
});
