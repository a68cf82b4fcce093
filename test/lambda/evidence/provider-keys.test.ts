import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { TrustUnavailable } from '../../../core/evidence.ts';
import { idTokenVerifier } from '../../../lambda/evidence/id-token.ts';
import { providerKeys } from '../../../lambda/evidence/provider-keys.ts';
import { startIdentityProvider } from '../../../local/people/identity-provider.ts';
import { loopback, sendJson } from '../../../local/people/loopback.ts';
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
    ['answers more than a key set has', (response) => response.end(`{"keys":[]}${' '.repeat(65_526)}`)],
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
