import { describe, expect, it } from 'vitest';
import { sha256Base64Url } from '../../../core/hash.ts';
import { verifyProof } from '../../../lambda/evidence/dpop.ts';
import { morning } from '../../core/invoices.ts';
import { refusalOf } from '../../core/use-cases/world.ts';
import { agentKey, proofBy } from './proofs.ts';

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
    ['with a `jti` that is no text', { jti: 1_234_567_890_123_456 }, 'jti is 16 to 64'],
    ['with a `jti` too long to be kept', { jti: 'j'.repeat(65) }, 'jti is 16 to 64'],
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

  it.each<[string, unknown, string | undefined]>([
    ['with another body', 'one', 'another'],
    ['with a body that it does not name', undefined, 'one'],
    ['without the body that it names', 'one', undefined],
    ['with a list that reads as the hash', ['one'], 'one'],
  ])('%s', async (_, request_hash, requestHash) => {
    const proof = await proofBy(key, morning, { ...right, request_hash });
    const about = { ...target, ...(requestHash !== undefined && { requestHash }) };
    expect((await refusalOfProof(proof, about)).message).toContain('another body');
  });
});
