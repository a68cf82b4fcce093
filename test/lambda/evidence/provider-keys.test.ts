import { generateKeyPairSync } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { TrustUnavailable } from '../../../core/evidence.ts';
import { idTokenVerifier } from '../../../lambda/evidence/id-token.ts';
import { providerKeys } from '../../../lambda/evidence/provider-keys.ts';
import { startIdentityProvider } from '../../../local/people/identity-provider.ts';
import { loopback, sendJson } from '../../../local/people/loopback.ts';
import { compact } from '../../../local/people/signing.ts';
import { type ManualClock, manualClock, refusalOf } from '../../core/use-cases/world.ts';

let clock: ManualClock = manualClock();
const issuer = await startIdentityProvider(() => clock());
const elsewhere = await loopback((_, response) => sendJson(response, { keys: [issuer.keyFor('ES256').jwk] }));
afterAll(() => Promise.all([issuer.close(), elsewhere.close()]));

let verify: ReturnType<typeof idTokenVerifier>;
const path = 'approval.id_token';
const long = { exp: clock() + 86_400 };
const unknownKid = (kid = 'unknown') => issuer.token({ header: { kid } });

beforeEach(() => {
  clock = manualClock();
  verify = idTokenVerifier([issuer.provider], clock);
  issuer.answerKeysWith();
  issuer.requests.length = 0;
});

describe('the keys of a provider', () => {
  it('are fetched when first needed, once for all who wait', async () => {
    expect(issuer.requests).toEqual([]);
    await Promise.all(Array.from({ length: 20 }, () => verify(issuer.token(), path)));
    await verify(issuer.token({ alg: 'RS256' }), path);
    expect(issuer.requests).toEqual(['GET /keys']);
  });

  it('are fetched anew after five minutes behind the back of whoever asks, so that a key taken back is soon worth nothing', async () => {
    const old = issuer.token({ claims: long });
    await verify(old, path);
    issuer.rotate();
    clock.advance(299);
    await expect(verify(old, path)).resolves.toMatchObject({ subject: 'alice' });
    expect(issuer.requests).toHaveLength(1);
    clock.advance(1);
    await expect(verify(old, path)).resolves.toMatchObject({ subject: 'alice' });
    await expect.poll(() => verify(old, path).catch(({ message }) => message)).toContain('no such key');
    expect(issuer.requests).toHaveLength(2);
  });

  it('that are new are found 30 s after the last fetch', async () => {
    await verify(issuer.token(), path);
    issuer.rotate();
    clock.advance(29);
    await expect(verify(issuer.token(), path)).rejects.toThrow('no such key');
    expect(issuer.requests).toHaveLength(1);
    clock.advance(1);
    await expect(verify(issuer.token(), path)).resolves.toMatchObject({ subject: 'alice' });
    expect(issuer.requests).toHaveLength(2);
  });

  it('are not fetched for each kid that somebody invents', async () => {
    for (let i = 0; i < 100; i++) await refusalOf(verify(unknownKid(`${i}`), path));
    expect(issuer.requests).toHaveLength(1);
    clock.advance(30);
    for (let i = 0; i < 100; i++) await refusalOf(verify(unknownKid(`${i}`), path));
    expect(issuer.requests).toHaveLength(2);
  });
});

/** Sends the keys beside so much else. */
function padded(response: ServerResponse, bytes: number): void {
  const keys = [issuer.keyFor('ES256').jwk];
  sendJson(response, { keys, filler: 'x'.repeat(bytes - JSON.stringify({ keys, filler: '' }).length) });
}

