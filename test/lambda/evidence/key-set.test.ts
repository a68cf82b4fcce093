import { generateKeyPairSync } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { idTokenVerifier } from '../../../lambda/evidence/id-token.ts';
import { startIdentityProvider } from '../../../local/people/identity-provider.ts';
import { sendJson } from '../../../local/people/loopback.ts';
import { compact } from '../../../local/people/signing.ts';
import { manualClock, refusalOf } from '../../core/use-cases/world.ts';

const clock = manualClock();
const issuer = await startIdentityProvider(clock);
afterAll(() => issuer.close());

let verify: ReturnType<typeof idTokenVerifier>;
const path = 'approval.id_token';
const unknownKid = (kid: string) => issuer.token({ header: { kid } });

beforeEach(() => {
  verify = idTokenVerifier([issuer.provider], clock);
  issuer.requests.length = 0;
});

/** Sends the keys beside so much else. */
function padded(response: ServerResponse, bytes: number): void {
  const keys = [issuer.keyFor('ES256').jwk];
  sendJson(response, { keys, filler: 'x'.repeat(bytes - JSON.stringify({ keys, filler: '' }).length) });
}

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
    clock.advance(30);
    await expect(verify(token, path)).rejects.toThrow('kid must say which key');
    expect(issuer.requests).toHaveLength(1);
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
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'].map((name): [string, object] => [
      `\`${name}\` of a private key`,
      { kty: 'RSA', n: 'AQAB', e: 'AQAB', [name]: 'AQAB' },
    ]),
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
