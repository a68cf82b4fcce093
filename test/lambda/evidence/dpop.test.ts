import { createHmac, KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Base64Url } from '../../../core/hash.ts';
import { verifyProof } from '../../../lambda/evidence/dpop.ts';
import { compact } from '../../../local/people/signing.ts';
import { morning } from '../../core/invoices.ts';
import { refusalOf } from '../../core/use-cases/world.ts';
import { agentKey, forged, proofBy } from './proofs.ts';

const url = 'https://broker.example/live/v1/leases';
const token = 'an.attestation.result';
const target = { method: 'POST', url, token };
const right = { htm: 'POST', htu: url, ath: sha256Base64Url(token) };
const key = await agentKey();
const refusalOfProof = async (proof: string | undefined, about: Parameters<typeof verifyProof>[1] = target) =>
  refusalOf(verifyProof(proof, about, morning));

describe('a DPoP proof', () => {
  it('answers the thumbprint of its key and its jti', async () => {
    const jti = 'a-jti-of-16-chars';
    const proof = await proofBy(key, morning, { ...right, jti });
    expect(await verifyProof(proof, target, morning)).toEqual({ jkt: key.jkt, jti });
  });

  it.each([-60, 0, 60])('passes with a clock that is %d s off', async (off) => {
    const proof = await proofBy(key, morning, { ...right, iat: morning + off });
    await expect(verifyProof(proof, target, morning)).resolves.toMatchObject({ jkt: key.jkt });
  });

  it('needs no result where none was made yet, but the nonce', async () => {
    const proof = await proofBy(key, morning, { htm: 'POST', htu: url, nonce: 'n' });
    const about = { method: 'POST', url, nonce: 'n' };
    await expect(verifyProof(proof, about, morning)).resolves.toMatchObject({ jkt: key.jkt });
  });

  it('names the Idempotency-Key of its request', async () => {
    const proof = await proofBy(key, morning, { ...right, idempotency_key: 'key-0001' });
    const about = { ...target, idempotencyKey: 'key-0001' };
    await expect(verifyProof(proof, about, morning)).resolves.toMatchObject({ jkt: key.jkt });
  });

  it('names the hash of the body that its request has', async () => {
    const proof = await proofBy(key, morning, { ...right, request_hash: 'hash' });
    const about = { ...target, requestHash: 'hash' };
    await expect(verifyProof(proof, about, morning)).resolves.toMatchObject({ jkt: key.jkt });
  });
});

describe('a captured proof is worth nothing', () => {
  it.each([
    ['for another method', { htm: 'DELETE' }, 'another method'],
    ['for another route', { htu: `${url}/L-X` }, 'another address'],
    ['for another broker', { htu: 'https://evil.example/live/v1/leases' }, 'another address'],
    ['for the same route with a query', { htu: `${url}?x=1` }, 'another address'],
    ['a minute later', { iat: morning - 61 }, 'stale'],
    ['made in advance', { iat: morning + 61 }, 'stale'],
    ['with another attestation result', { ath: sha256Base64Url('another') }, 'another attestation result'],
    ['with no attestation result', { ath: undefined }, 'another attestation result'],
    ['with an `iat` that is no number', { iat: 'now' }, 'not a DPoP proof'],
    ['without `iat`', { iat: undefined }, 'not a DPoP proof'],
    ['without `jti`', { jti: undefined }, 'not a DPoP proof'],
    ['with a `jti` too short to be unique', { jti: 'short' }, 'jti is 16 to 64'],
    ['with a `jti` that is no text', { jti: 5 }, 'jti is 16 to 64'],
  ])('%s', async (_, claims, message) => {
    const refusal = await refusalOfProof(await proofBy(key, morning, { ...right, ...claims }));
    expect(refusal.code).toBe('invalid_dpop_proof');
    expect(refusal.message).toContain(message);
  });

  it.each([['another'], [undefined]])('with the nonce %s', async (nonce) => {
    const proof = await proofBy(key, morning, { htm: 'POST', htu: url, nonce });
    const refusal = await refusalOfProof(proof, { method: 'POST', url, nonce: 'ours' });
    expect(refusal.message).toContain('another nonce');
  });

  it.each<[string, unknown, string | undefined]>([
    ['under another Idempotency-Key', 'key-0001', 'key-0002'],
    ['under an Idempotency-Key that differs in case', 'key-000a', 'key-000A'],
    ['under an Idempotency-Key that it does not name', undefined, 'key-0001'],
    ['without the Idempotency-Key that it names', 'key-0001', undefined],
    ['under an empty Idempotency-Key', undefined, ''],
    ['with a list that reads as the Idempotency-Key', ['key-0001'], 'key-0001'],
  ])('%s', async (_, idempotency_key, idempotencyKey) => {
    const proof = await proofBy(key, morning, { ...right, idempotency_key });
    const about = { ...target, ...(idempotencyKey !== undefined && { idempotencyKey }) };
    const refusal = await refusalOfProof(proof, about);
    expect(refusal).toMatchObject({
      code: 'invalid_dpop_proof',
      message: expect.stringContaining('another Idempotency-Key'),
    });
  });
});

