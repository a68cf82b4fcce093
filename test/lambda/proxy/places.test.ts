import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { authorityCalled, serverOf } from '../../trust/certificates.ts';
import { chatToken, type ProxiedOptions, problemOf, proxiedWorld } from './proxied-world.ts';

const authority = authorityCalled('our authority');
const { pem: cert, keyPem: key } = serverOf(authority, { dns: 'chat.example' });
const heard: string[] = [];
const server = createServer({ cert, key }, (request, response) => {
  heard.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
afterAll(() => void server.close());

/** A deployment whose chat service is at `https://chat.example`, which leads to this machine unless it is said. */
async function deployed({ proxy, secret, resolve }: ProxiedOptions = {}) {
  const world = await proxiedWorld({
    proxy: { base_url: `https://chat.example:${port}/api`, ...proxy },
    secret: { hosts: ['chat.example'], ca: authority.pem, ...secret },
    resolve: resolve ?? (async () => ['127.0.0.1']),
  });
  heard.length = 0;
  const answer = await world.ask();
  await world.close();
  return answer;
}

describe('a call goes', () => {
  it('to the host of its capability, at an address that was checked, with the secret for it', async () => {
    expect((await deployed()).statusCode).toBe(200);
    expect(heard).toEqual([`POST /api/chat.postMessage Bearer ${chatToken}`]);
  });

  it('with the secret in the header and behind the words that systems say', async () => {
    const secret = { hosts: ['127.0.0.1'], header: 'X-Api-Key', prefix: 'key ' };
    const world = await proxiedWorld({ secret });
    await world.ask({ headers: { 'X-Api-Key': ['mine'] } });
    const { rawHeaders = [] } = world.chat.heard[0] ?? {};
    expect(rawHeaders[rawHeaders.indexOf('X-Api-Key') + 1]).toBe(`key ${chatToken}`);
    expect(rawHeaders).not.toContain('mine');
    await world.close();
  });
});

describe('a call does not leave, and its secret neither', () => {
  const addresses = (...all: string[]) => ({ resolve: async () => all });
  const base = (base_url: string): ProxiedOptions => ({ proxy: { base_url } });
  const at = (host: string, more = '/api'): ProxiedOptions => ({
    proxy: { base_url: `https://${host}${more}` },
    secret: { hosts: [new URL(`https://${host}`).hostname] },
  });

  it.each<[string, ProxiedOptions, number]>([
    ['to a host that its secret is not for', { secret: { hosts: ['other.example'] } }, 403],
    ['to a host that only begins like that', { secret: { hosts: ['chat.example.org'] } }, 403],
    ['to a host that only ends like that', { secret: { hosts: ['example'] } }, 403],
    ['to a host below that', { ...base(`https://eu.chat.example:${port}/api`) }, 403],
    ['to a host with a dot at its end', { ...base(`https://chat.example.:${port}/api`) }, 403],
    ['to an address with a query', base(`https://chat.example:${port}/api?x=y`), 403],
    ['with a secret that systems do not have', { proxy: { secret: 'nobody' } }, 403],
    ['with a secret of every object', { proxy: { secret: 'constructor' } }, 403],
    ['to a private address', { secret: { private_network: false } }, 502],
    [
      'to one private address of several',
      { ...addresses('8.8.8.8', '10.0.0.1'), secret: { private_network: false } },
      502,
    ],
    ['to the metadata of the machine', addresses('169.254.169.254'), 502],
    ['to metadata beside its own', addresses('127.0.0.1', '169.254.169.254'), 502],
    ['to metadata in IPv6', addresses('fd00:ec2::254'), 502],
    ['to metadata as IPv6 maps it', addresses('::ffff:169.254.169.254'), 502],
    ['to metadata as IPv6 translates it', addresses('64:ff9b::a9fe:a9fe'), 502],
    ['to everywhere', addresses('0.0.0.0'), 502],
    ['to everywhere in IPv6', addresses('::'), 502],
    ['to a link', addresses('fe80::1'), 502],
    ['to what is no address', addresses('chat.example'), 502],
    ['to nowhere', addresses(), 502],
    ['to a name that nobody knows', { resolve: () => Promise.reject(new Error('ENOTFOUND')) }, 502],
    ['to metadata by its number', at('2852039166'), 502],
    ['to metadata in hexadecimal', at('0xA9FEA9FE'), 502],
    ['to metadata in octal', at('0251.0376.0251.0376'), 502],
    ['to a port that nobody listens at', { proxy: { base_url: 'https://chat.example:1/api' } }, 502],
    ['to who has no certificate that is trusted', { secret: { ca: authorityCalled('other').pem } }, 502],
    [
      'without encryption',
      { proxy: { base_url: `http://localhost:${port}/api` }, secret: { hosts: ['localhost'] } },
      502,
    ],
    [
      'without encryption on this machine, where no private network is configured',
      {
        proxy: { base_url: `http://127.0.0.1:${port}/api` },
        secret: { hosts: ['127.0.0.1'], private_network: false },
      },
      502,
    ],
  ])('%s', async (_, options, status) => {
    const answer = await deployed({ ...options, proxy: { patience: '2s', ...options.proxy } });
    expect(problemOf(answer).status).toBe(status);
    expect(JSON.stringify(answer)).not.toMatch(new RegExp(`${chatToken}|169|10\\.0`));
    expect(heard).toEqual([]);
  });

  it('where a name leads elsewhere the second time it is asked for', async () => {
    let asked = 0;
    const world = await proxiedWorld({
      proxy: { base_url: `https://chat.example:${port}/api` },
      secret: { hosts: ['chat.example'], ca: authority.pem },
      resolve: async () => (asked++ === 0 ? ['127.0.0.1'] : ['169.254.169.254']),
    });
    heard.length = 0;
    expect((await world.ask()).statusCode).toBe(200);
    expect(problemOf(await world.ask()).status).toBe(502);
    expect(heard).toHaveLength(1);
    await world.close();
  });
});

describe('a secret that could not be one is not sent', () => {
  it.each([
    ['too short to be found again', 'seven77'],
    ['nothing', ''],
    ['of two lines', 'secret-of\r\nX: two-lines'],
    ['with a line at its end', 'secret-with-a-line\n'],
    ['of letters that no header holds', 'geheimnis-ä-ö'],
    ['no JSON, where a member of it is', 'secret-as-text', 'token'],
    ['JSON without that member', '{"other":"secret-as-text"}', 'token'],
    ['JSON with no text there', '{"token":12345678}', 'token'],
    ['a member of every object', '{}', 'constructor'],
    ['a list', '["secret-as-text"]', 'token'],
    ['null', 'null', 'token'],
  ])('%s', async (_, kept, member?: string) => {
    const world = await proxiedWorld({ secret: member === undefined ? {} : { key: member } });
    world.secrets.put(kept);
    world.secrets.renew();
    const answer = await world.ask();
    expect(problemOf(answer)).toMatchObject({
      status: 502,
      detail: expect.stringContaining('no call was made'),
    });
    expect(JSON.stringify(answer)).not.toMatch(/secret-|seven77|12345678|geheimnis/);
    expect(world.chat.heard).toEqual([]);
    expect((await world.calls.read(world.lease.id)).total).toBe(0);
    await world.close();
  });

  it('but a member of JSON is', async () => {
    const world = await proxiedWorld({ secret: { key: 'token' } });
    world.secrets.put(JSON.stringify({ token: chatToken, other: 'x' }));
    world.secrets.renew();
    expect((await world.ask()).statusCode).toBe(200);
    await world.close();
  });
});