describe('a provider that does not give its keys', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['has a fault', (response) => sendJson(response, {}, 500)],
    ['has no such page', (response) => sendJson(response, { keys: [] }, 404)],
    ['answers with another kind of success', (response) => sendJson(response, { keys: [] }, 203)],
    ['sends elsewhere', (response) => response.writeHead(302, { Location: `${elsewhere.url}/keys` }).end()],
    ['sends elsewhere for ever', (response) => response.writeHead(308, { Location: elsewhere.url }).end()],
    ['hangs up', (response) => response.destroy()],
    ['hangs up half way', (response) => void response.write('{"keys":', () => response.destroy())],
    ['answers a page', (response) => response.end('<html>Sign in</html>')],
    ['answers nothing', (response) => response.end()],
    ['answers no key set', (response) => sendJson(response, [])],
    ['answers keys that are none', (response) => sendJson(response, { keys: ['key'] })],
    ['answers more than a key set has', (response) => padded(response, 65_537)],
    [
      'answers little that unpacks to much',
      (response) => {
        response.writeHead(200, { 'Content-Encoding': 'gzip' });
        response.end(gzipSync(`{"keys":[],"filler":"${'x'.repeat(10_000_000)}"}`));
      },
    ],
    [
      'publishes its private key',
      (response) => {
        const { privateKey, jwk } = issuer.keyFor('ES256');
        sendJson(response, { keys: [{ ...privateKey.export({ format: 'jwk' }), ...jwk }] });
      },
    ],
  ])('that %s is unavailable until it does', async (_, answer) => {
    issuer.answerKeysWith(answer);
    const refusal = await refusalOf(verify(issuer.token(), path));
    expect(refusal).toMatchObject({ code: 'temporarily_unavailable', evidence: { path, retryAfter: 5 } });
    expect(refusal.message).not.toContain(issuer.url);
    expect(elsewhere.requests).toEqual([]);
    issuer.answerKeysWith();
    clock.advance(30);
    await expect(verify(issuer.token(), path)).resolves.toMatchObject({ subject: 'alice' });
  });

  it('that was down is found again at once', async () => {
    issuer.answerKeysWith((response) => response.destroy());
    expect((await refusalOf(verify(issuer.token(), path))).code).toBe('temporarily_unavailable');
    issuer.answerKeysWith();
    await expect(verify(issuer.token(), path)).resolves.toMatchObject({ subject: 'alice' });
  });

  it('that keeps silent is given up', async () => {
    issuer.answerKeysWith(() => {});
    const keys = providerKeys(issuer.provider.jwks_uri, clock, { patience: 20 });
    const asked = keys({ alg: 'ES256' }, { payload: '', signature: '' });
    await expect(asked).rejects.toBeInstanceOf(TrustUnavailable);
  });

  it('that keeps silent half way is given up', async () => {
    issuer.answerKeysWith((response) => void response.write('{"keys":['));
    const keys = providerKeys(issuer.provider.jwks_uri, clock, { patience: 20 });
    const asked = keys({ alg: 'ES256' }, { payload: '', signature: '' });
    await expect(asked).rejects.toBeInstanceOf(TrustUnavailable);
  });

  it('is not missed for an hour, and then its old keys count no more', async () => {
    const token = issuer.token({ claims: long });
    await verify(token, path);
    issuer.answerKeysWith((response) => response.destroy());
    clock.advance(3_599);
    await expect(verify(token, path)).resolves.toMatchObject({ subject: 'alice' });
    clock.advance(1);
    expect((await refusalOf(verify(token, path))).code).toBe('temporarily_unavailable');
  });

  it('while a key is looked for that is new says nothing of the token', async () => {
    await verify(issuer.token(), path);
    issuer.answerKeysWith((response) => response.destroy());
    clock.advance(30);
    expect((await refusalOf(verify(unknownKid(), path))).code).toBe('temporarily_unavailable');
    await expect(verify(issuer.token(), path)).resolves.toMatchObject({ subject: 'alice' });
  });

  it('delays nobody who brings a token of another one', async () => {
    const other = await startIdentityProvider(() => clock());
    const silent: ServerResponse[] = [];
    issuer.answerKeysWith((response) => void silent.push(response));
    const both = idTokenVerifier([issuer.provider, other.provider], clock);
    const waiting = both(issuer.token(), path).catch(({ code }) => code);
    const answered = both(other.token(), path).then(({ subject }) => subject);
    await expect(Promise.race([waiting, answered])).resolves.toBe('alice');
    await expect.poll(() => silent).toHaveLength(1);
    silent[0]?.destroy();
    await expect(waiting).resolves.toBe('temporarily_unavailable');
    await other.close();
  });

  it('says in a log which address failed and how', async () => {
    issuer.answerKeysWith((response) => sendJson(response, {}, 500));
    const { cause } = await refusalOf(verify(issuer.token(), path));
    expect(cause).toMatchObject({ message: expect.stringContaining(`${issuer.url}/keys cannot be had: `) });
    expect(cause).toMatchObject({ message: expect.stringContaining('status 500') });
  });
});