describe('a forged proof is refused', () => {
  const claims = { ...right, iat: morning, jti: 'a-jti-of-16-chars' };

  it.each(['RS256', 'ES384', 'EdDSA'])('signed with %s', async (alg) => {
    const other = await agentKey(alg);
    const proof = await proofBy(other, morning, right, { alg });
    expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
  });

  it('that says ES256 over a key of another type', async () => {
    const other = await agentKey('RS256');
    const proof = await proofBy(key, morning, right, { jwk: other.jwk });
    expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
  });

  it('that carries the private key: it was shown to everybody on the way', async () => {
    const proof = await proofBy(key, morning, right, { jwk: key.privateJwk });
    expect((await refusalOfProof(proof)).message).toContain('private key');
  });

  it('that shows its key in another form, as one key has one thumbprint', async () => {
    const { x = '', y = '' } = key.jwk;
    const spare = (text: string) => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
    };
    const forms = [
      { x: spare(x) },
      { y: spare(y) },
      { x: `${x}=` },
      { x: `${x} ` },
      { x: `${x}\n` },
      { y: `AA${y}` },
      { x: [x] },
    ];
    for (const form of forms) {
      const proof = await proofBy(key, morning, right, { jwk: { ...key.jwk, ...form } });
      expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
    }
  });

  it.each([
    ['header', '"typ":"JWT",', ''],
    ['payload', '', '"htm":"DELETE",'],
  ])('that names a member twice in its %s', async (_, inHeader, inPayload) => {
    const first = (value: object, more: string) => JSON.stringify(value).replace('{', `{${more}`);
    const proof = compact(
      first({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk }, inHeader),
      first(claims, inPayload),
      'ES256',
      KeyObject.from(key.privateKey),
    );
    expect((await refusalOfProof(proof)).message).toContain('not a DPoP proof');
  });

  it('signed by another key than it shows', async () => {
    const thief = await agentKey();
    const proof = await proofBy(thief, morning, right, { jwk: key.jwk });
    expect((await refusalOfProof(proof)).message).toContain('not a DPoP proof');
  });

  it('without a signature, `alg: none`', async () => {
    const proof = forged({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk }, claims);
    expect((await refusalOfProof(proof)).message).toContain('not a DPoP proof');
  });

  it('with a MAC keyed by the public key, `alg: HS256`', async () => {
    const unsigned = forged({ alg: 'HS256', typ: 'dpop+jwt', jwk: key.jwk }, claims).slice(0, -1);
    const mac = createHmac('sha256', JSON.stringify(key.jwk)).update(unsigned).digest('base64url');
    expect((await refusalOfProof(`${unsigned}.${mac}`)).message).toContain('not a DPoP proof');
  });

  it('with a symmetric key in its header', async () => {
    const jwk = { kty: 'oct', k: 'c2VjcmV0' };
    const proof = forged({ alg: 'HS256', typ: 'dpop+jwt', jwk }, claims, 'x');
    expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
  });

  it.each([
    'JWT',
    'attestation-result+jwt',
    undefined,
  ])('that is another kind of token: typ %s', async (typ) => {
    const proof = await proofBy(key, morning, right, { typ });
    expect((await refusalOfProof(proof)).message).toContain('not a DPoP proof');
  });

  it('that shows no key', async () => {
    const proof = await proofBy(key, morning, right, { jwk: undefined });
    expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
  });

  it('with a critical extension that nobody here knows', async () => {
    const [, payload = '', signature = ''] = (await proofBy(key, morning, right)).split('.');
    const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk, crit: ['http://x'], 'http://x': 1 };
    const [forgedHeader = ''] = forged(header, {}).split('.');
    const refusal = await refusalOfProof(`${forgedHeader}.${payload}.${signature}`);
    expect(refusal.message).toContain('not a DPoP proof');
  });

  it.each([
    ['absent', undefined, 'absent'],
    ['empty', '', 'absent'],
    ['no token', 'not a token', 'not a DPoP proof'],
    ['two proofs in one header', 'a.b.c, a.b.c', 'not a DPoP proof'],
    ['large enough to hurt', 'x'.repeat(4_097), 'too long'],
  ])('that is %s', async (_, proof, message) => {
    expect((await refusalOfProof(proof)).message).toContain(message);
  });
});
