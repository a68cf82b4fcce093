import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AwsFault } from '../../local/fault.ts';
import { type Listening, listen } from '../../local/http/serve.ts';
import { verifySigV4 } from '../../local/http/sigv4.ts';

const key = { accessKeyId: 'ASIAEXAMPLEEXAMPLE00', secretAccessKey: 'secret', sessionToken: 'token+/=' };
const region = 'eu-central-1';
let server: Listening;
let realTime = () => new Date();

beforeAll(async () => {
  const keys = { find: (id: string) => (id === key.accessKeyId ? key : undefined) };
  server = await listen(
    async (request) => {
      try {
        const { service } = await verifySigV4(request, keys, [region], realTime());
        return { status: 200, body: service };
      } catch (error) {
        if (!(error instanceof AwsFault)) throw error;
        return { status: 403, body: error.code };
      }
    },
    (error) => {
      throw error;
    },
  );
});
afterAll(() => server.close());

const signer = (service: string, change: Partial<typeof key> = {}, inRegion = region) =>
  new AwsClient({ ...key, ...change, service, region: inRegion, retries: 0 });

/** A signed request, as parts that an attacker may change before it is sent. */
async function signed(path = '/live/v1/leases?b=2&a=1', body = '{"task":1}') {
  const request = await signer('execute-api').sign(`${server.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'X-Amz-Meta': 'one', DPoP: 'proof' },
  });
  return { url: request.url, method: 'POST', body, headers: Object.fromEntries(request.headers) };
}

type Parts = Awaited<ReturnType<typeof signed>>;
const answer = async ({ url, ...init }: Parts) => (await fetch(url, init)).text();

describe('a signature', () => {
  test.each([
    ['execute-api', '/live/v1/leases'],
    ['execute-api', '/live/v1/leases/L-ABC?x=%20y&x=a&empty='],
    ['execute-api', '/live/a%20b/c%2Fd/~e(f)'],
    ['dynamodb', '/'],
    ['sts', '/'],
    ['s3', '/bucket/acme/4711%20(copy).json'],
    ['s3', '/bucket/%C3%BC/a%2Bb?list-type=2&prefix=a%2Fb'],
  ])('of %s for %s is accepted', async (service, path) => {
    const response = await signer(service).fetch(`${server.url}${path}`, { method: 'POST', body: 'x=1' });
    expect(await response.text()).toBe(service);
  });

  test('over an empty body is accepted', async () => {
    expect(await (await signer('execute-api').fetch(`${server.url}/x`)).text()).toBe('execute-api');
  });

  test.each<[string, string, (parts: Parts) => Parts]>([
    ['no signature at all', 'missing_token', (parts) => ({ ...parts, headers: {} })],
    ['another body', 'wrong_signature', (parts) => ({ ...parts, body: '{"task":2}' })],
    [
      'another path',
      'wrong_signature',
      (parts) => ({ ...parts, url: parts.url.replace('leases', 'leases2') }),
    ],
    ['another query', 'wrong_signature', (parts) => ({ ...parts, url: parts.url.replace('a=1', 'a=2') })],
    ['another method', 'wrong_signature', (parts) => ({ ...parts, method: 'PUT' })],
    ['a changed signed header', 'wrong_signature', (parts) => withHeader(parts, 'dpop', 'stolen')],
    [
      'an x-amz- header that is not signed',
      'wrong_signature',
      (parts) => withHeader(parts, 'x-amz-target', 'X.Y'),
    ],
    ['another session token', 'unknown_key', (parts) => withHeader(parts, 'x-amz-security-token', 'other')],
    ['a cut signature', 'incomplete_signature', (parts) => authorization(parts, (text) => text.slice(0, -1))],
    ['another scheme', 'incomplete_signature', (parts) => authorization(parts, () => 'Bearer x')],
    [
      'a date that the scope does not name',
      'incomplete_signature',
      (parts) => withHeader(parts, 'x-amz-date', '20200101T000000Z'),
    ],
    [
      'another region in its scope',
      'wrong_signature',
      (parts) => authorization(parts, (text) => text.replace(region, 'us-east-1')),
    ],
    [
      'another service in its scope',
      'wrong_signature',
      (parts) => authorization(parts, (text) => text.replace('execute-api', 's3')),
    ],
    [
      'the host left unsigned',
      'wrong_signature',
      (parts) => authorization(parts, (text) => text.replace('host;', '')),
    ],
  ])('with %s is refused', async (_, code, attack) => {
    expect(await answer(attack(await signed()))).toBe(code);
  });

  test('by a wrong secret, an unknown key or for another region is refused', async () => {
    const send = async (client: AwsClient) => (await client.fetch(`${server.url}/x`)).text();
    expect(await send(signer('execute-api', { secretAccessKey: 'guessed' }))).toBe('wrong_signature');
    expect(await send(signer('execute-api', { accessKeyId: 'ASIAEXAMPLEEXAMPLE01' }))).toBe('unknown_key');
    expect(await send(signer('execute-api', {}, 'us-east-1'))).toBe('wrong_signature');
  });

  test.each([
    [299, 'execute-api'],
    [302, 'stale_signature'],
    [-302, 'stale_signature'],
  ])('that is %i seconds old answers %s', async (age, expected) => {
    const parts = await signed();
    // The moment of the signature itself: a second that passes on a busy machine would be another age.
    const [, date = ''] = /^(\d{8}T\d{6}Z)$/.exec(parts.headers['x-amz-date'] ?? '') ?? [];
    const at = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
    realTime = () => new Date(at + age * 1000);
    try {
      expect(await answer(parts)).toBe(expected);
    } finally {
      realTime = () => new Date();
    }
  });
});

function withHeader(parts: Parts, name: string, value: string): Parts {
  return { ...parts, headers: { ...parts.headers, [name]: value } };
}

function authorization(parts: Parts, change: (text: string) => string): Parts {
  return withHeader(parts, 'authorization', change(parts.headers['authorization'] ?? ''));
}
