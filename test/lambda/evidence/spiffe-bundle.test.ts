import { generateKeyPairSync } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { errors } from 'jose';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { TrustUnavailable } from '../../../core/evidence.ts';
import { type SpiffeBundle, spiffeBundle } from '../../../lambda/evidence/spiffe-bundle.ts';
import { loopback, sendJson } from '../../../local/people/loopback.ts';
import { signingKey } from '../../../local/people/signing.ts';
import { type ManualClock, manualClock } from '../../core/use-cases/world.ts';
import { authorityCalled } from '../../trust/certificates.ts';

const [one, two] = [authorityCalled('one'), authorityCalled('two')];
const x509 = (...x5c: readonly unknown[]) => ({ kty: 'EC', use: 'x509-svid', x5c });
const jwt = (kid: unknown, alg: 'ES256' | 'RS256' = 'ES256') => {
  const { alg: _, ...jwk } = signingKey(alg, 'any').jwk;
  return { ...jwk, kid, use: 'jwt-svid' };
};
const [first, next] = [jwt('first'), jwt('next')];
const root = one.der.toString('base64');
const whole = { keys: [x509(root), first], spiffe_sequence: 5, spiffe_refresh_hint: 60 };

let answer: (response: ServerResponse) => void;
const endpoint = await loopback((_, response) => answer(response));
afterAll(() => endpoint.close());
const publishing = (document: unknown) => {
  answer = (response) => sendJson(response, document);
};

let clock: ManualClock;
let bundle: SpiffeBundle;
const domain = { trust_domain: 'example.com' };
const source = { ...domain, bundle_url: `${endpoint.url}/bundle`, private_network: false };
const keyOf = (kid: string, alg = 'ES256', among = bundle) =>
  among.jwtKeys({ alg, kid }, { payload: '', signature: '' });

beforeEach(() => {
  clock = manualClock();
  bundle = spiffeBundle(source, clock);
  endpoint.requests.length = 0;
  publishing(whole);
});

describe('the bundle of a trust domain', () => {
  it.each([
    ['at its endpoint', () => bundle],
    ['in the configuration', () => spiffeBundle({ ...domain, bundle: whole }, clock)],
  ])('%s has keys for tokens and roots for certificates, each for its use alone', async (_, made) => {
    const these = made();
    expect(await keyOf('first', 'ES256', these)).toMatchObject({ type: 'public' });
    expect(await these.x509Roots()).toEqual([one.der]);
  });

  it('in the configuration is fetched from nowhere', async () => {
    await keyOf('first', 'ES256', spiffeBundle({ ...domain, bundle: whole }, clock));
    expect(endpoint.requests).toEqual([]);
  });

  it('in a private network is asked only where that is configured', async () => {
    const inside = { ...source, bundle_url: 'https://127.0.0.1:1/bundle' };
    const asked = (private_network: boolean) =>
      spiffeBundle({ ...inside, private_network }, clock).x509Roots();
    await expect(asked(false)).rejects.toThrow('private address');
    await expect(asked(true)).rejects.toThrow('ECONNREFUSED');
  });

  it('lends no key for certificates to tokens, nor one for signatures of its own', async () => {
    publishing({
      keys: [
        { ...first, use: 'x509-svid', kid: 'root', x5c: [root] },
        { ...first, use: 'sig', kid: 'sig' },
        { ...first, use: 'wit-svid', kid: 'new' },
        { ...first, use: undefined, kid: 'none' },
        { ...x509(root), use: 'sig' },
      ],
    });
    for (const kid of ['root', 'sig', 'new', 'none'])
      await expect(keyOf(kid)).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    expect(await bundle.x509Roots()).toHaveLength(1);
  });

  it('may hold several roots, RSA keys, or nothing', async () => {
    publishing({ keys: [x509(root), x509(two.der.toString('base64')), jwt('rsa', 'RS256')] });
    expect(await bundle.x509Roots()).toEqual([one.der, two.der]);
    expect(await keyOf('rsa', 'PS384')).toMatchObject({ type: 'public' });
    const empty = spiffeBundle({ ...domain, bundle: { keys: [] } }, clock);
    expect(await empty.x509Roots()).toEqual([]);
    await expect(keyOf('first', 'ES256', empty)).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });

  it('proves nothing with an RSA key too short', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' });
    publishing({ keys: [{ ...short, kid: 'short', use: 'jwt-svid' }] });
    await expect(keyOf('short', 'RS256')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });
});

