import { execFile } from 'node:child_process';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type TrustFetchOptions, trustFetch } from '../../../lambda/evidence/trust-fetch.ts';
import { resolver } from '../../../lambda/outbound/addresses.ts';
import { loopback, sendJson } from '../../../local/people/loopback.ts';
import { authorityCalled, type Certified, serverOf } from '../../trust/certificates.ts';
import { nameServer } from '../../trust/name-server.ts';

const authority = authorityCalled('our authority');
const certificate = serverOf(authority, { dns: 'keys.example' }, { ip: [127, 0, 0, 1] });
const requests: string[] = [];

/** An https server on this machine; answers its port. */
async function secure({ pem, keyPem }: Certified, options: ServerOptions = {}) {
  const server = createServer({ ...options, cert: pem, key: keyPem }, (request, response) => {
    requests.push(`${request.headers.host}`);
    sendJson(response, { keys: [] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

const server = await secure(certificate);
const impostor = await secure(serverOf(authorityCalled('our authority'), { dns: 'keys.example' }));
const old = await secure(certificate, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
const url = `https://keys.example:${server.port}/keys`;
const leadingTo = (...addresses: string[]) => ({ resolve: async () => addresses });
const here = { ca: authority.pem, privateNetwork: true, ...leadingTo('127.0.0.1') };
afterAll(() => [server, impostor, old].map(({ close }) => close()));

beforeEach(() => {
  requests.length = 0;
});

describe('a source in a private network', () => {
  it('is asked where that is configured, by its name, with the certificates that are trusted there', async () => {
    expect(await trustFetch(url, here)).toEqual({ keys: [] });
    expect(await trustFetch(`https://127.0.0.1:${server.port}/keys`, here)).toEqual({ keys: [] });
    expect(requests).toEqual([`keys.example:${server.port}`, `127.0.0.1:${server.port}`]);
  });

  it.each<[string, string, TrustFetchOptions, string]>([
    ['at a private address, where none is configured', url, { privateNetwork: false }, 'private address'],
    [
      'at a public and a private address',
      url,
      { privateNetwork: false, ...leadingTo('8.8.8.8', '10.0.0.1') },
      '10.0.0.1',
    ],
    [
      'at its own and the address of metadata',
      url,
      leadingTo('127.0.0.1', '169.254.169.254'),
      '169.254.169.254',
    ],
    ['at the IPv6 address of metadata', url, leadingTo('127.0.0.1', 'fd00:ec2::254'), 'fd00:ec2::254'],
    ['nowhere', url, leadingTo(), 'leads to no address'],
    ['with a certificate of a namesake', url.replace(/\d+/, `${impostor.port}`), {}, 'certificate'],
    ['with a certificate for another name', url.replace('keys.', 'other.'), {}, 'altnames'],
    ['with a certificate of nobody known', url, { ca: authorityCalled('another').pem }, 'certificate'],
    ['with an encryption of yesterday', url.replace(/\d+/, `${old.port}`), {}, 'alert protocol version'],
    ['that does not listen', 'https://keys.example:1/', {}, 'ECONNREFUSED'],
  ])('%s is not asked', async (_, address, options, says) => {
    await expect(trustFetch(address, { ...here, ...options })).rejects.toThrow(says);
    expect(requests).toEqual([]);
  });
});

describe('a name that leads elsewhere the second time it is asked for', () => {
  it('leads to where it was checked that it may', async () => {
    const names = await nameServer((_, type) => {
      if (type === 'AAAA') return [];
      return names.questions.filter((each) => each.startsWith('A ')).length === 1
        ? ['127.0.0.1']
        : ['169.254.169.254'];
    });
    expect(await trustFetch(url, { ...here, resolve: resolver([names.address]) })).toEqual({ keys: [] });
    expect(requests).toEqual([`keys.example:${server.port}`]);
    expect([...names.questions].sort()).toEqual(['A keys.example', 'AAAA keys.example']);
    names.close();
  });
});

describe('an address that is no place for a source is not asked', () => {
  const metadata = [
    '169.254.169.254',
    '0xA9FEA9FE',
    '2852039166',
    '0251.0376.0251.0376',
    '[::ffff:169.254.169.254]',
  ];
  const metadataSix = ['[fd00:ec2::254]', '[fd00:0ec2:0:0:0:0:0:254]', '[64:ff9b::169.254.169.254]'];
  const thisMachine = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '017700000001',
    '127.0.0.1.',
    '１２７.0.0.1',
  ];
  const thisMachineSix = ['[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'];

  it.each([...metadata, ...metadataSix])('https://%s/, even in a private network', async (host) => {
    await expect(trustFetch(`https://${host}/`, here)).rejects.toThrow('nothing may be asked');
  });

  it.each([
    ...thisMachine,
    ...thisMachineSix,
    'localhost',
    'LOCALHOST',
    '10.0.0.1',
    '10.1',
  ])('https://%s/, where no private network is configured', async (host) => {
    await expect(trustFetch(`https://${host}:1/`)).rejects.toThrow('private address');
  });

  it.each([
    ...['http://keys.example/', 'http://10.0.0.1/', 'http://169.254.169.254/', 'http://localhost.example/'],
    ...['http://127.0.0.2/', 'http://localhost./', 'http://[::ffff:127.0.0.1]/', 'http://constructor/'],
    ...['ftp://127.0.0.1/', 'file:///etc/passwd', 'data:application/json,{}', 'javascript:{}'],
  ])('%s, without encryption', async (address) => {
    await expect(trustFetch(address, here)).rejects.toThrow('not encrypted');
  });

  it('with a password in it', async () => {
    for (const before of ['user@', ':password@', 'user:password@'])
      await expect(trustFetch(url.replace('//', `//${before}`), here)).rejects.toThrow('holds a password');
    expect(requests).toEqual([]);
  });

  it('that is none', async () => {
    await expect(trustFetch('keys.example')).rejects.toThrow('Invalid URL');
  });
});

describe('the environment', () => {
  const module = join(import.meta.dirname, '../../../lambda/evidence/trust-fetch.ts');
  const fetchedIn = async (env: NodeJS.ProcessEnv, ...args: unknown[]) => {
    const script = `const { trustFetch } = await import(${JSON.stringify(module)});
      console.log(JSON.stringify(await trustFetch(...${JSON.stringify(args)}).catch((error) => error.code)));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env,
    });
    return JSON.parse(stdout);
  };

  it('names no proxy that a source is asked through', async () => {
    const proxy = await loopback((_, response) => sendJson(response, { keys: ['of the proxy'] }));
    const plain = await loopback((_, response) => sendJson(response, { keys: [] }));
    const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url, http_proxy: proxy.url };
    expect(await fetchedIn(env, `${plain.url}/keys`)).toEqual({ keys: [] });
    expect(proxy.requests).toEqual([]);
    await Promise.all([proxy.close(), plain.close()]);
  });

  it('does not turn the look at certificates off', async () => {
    const place = `https://127.0.0.1:${server.port}/keys`;
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    expect(await fetchedIn(env, place, { privateNetwork: true })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await fetchedIn(env, place, { privateNetwork: true, ca: authority.pem })).toEqual({ keys: [] });
  });
});