describe('a key set', () => {
  it('of 64 KB is read', async () => {
    issuer.answerKeysWith((response) => padded(response, 65_536));
    await expect(verify(issuer.token(), path)).resolves.toMatchObject({ subject: 'alice' });
  });

  it('without keys has none for the token', async () => {
    issuer.answerKeysWith((response) => sendJson(response, { keys: [] }));
    await expect(verify(issuer.token(), path)).rejects.toThrow('no such key');
  });

  it('with several keys wants to hear which', async () => {
    const { jwk } = issuer.keyFor('ES256');
    issuer.answerKeysWith((response) => sendJson(response, { keys: [jwk, { ...jwk, kid: 'next' }] }));
    const token = issuer.token({ header: { kid: undefined } });
    await expect(verify(token, path)).rejects.toThrow('kid must say which key');
  });

  it('with a key for encryption has none for the token', async () => {
    const { jwk } = issuer.keyFor('ES256');
    issuer.answerKeysWith((response) => sendJson(response, { keys: [{ ...jwk, use: 'enc' }] }));
    await expect(verify(issuer.token(), path)).rejects.toThrow('no such key');
  });

  it('with a key too short for its algorithm proves nothing', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'short', alg: 'RS256' };
    issuer.answerKeysWith((response) => sendJson(response, { keys: [jwk] }));
    const payload = Buffer.from(issuer.token().split('.')[1] ?? '', 'base64url');
    const token = compact(JSON.stringify({ alg: 'RS256', kid: 'short' }), payload, 'RS256', privateKey);
    await expect(verify(token, path)).rejects.toThrow('no such key');
  });

  it.each([
    ['a shared secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'shared', alg: 'ES256' }],
    ['a shared secret without its secret', { kty: 'oct' }],
    ['the first prime of a key', { kty: 'RSA', n: 'AQAB', e: 'AQAB', p: 'AQAB' }],
  ])('beside which its issuer publishes %s is not believed at all', async (_, secret) => {
    issuer.answerKeysWith((response) => sendJson(response, { keys: [issuer.keyFor('ES256').jwk, secret] }));
    const refusal = await refusalOf(verify(issuer.token(), path));
    expect(refusal.code).toBe('temporarily_unavailable');
    expect(refusal.cause).toMatchObject({ message: expect.stringContaining('publishes a secret') });
  });

  it('of 100 keys is read, and of 101 is not', async () => {
    const { jwk } = issuer.keyFor('ES256');
    const answerWith = (count: number) =>
      issuer.answerKeysWith((response) =>
        sendJson(response, {
          keys: [jwk, ...Array.from({ length: count - 1 }, (_, i) => ({ ...jwk, kid: `${i}` }))],
        }),
      );
    answerWith(101);
    expect((await refusalOf(verify(issuer.token(), path))).code).toBe('temporarily_unavailable');
    answerWith(100);
    await expect(verify(issuer.token(), path)).resolves.toMatchObject({ subject: 'alice' });
  });

  it('with keys that nobody can read is read for the others', async () => {
    const strange = [
      {},
      { kty: 'QUANTUM', kid: 'q' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'off' },
    ];
    issuer.answerKeysWith((response) =>
      sendJson(response, { keys: [...strange, issuer.keyFor('ES256').jwk] }),
    );
    await expect(verify(issuer.token(), path)).resolves.toMatchObject({ subject: 'alice' });
    await expect(verify(unknownKid('off'), path)).rejects.toThrow('no such key');
  });

  it('that names its keys twice is not believed', async () => {
    const keys = JSON.stringify([issuer.keyFor('ES256').jwk]);
    issuer.answerKeysWith((response) => response.end(`{"keys":[],"keys":${keys}}`));
    expect((await refusalOf(verify(issuer.token(), path))).code).toBe('temporarily_unavailable');
  });
});