describe('a bundle that is not as it must be is not believed', () => {
  it.each<[string, string, object]>([
    ['no keys', 'no set of keys', {}],
    ['keys that are none', 'what is no key', { keys: ['key'] }],
    [
      '101 keys',
      'more than 100',
      { keys: Array.from({ length: 101 }, (_, i) => ({ kty: 'EC', kid: `${i}` })) },
    ],
    [
      'a shared secret',
      'publishes a secret',
      { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'a', use: 'jwt-svid' }] },
    ],
    ['a private key', 'publishes a secret', { keys: [{ ...first, d: 'AQAB' }] }],
    ['a key for tokens without kid', 'no kid', { keys: [jwt(undefined)] }],
    ['a key for tokens with an empty kid', 'no kid', { keys: [jwt('')] }],
    ['a key for tokens with a number for a kid', 'no kid', { keys: [jwt(1)] }],
    ['a root without certificate', 'exactly one certificate', { keys: [{ ...x509(), x5c: undefined }] }],
    ['a root with no certificate', 'exactly one certificate', { keys: [x509()] }],
    ['a root with two certificates', 'exactly one certificate', { keys: [x509(root, root)] }],
    ['a root that is no text', 'exactly one certificate', { keys: [x509({ der: root })] }],
    ['a root in another alphabet', 'exactly one certificate', { keys: [x509(`-_${root}`)] }],
    ['a root that is no certificate', 'the bundle of example.com', { keys: [x509('AAAA')] }],
    ['a sequence that is no number', 'spiffe_sequence', { keys: [first], spiffe_sequence: '5' }],
    ['a sequence below nothing', 'spiffe_sequence', { keys: [first], spiffe_sequence: -1 }],
    ['a hint that is no whole number', 'spiffe_refresh_hint', { keys: [first], spiffe_refresh_hint: 1.5 }],
  ])('%s', async (_, says, document) => {
    publishing(document);
    const refused = await keyOf('first').catch((error) => error);
    expect(refused).toBeInstanceOf(TrustUnavailable);
    expect(refused.message).toContain('the bundle of example.com cannot be had: ');
    expect(refused.message).toContain(says);
    await expect(bundle.x509Roots()).rejects.toBeInstanceOf(TrustUnavailable);
  });
});

describe('a trust domain that rotates its keys', () => {
  it('is asked anew as often as it says, and what it took back counts no more', async () => {
    await keyOf('first');
    publishing({ ...whole, spiffe_sequence: 6, keys: [next] });
    clock.advance(59);
    await keyOf('first');
    expect(endpoint.requests).toHaveLength(1);
    clock.advance(1);
    await keyOf('first');
    await expect.poll(() => keyOf('first').catch((error) => error)).toBeInstanceOf(errors.JWKSNoMatchingKey);
    expect(endpoint.requests).toHaveLength(2);
    expect(await keyOf('next')).toMatchObject({ type: 'public' });
    expect(await bundle.x509Roots()).toEqual([]);
  });

  it('is asked at once for a key that is new, 30 s after the last time', async () => {
    await keyOf('first');
    publishing({ ...whole, keys: [next] });
    clock.advance(29);
    await expect(keyOf('next')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    expect(endpoint.requests).toHaveLength(1);
    clock.advance(1);
    expect(await keyOf('next')).toMatchObject({ type: 'public' });
  });

  it('does not get back what it took back, where one of its servers lags behind', async () => {
    publishing({ ...whole, spiffe_sequence: 6, keys: [next] });
    await keyOf('next');
    publishing({ keys: [next] });
    clock.advance(30);
    await expect(keyOf('first')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    publishing(whole);
    clock.advance(30);
    await expect(keyOf('first')).rejects.toThrow('older than the one before');
    expect(await keyOf('next')).toMatchObject({ type: 'public' });
  });

  it('may begin anew, an hour after its last bundle', async () => {
    publishing({ ...whole, spiffe_sequence: 6, keys: [next] });
    await keyOf('next');
    publishing({ ...whole, spiffe_sequence: 1 });
    clock.advance(3_599);
    await expect(keyOf('first')).rejects.toThrow('older than the one before');
    clock.advance(1);
    expect(await keyOf('first')).toMatchObject({ type: 'public' });
  });

  it('and then is down is told to the log', async () => {
    const failures: string[] = [];
    bundle = spiffeBundle(source, clock, { onFailure: ({ message }) => failures.push(message) });
    await keyOf('first');
    answer = (response) => sendJson(response, {}, 500);
    clock.advance(60);
    expect(await keyOf('first')).toMatchObject({ type: 'public' });
    await expect
      .poll(() => failures)
      .toEqual(['the bundle of example.com cannot be had: it answers with status 500']);
  });
});
